"""The page says what the artifacts say, says what is missing, and takes no text of others for HTML."""

import re
from dataclasses import replace
from typing import Any

import pytest

from report import page
from report.findings import Findings

from .conftest import ACTIONS, BEGAN, MADE, action, execution_of
from .reading import Element, read

NASTY = """"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 6 }}&amp;"""


def shown(findings: Findings) -> Element:
    return read(page.render(findings, MADE))


def test_it_says_which_execution_it_is_of(findings: Findings) -> None:
    [header] = shown(findings).all("header")
    for said in (findings.execution.pipeline, findings.execution.id, "Succeeded", "CloudWatchEvent", "us-east-1"):
        assert said in header.text
    assert "2026-11-26 09:30:00 UTC , 10 min 09 s" in header.text.replace("UTC,", "UTC ,")


def test_both_tests_have_their_scores_beside_the_baseline(findings: Findings) -> None:
    rows = {row[0]: row[1:] for row in shown(findings).table("Within one point")[2:]}
    smoke, full = findings.evaluations["SmokeTest"], findings.evaluations["FullTest"]
    for heading, name in (("RMSE", "rmse"), ("MAE", "mae"), ("R2", "r2")):
        told = [one[key] for one in (smoke, full) for key in (name, f"baseline_{name}")]
        assert rows[heading] == [f"{value:.3f}" for value in told]
    within = [one[key] for one in (smoke, full) for key in ("within_one", "baseline_within_one")]
    assert rows["Within one point"] == [f"{100 * value:.1f}%" for value in within]
    assert rows["Rows"] == ["240", "", "241", ""]


def test_the_first_numbers_are_those_of_the_last_test(findings: Findings) -> None:
    [tiles] = [one for one in shown(findings).all("dl") if one.attributes.get("class") == "tiles"]
    full = findings.evaluations["FullTest"]
    assert tiles.all("dd")[0].text == f"{full['rmse']:.3f} baseline {full['baseline_rmse']:.3f}"


@pytest.mark.parametrize(("name", "heading"), [("SmokeTest", "Smoke test in Dev"), ("FullTest", "Full test in Test")])
def test_counts_by_class_are_those_of_the_evaluation(findings: Findings, name: str, heading: str) -> None:
    _, header, *rows = shown(findings).section(heading).table("Framed")
    told = {
        row[0]: {column: int(cell) for column, cell in zip(header[1:-1], row[1:-1], strict=True) if cell}
        for row in rows
    }
    assert told == findings.evaluations[name]["counts"]
    assert sum(int(row[-1]) for row in rows) == findings.evaluations[name]["rows"]


def test_the_right_class_is_framed_also_where_it_was_never_predicted(findings: Findings) -> None:
    findings.evaluations["FullTest"]["counts"] = {"3": {"5": 2}, "5": {"5": 4, "6": 1}}
    [table] = [one for one in shown(findings).section("Full test in Test").all("table") if "Framed" in one.text]
    assert [cell.text for cell in table.all("td") if cell.attributes.get("class") == "exact"] == ["", "4"]


def test_the_worst_rows_are_those_of_the_evaluation(findings: Findings) -> None:
    _, *rows = shown(findings).section("Full test in Test").table("farthest")
    told = [[float(cell.replace("\N{MINUS SIGN}", "-")) for cell in row] for row in rows]
    worst = findings.evaluations["FullTest"]["worst"]
    assert told == [[line, label, round(one, 3), round(one - label, 3)] for line, label, one in worst]


def test_the_table_of_residuals_counts_every_row(findings: Findings) -> None:
    _, *rows = shown(findings).section("Full test in Test").table("to below")
    sample = findings.evaluations["FullTest"]["sample"]
    ends = [[float(cell.replace("\N{MINUS SIGN}", "-")) for cell in row] for row in rows]
    assert [count for _, _, count in ends] == [
        sum(start <= prediction - label < end for _, label, prediction in sample) for start, end, _ in ends
    ]


def test_data_are_told_with_their_versions(findings: Findings, training: dict[str, Any]) -> None:
    rows = {row[0]: row[1:] for row in shown(findings).section("Data").table("version")[1:]}
    data = training["data"]
    assert rows["Training"] == [f"train/train.csv {data['train']['version']}", "1,118"]
    assert rows["Validation"] == [f"validation/validation.csv {data['validation']['version']}", "240"]
    assert rows["Full test"] == [f"test/test.csv {findings.evaluations['FullTest']['data']['version']}", "241"]


def test_hyperparameters_are_told(findings: Findings, training: dict[str, Any]) -> None:
    told = dict(shown(findings).section("Training").table("max_depth")[1:])
    assert told == training["hyperparameters"]


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({}, None),
        ({"config_commit": "1a2b3c4d5e6f"}, "training.json at commit 1a2b3c4d5e6f"),
        (
            {"config_commit": "1a2b3c4d5e6f", "masked": ["hp-eta", "hp-max-depth"]},
            "training.json at commit 1a2b3c4d5e6f ; masked by TrainUserParameters: hp-eta, hp-max-depth",
        ),
    ],
)
def test_the_configuration_is_told_where_there_is_one(findings: Findings, known: dict[str, Any], told: str) -> None:
    assert findings.training is not None
    findings.training |= known
    [facts] = shown(findings).section("Training").all("dl")
    terms = dict(zip((one.text for one in facts.all("dt")), (one.text for one in facts.all("dd")), strict=True))
    assert terms.get("Configuration") == told


def test_the_learning_curve_is_told_in_words_and_as_a_table(findings: Findings) -> None:
    section = shown(findings).section("Training")
    assert "Best on validation: 0.600 in round 63 ; 0.625 in the last, 99." in section.text.replace("63;", "63 ;")
    _, *rows = section.table("Round")
    assert {"0", "63", "99"} <= {row[0] for row in rows}
    assert ["99", "0.35791", "0.62520"] in rows


def test_bars_stand_where_the_time_is(findings: Findings) -> None:
    tracks = [one for one in shown(findings).section("Stages").all("span") if one.attributes.get("class") == "track"]
    styles = [one.all("span")[0].attributes["style"] or "" for one in tracks]
    numbers = [[float(number) for number in re.findall(r"[\d.]+(?=%)", style)] for style in styles]
    whole = 608.8
    assert numbers == [
        [pytest.approx(100 * began / whole, abs=0.01), pytest.approx(100 * took / whole, abs=0.01)]
        for _, _, began, took, _ in ACTIONS
    ]


def test_a_failed_execution_says_what_failed_and_why(findings: Findings) -> None:
    failed = replace(
        findings,
        execution=execution_of(
            action(*ACTIONS[0]),
            action("Train", "StartTraining", 4, 1.0, "UserParameters: hp-eta is '7', expected 0 to 1", "Failed"),
            status="Failed",
        ),
        training=None,
        evaluations={},
        curves=(),
    )
    root = shown(failed)
    [why] = [one for one in root.all("p") if one.attributes.get("class") == "why"]
    assert why.text == "Train/StartTraining: UserParameters: hp-eta is '7', expected 0 to 1"
    assert [one.text for one in root.all("h2")] == ["Stages"]
    [stage] = [one for one in root.all("li") if one.all("h3") and one.all("h3")[0].text == "Train Failed"]
    assert stage.all("li")[0].text == "StartTraining Failed 1.0 s"


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("InProgress", None),
        ("Stopping", None),
        ("Superseded", "a newer execution went on in its place"),
        ("Stopped", "no action of it failed"),
    ],
)
def test_one_that_did_not_come_to_its_end_has_a_page_too(findings: Findings, status: str, why: str | None) -> None:
    half = replace(
        findings, execution=execution_of(*(action(*one) for one in ACTIONS[:3]), status=status), evaluations={}
    )
    root = shown(half)
    told = [one.text for one in root.all("p") if one.attributes.get("class") == "why"]
    assert told == ([] if why is None else [why])
    assert [one.text for one in root.all("h2")] == ["Stages", "Data", "Training"]


def test_one_that_reached_no_action_has_a_page_too(findings: Findings) -> None:
    none = replace(findings, execution=execution_of(status="Superseded"), training=None, evaluations={}, curves=())
    assert shown(none).all("h2") == []


def test_what_is_missing_is_said(findings: Findings) -> None:
    findings.missing.append("The artifact of Train/StartTraining is gone")
    notes = [one.text for one in shown(findings).all("p") if one.attributes.get("class") == "note"]
    assert notes == ["The artifact of Train/StartTraining is gone"]


@pytest.mark.parametrize("lacking", ["sample", "worst", "counts", "r2"])
@pytest.mark.parametrize("how", ["absent", "none"])
def test_an_evaluation_of_older_functions_is_shown_without_what_it_lacks(
    findings: Findings, lacking: str, how: str
) -> None:
    for document in findings.evaluations.values():
        if how == "absent" or lacking == "r2":
            document.pop(lacking, None)
            document.pop(f"baseline_{lacking}", None)
        else:
            document[lacking] = None
    text = shown(findings).text
    assert "Within one point" in text
    gone = {"sample": "Residuals", "worst": "Worst rows", "counts": "Counts by class", "r2": "0.427"}
    assert gone[lacking] not in text


def test_no_text_of_others_becomes_html(findings: Findings, training: dict[str, Any]) -> None:
    training["hyperparameters"] = {NASTY: NASTY}
    training["training_job"] = training["image"] = training["model_data_url"] = NASTY
    training["data"]["train"]["key"] = training["data"]["bucket"] = NASTY
    findings.evaluations["FullTest"] |= {
        "environment": NASTY,
        "data": {"bucket": NASTY, "key": NASTY, "version": NASTY},
    }
    findings.missing.append(NASTY)
    findings.execution = replace(
        execution_of(*(action(stage, NASTY, after, took, NASTY, "Failed") for stage, _, after, took, _ in ACTIONS)),
        pipeline=NASTY,
        status="Failed",
        trigger=NASTY,
    )
    harmless = {one.tag for one in shown(replace(findings, training=None)).all()}
    root = shown(findings)
    assert {one.tag for one in root.all()} - harmless <= {"figure", "figcaption", "path", "circle"}
    assert not {"script", "img", "a", "iframe"} & {one.tag for one in root.all()}
    assert not [
        name for one in root.all() for name in one.attributes if name.startswith("on") or name in {"src", "href"}
    ]
    assert root.text.count(re.sub(r"\s+", " ", NASTY)) > 20


def test_its_own_policy_lets_nothing_load_or_run(findings: Findings) -> None:
    [policy] = [
        one for one in shown(findings).all("meta") if one.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.split(" ", 1) for rule in (policy.attributes["content"] or "").split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == "'unsafe-inline'"
    assert not {"script-src", "img-src", "connect-src", "font-src"} & set(rules)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (61, "1 min 01 s"), (3599.7, "1 h 00 min"), (7260, "2 h 01 min")],
)
def test_times_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert page.took(seconds) == said


def test_equal_findings_make_equal_pages(findings: Findings) -> None:
    assert page.render(findings, BEGAN) == page.render(findings, BEGAN)

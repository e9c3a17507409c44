"""`make report` draws what the last execution left: the artifacts' own numbers, and the log's own curve."""

import html
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from report import __main__ as report
from report import making

from .conftest import Workshop

Draw = Callable[[Workshop], str]


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Draw:
    """A function that does what make report does, for a folder of the test's own, and returns the page."""

    def drawn(workshop: Workshop) -> str:
        for name, value in workshop.aws.administrator.environment("us-east-1").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SUFFIX", workshop.suffix)
        monkeypatch.setattr(sys, "argv", ["report"])
        monkeypatch.setattr(making, "ROOT", tmp_path)
        monkeypatch.setattr(report, "BUILD", tmp_path / "build")
        assert report.main() == 0
        return (tmp_path / "build/report.html").read_text(encoding="utf-8")

    return drawn


@pytest.mark.slow
def test_the_page_has_the_numbers_of_the_artifacts_and_of_the_log(workshop: Workshop, draw: Draw) -> None:
    workshop.made("deploy", "release", TRAIN='{"hp-num-round": "7"}')
    page = draw(workshop)
    for action in ("SmokeTest", "FullTest"):
        evaluation = workshop.artifact(action)
        for name in ("rmse", "mae", "baseline_rmse"):
            assert f">{evaluation[name]:.3f}<" in page
        for count in (count for row in evaluation["counts"].values() for count in row.values()):
            assert f">{count}</td>" in page
    assert (
        page.count("<circle")
        == sum(len(workshop.artifact(action).get("sample", ())) for action in ("SmokeTest", "FullTest")) + 1
    )  # the best round
    training = workshop.artifact("StartTraining")
    for file in ("train", "validation"):
        assert training["data"][file]["version"] in page
    events = workshop.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{training['training_job']}/"
    )["events"]
    told = re.findall(r"validation-rmse:([\d.]+)", "\n".join(event["message"] for event in events))
    assert len(told) == 7
    assert all(f'<td class="n">{value}</td>' in page for value in told)

    # what nobody keeps for ever
    s3, bucket = workshop.client("s3"), f"mlops-builtinalgo-pipeline-artifacts-{workshop.suffix}"
    for one in s3.list_object_versions(Bucket=bucket)["Versions"]:
        s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
    page = draw(workshop)
    assert f"The artifact of DeployTest/FullTest is gone: {bucket} keeps artifacts for 90 days." in page
    assert "Learning curve" not in page


@pytest.mark.slow
def test_the_curve_of_several_instances_is_drawn(workshop: Workshop, draw: Draw) -> None:
    workshop.made("deploy", "release", TRAIN='{"traininstancecount": "2", "hp-num-round": "7"}')
    page = draw(workshop)
    assert "Learning curve: rmse" in page
    assert "tells of no round" not in page


@pytest.mark.slow
def test_a_failed_execution_has_a_page_that_says_why(workshop: Workshop, draw: Draw) -> None:
    workshop.made("deploy", TRAIN='{"hp-num-round": "5", "hp-eta": "7"}')
    assert workshop.make("release").returncode == 2
    page = html.unescape(draw(workshop))
    assert re.search(r'class="why" role="alert">Train/GetTrainingStatus: Training job \S+ is Failed', page)
    assert "is not in [0, 1]" in page
    assert "Full test" not in page


def test_without_a_pipeline_it_says_so_in_a_line(workshop: Workshop) -> None:
    told = workshop.refused("report")
    assert told == f"There is no pipeline {workshop.pipeline} here: make deploy SUFFIX={workshop.suffix}"


def test_without_a_suffix_it_says_so_in_a_line(workshop: Workshop) -> None:
    assert workshop.refused("report", SUFFIX="").startswith("SUFFIX is missing")

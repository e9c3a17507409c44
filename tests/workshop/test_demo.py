"""`make demo` in a fresh clone: it tells how good the model is, and leaves nothing behind however it ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import ROOT

CLEAN = {"PATH": os.environ["PATH"], "PYTHON": sys.executable}
Clone = Callable[..., Path]


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A function that makes a copy of this checkout with its environment built; its processes end with the test."""

    def make(name: str = "clone") -> Path:
        folder = tmp_path / name
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for file in filter(None, listed.stdout.split("\0")):
            if (ROOT / file).is_file():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, folder / file)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        return folder

    yield make
    for pid in processes_of(tmp_path):
        os.kill(pid, signal.SIGKILL)


def demo(folder: Path, *variables: str, target: str = "demo", **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        ["make", target, *variables],
        cwd=folder,
        env=CLEAN | {"HOME": str(folder / "home")} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def script_of(make: "subprocess.Popen[str]") -> int:
    """The process that make waits for."""
    [script] = Path(f"/proc/{make.pid}/task/{make.pid}/children").read_text().split()
    return int(script)


def processes_of(folder: Path) -> list[int]:
    """The processes, of whatever session, that were started with a path in this folder or work there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, works_in = (process / "cmdline").read_bytes().decode(), str((process / "cwd").readlink())
        except (OSError, UnicodeDecodeError):
            continue
        if str(folder) in command or works_in.startswith(str(folder)):
            found.append(int(process.name))
    return found


def all_ended(folder: Path) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not processes_of(folder):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
def test_two_clones_at_once_tell_how_good_their_models_are(clone: Clone) -> None:
    folders = [clone("one"), clone("two")]
    running = [demo(folder) for folder in folders]
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    for folder, (out, _) in zip(folders, told, strict=True):
        summary = json.loads((folder / "build/demo/summary.json").read_text())
        assert set(summary) == {"pipeline", "stages", "training_job", "endpoints", "evaluations", "seconds"}
        assert summary["pipeline"]["trigger"] == "CreatePipeline"
        assert summary["pipeline"]["status"] == "Succeeded"
        assert [stage["name"] for stage in summary["stages"]] == ["Source", "Train", "DeployDev", "DeployTest"]
        assert {one["status"] for stage in summary["stages"] for one in stage["actions"]} == {"Succeeded"}
        assert summary["endpoints"] == {"Dev": "winequality-demo-dev", "Test": "winequality-demo-test"}
        scores = summary["evaluations"]["Test"]
        assert scores["rows"] == len((ROOT / "Data/test.csv").read_text().splitlines())
        assert scores["rmse"] < scores["baseline_rmse"]
        page = (folder / "build/demo/report.html").read_text()
        for number in (f"{scores['rmse']:.3f}", f"{scores['baseline_rmse']:.3f}", f"{scores['within_one']:.1%}"):
            assert number in out
            assert number in page
        for endpoint in summary["endpoints"].values():
            log = folder / f"build/demo/logs/aws-sagemaker-Endpoints-{endpoint}.log"
            assert "POST /invocations" in log.read_text()
        assert all_ended(folder)


@pytest.mark.slow
def test_the_person_s_settings_neither_change_it_nor_are_touched(clone: Clone) -> None:
    folder = clone()
    settings = folder / "home/.aws/config"
    settings.parent.mkdir(parents=True)
    settings.write_text("[profile mine]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:9\n")
    before = settings.stat()
    nowhere = "http://127.0.0.1:9"
    running = demo(
        folder,
        AWS_PROFILE="mine",
        AWS_ENDPOINT_URL=nowhere,
        AWS_ENDPOINT_URL_S3=nowhere,
        AWS_REGION="eu-west-1",
        AWS_SESSION_TOKEN="mine",
        HTTP_PROXY=nowhere,
        http_proxy=nowhere,
        HTTPS_PROXY=nowhere,
        ALL_PROXY=nowhere,
    )
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    assert "region us-east-1, endpoint http://127.0.0.1:" in out
    assert [file for file in (folder / "home").rglob("*") if file.is_file()] == [settings]
    assert settings.stat() == before


@pytest.mark.slow
def test_a_failed_pipeline_keeps_action_message_and_log(clone: Clone) -> None:
    folder = clone()
    running = demo(folder, """TRAIN={"hp-num-round": "50", "hp-eta": "7"}""")
    out, err = running.communicate(timeout=120)
    assert running.returncode == 2
    assert "Failed. Train/GetTrainingStatus: Training job winequality-demo-" in err
    assert "Traceback (most recent call last):\n" not in out + err
    summary = json.loads((folder / "build/demo/summary.json").read_text())
    assert summary["pipeline"]["status"] == "Failed"
    assert "evaluations" not in summary
    failed = summary["stages"][-1]["actions"][-1]
    assert (failed["name"], failed["status"]) == ("GetTrainingStatus", "Failed")
    assert " ".join(failed["message"].split()) in err
    assert "Train/GetTrainingStatus: Training job winequality-demo-" in (folder / "build/demo/report.html").read_text()
    logs = folder / "build/demo/logs"
    assert "Logs: build/demo/logs/aws-lambda-MLOps-BIA-GetStatus-demo.log" in out
    assert "Failed: Training job winequality-demo-" in (logs / "aws-lambda-MLOps-BIA-GetStatus-demo.log").read_text()
    assert "is not in [0, 1]" in (logs / "aws-sagemaker-TrainingJobs.log").read_text()


@pytest.mark.slow
def test_other_data_and_other_hyperparameters(clone: Clone) -> None:
    folder = clone()
    data = folder / "mine; touch run"  # a name that a shell would take for a command
    data.mkdir()
    for name in ("train.csv", "validation.csv", "test.csv"):
        lines = (ROOT / "Data" / name).read_text().splitlines(keepends=True)
        (data / name).write_text("".join(lines[: len(lines) // 2]))
    running = demo(folder, f"DATA={data}", """TRAIN={"hp-num-round": "7"}""")
    _, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    summary = json.loads((folder / "build/demo/summary.json").read_text())
    assert summary["evaluations"]["Test"]["rows"] == len((data / "test.csv").read_text().splitlines())
    rounds = (folder / "build/demo/logs/aws-sagemaker-TrainingJobs.log").read_text().count("validation-rmse:")
    assert rounds == 7
    assert not (folder / "run").exists()


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("TRAIN={", "TRAIN is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ("TRAIN=[]", "TRAIN is []: expected an object"),
        ("TRIAN={}", "TRIAN is nothing that make knows here. Did you mean TRAIN?"),
        ("DATA=nowhere", "nowhere has no validation.csv, test.csv, train.csv"),
    ],
)
def test_a_typing_error_is_one_clear_line(clone: Clone, variable: str, told: str) -> None:
    running = demo(clone(), variable)
    out, err = running.communicate(timeout=120)
    assert out == ""  # nothing was started for it
    lines = [line for line in err.splitlines() if not line.startswith("make: ***")]
    assert (running.returncode, len(lines), lines[0].startswith(told)) == (2, 1, True), err


@pytest.mark.parametrize("line", ["Create the prep stack", pytest.param("GetDeployStatus", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "signals",
    [
        pytest.param([("group", signal.SIGINT)], id="Ctrl-C"),
        pytest.param([("group", signal.SIGINT), ("group", signal.SIGINT)], id="Ctrl-C twice"),
        pytest.param([("demo", signal.SIGTERM)], id="SIGTERM"),
        pytest.param([("demo", signal.SIGKILL)], id="kill -9"),
        pytest.param([("make", signal.SIGKILL)], id="kill -9 of make"),
    ],
)
def test_nothing_is_left_running_after(clone: Clone, line: str, signals: list[tuple[str, signal.Signals]]) -> None:
    folder = clone()
    running = demo(folder)
    assert running.stdout
    assert any(line in told for told in running.stdout)
    script = script_of(running)
    for target, number in signals:
        if target == "group":
            os.killpg(running.pid, number)
        else:
            os.kill(script if target == "demo" else running.pid, number)
    assert all_ended(folder)
    running.communicate()
    assert running.returncode != 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "number"), [("group", signal.SIGINT), ("bench", signal.SIGTERM), ("make", signal.SIGKILL)]
)
def test_a_bench_leaves_nothing_running_either(clone: Clone, target: str, number: signal.Signals) -> None:
    folder = clone()
    running = demo(folder, target="bench")
    assert running.stdout
    assert any("Create the prep stack" in told for told in running.stdout)
    if target == "group":
        os.killpg(running.pid, number)
    else:
        os.kill(script_of(running) if target == "bench" else running.pid, number)
    assert all_ended(folder)
    _, err = running.communicate()
    assert running.returncode != 0
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_bench_measures_the_demo_and_local_aws(clone: Clone) -> None:
    folder = clone()
    out, err = demo(folder, target="bench", SECONDS_OF_LOAD="3", MEGABYTES="12").communicate(timeout=480)
    assert err == ""
    shares, _, rest = out.partition("Where the time goes")[2].partition("One decision")
    assert rest.startswith(" of local AWS about a request: ")
    heading, *rows = (line.split("  ") for line in shares.splitlines())
    assert [one.strip() for one in heading if one] == ["Seconds", "Share of all"]
    titles = [next(filter(None, row)).strip() for row in rows if any(row)]
    assert titles[0] == "Start local AWS"
    assert titles[-1] == "All of it"
    summary = json.loads((folder / "build/demo/summary.json").read_text())
    actions = [f"{stage['name']}/{one['name']}" for stage in summary["stages"] for one in stage["actions"]]
    assert titles[-1 - len(actions) : -1] == actions
    measured = json.loads((folder / "build/bench.json").read_text())
    assert measured["demo"] == {"seconds": summary["seconds"]}
    assert {"requests_per_second", "median_ms", "rss_mb"} <= set(measured["local_aws"])
    assert all(measured["local_aws"][name] > 0 for name in ("requests_per_second", "median_ms", "rss_mb"))
    evaluate = measured["evaluate"]
    assert set(evaluate) == {"rows_per_second", "one_row_a_request", "ratio", "rss_mb_10mb", "rss_mb_1gb"}
    assert evaluate["rows_per_second"] > evaluate["one_row_a_request"] > 0
    assert 0 < evaluate["rss_mb_10mb"] <= evaluate["rss_mb_1gb"] + 1


@pytest.mark.slow
def test_ctrl_c_is_told_in_a_line_and_keeps_what_is_known(clone: Clone) -> None:
    folder = clone()
    running = demo(folder)
    assert running.stdout
    assert any("StartTraining  Succeeded" in told for told in running.stdout)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert "Interrupted: local AWS and all that it ran have ended." in err
    assert "Traceback" not in err
    summary = json.loads((folder / "build/demo/summary.json").read_text())
    assert summary["stages"][1]["actions"][0]["name"] == "StartTraining"
    assert "evaluations" not in summary


@pytest.mark.slow
def test_a_second_demo_in_the_same_clone_is_refused_and_disturbs_nothing(clone: Clone) -> None:
    folder = clone()
    first = demo(folder)
    assert first.stdout
    assert any("Create the prep stack" in told for told in first.stdout)
    second = demo(folder)
    _, err = second.communicate(timeout=60)
    assert (second.returncode, err.startswith(f"Another demo runs in {folder}")) == (2, True), err
    first.communicate(timeout=120)
    assert first.returncode == 0


@pytest.mark.slow
def test_no_temporary_folder_is_left(clone: Clone, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    running = demo(clone(), TMPDIR=str(temporary))
    running.communicate(timeout=120)
    assert running.returncode == 0
    assert list(temporary.iterdir()) == []

"""What an execution leaves behind that was stopped: `make status` tells it, and the next release puts it right."""

from collections.abc import Callable, Iterator

import pytest

from localaws import clock
from localaws.faults.models import Fault
from localaws.faults.state import faults

from .conftest import Workshop

pytestmark = pytest.mark.slow


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """A function that lets processes of a name hang; what hangs when it is stopped is soon killed."""
    monkeypatch.setattr(clock.durations, "training_stop_grace", 0.5)

    def hang(name: str) -> None:
        faults.replace([Fault("hangs", name)])

    yield hang
    faults.clear()


def test_a_training_that_nobody_watches_is_told_and_stopped_by_the_next_release(
    workshop: Workshop, hanging: Callable[[str], None]
) -> None:
    hanging(f"training-job:*-{workshop.suffix}-*")
    workshop.made("deploy")
    workshop.stop_during("GetTrainingStatus")
    faults.clear()
    job = workshop.variables()["Train/StartTraining"]["training_job"]
    told = workshop.made("status")
    assert f"{job}: InProgress" in told
    assert "watched by nobody: its execution is over" in told
    assert f"  aws sagemaker stop-training-job \\\n      --training-job-name {job}\n" in told
    assert f"{job}: 1 x ml.m5.large, $0.115 an hour\n" in told
    assert "Train/GetTrainingStatus stopped: changed my mind" in " ".join(told.split())

    released = workshop.made("release", NEW="1")

    assert f"Stopped first, since nobody watched them: {job}" in released
    status = workshop.client("sagemaker").describe_training_job(TrainingJobName=job)["TrainingJobStatus"]
    assert status == "Stopped"
    told = workshop.made("status")
    assert job not in told
    assert "nothing that runs bills by the hour" in told


def test_an_untested_candidate_is_told_and_replaced_by_the_next_release(
    workshop: Workshop, hanging: Callable[[str], None]
) -> None:
    hanging(f"function:MLOps-BIA-EvaluateModel-{workshop.suffix}")
    workshop.made("deploy")
    execution = workshop.stop_during("SmokeTest")
    faults.clear()
    candidate = workshop.variables()["DeployDev/DeployToDev"]["model"]
    told = workshop.made("status")
    assert f"serves {candidate}" in told
    assert f"untested: execution {execution[:8]} is Stopped in DeployDev\n" in told
    assert f"make release NEW=1 SUFFIX={workshop.suffix}\n" in told

    workshop.made("release", NEW="1")

    told = workshop.made("status")
    assert candidate not in told
    assert "untested" not in told
    assert told.count("    tested\n") == 2

"""What an execution leaves behind that was stopped: `make status` tells it, and the next release puts it right."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

import own_aws

from .conftest import Workshop

pytestmark = pytest.mark.slow

SOON_KILLED = {"training_stop_grace": 0.5}  # what hangs when it is stopped


@dataclass(frozen=True)
class Administrator:
    """Whoever started a local AWS of its own."""

    variables: Mapping[str, str]

    def environment(self, _region: str) -> dict[str, str]:
        """Return the variables by which scripts find it."""
        return dict(self.variables)

    def client(self, service: str, region: str) -> Any:
        """Return a client that calls it."""
        keys = self.variables["AWS_ACCESS_KEY_ID"], self.variables["AWS_SECRET_ACCESS_KEY"]
        return boto3.Session(*keys, region_name=region).client(service, endpoint_url=self.variables["AWS_ENDPOINT_URL"])


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[own_aws.OwnAWS]:
    """A local AWS of its own, in which nothing else is at work."""
    with own_aws.local_aws(tmp_path / "localaws.log") as started:
        yield started


@pytest.fixture
def workshop(aws: own_aws.OwnAWS) -> Workshop:
    """A workshop in it."""
    return Workshop(SimpleNamespace(administrator=Administrator(aws.variables)), "stopped")


@pytest.fixture
def hanging(aws: own_aws.OwnAWS) -> Callable[..., None]:
    """A function that lets processes of a name hang, and without one lets no more of them hang."""

    def hang(name: str = "") -> None:
        aws.change([{"effect": "hangs", "at": name}] if name else [], SOON_KILLED)

    return hang


def test_a_training_that_nobody_watches_is_told_and_stopped_by_the_next_release(
    workshop: Workshop, hanging: Callable[..., None]
) -> None:
    hanging(f"training-job:*-{workshop.suffix}-*")
    workshop.made("deploy")
    workshop.stop_during("GetTrainingStatus")
    hanging()
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
    workshop: Workshop, hanging: Callable[..., None]
) -> None:
    hanging(f"function:MLOps-BIA-EvaluateModel-{workshop.suffix}")
    workshop.made("deploy")
    execution = workshop.stop_during("SmokeTest")
    hanging()
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

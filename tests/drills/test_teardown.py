"""Teardown comes through what passes, tells what does not, and then takes up where it ended."""

from collections.abc import Iterator

import pytest

import drill
import own_aws
import teardown
from account import WorkshopError

pytestmark = pytest.mark.slow


@pytest.fixture
def torn_down(drilling: drill.Drilling) -> Iterator[drill.Drilling]:
    """A workshop that is deployed again after the test."""
    yield drilling
    drilling.aws.change()
    drilling.deploy(own_aws.Steps())


def test_it_comes_through_faults_that_pass(torn_down: drill.Drilling) -> None:
    faults = [
        {"effect": "throttled", "at": "sagemaker:Delete*", "times": 2},
        {"effect": "dropped", "at": "sagemaker:ListEndpoints", "times": 2},
        {"effect": "answer lost", "at": "sagemaker:DeleteEndpoint", "times": 1},
        {"effect": "internal error", "at": "s3:DeleteObjects", "times": 2},
        {"effect": "throttled", "at": "cloudformation:DeleteStack", "times": 2},
        {"effect": "answer lost", "at": "cloudformation:DeleteStack", "times": 1},
        {"effect": "unavailable", "at": "logs:DeleteLogGroup", "times": 2},
    ]
    torn_down.aws.change(faults)
    torn_down.tear_down()
    assert torn_down.aws.change() == [fault["times"] for fault in faults]


def test_it_tells_what_never_ends(torn_down: drill.Drilling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teardown, "LONGEST_WAIT", 0.6)
    told = {"EndpointStatus": "SystemUpdating"}
    torn_down.aws.change([{"effect": "answers", "at": "sagemaker:DescribeEndpoint", "members": told}])
    with pytest.raises(WorkshopError, match=r"^Endpoint winequality-drill-\w+ is SystemUpdating after 0\.01 minutes: "):
        torn_down.tear_down()
    torn_down.aws.change()
    torn_down.tear_down()


def test_it_stops_a_training_that_nobody_waits_for(torn_down: drill.Drilling) -> None:
    """The function died when it had started the job; the job hangs, and takes a moment to be stopped."""
    dies = {"effect": "killed", "at": "function:*-TrainModel-*", "after": "sagemaker:CreateTrainingJob"}
    hangs = {"effect": "hangs", "at": "training-job:*"}
    torn_down.aws.change([dies, hangs], {"action_reply_timeout": 3.0, "training_stop_grace": 0.5})
    with pytest.raises(WorkshopError, match="failed to return a result"):
        torn_down.release_well()
    torn_down.see_all_is_known()
    torn_down.tear_down()
    assert torn_down.aws.change() == [1, 1]

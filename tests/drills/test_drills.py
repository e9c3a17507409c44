"""Whatever breaks: the release ends, with its true reason, and the next one succeeds."""

import pytest

import drill
import drills
from drills.models import Drill


@pytest.mark.slow
@pytest.mark.parametrize("one", drills.every().values(), ids=drills.every().keys())
def test_a_drill_ends_as_it_has_to(drilling: drill.Drilling, one: Drill) -> None:
    drilling.release_under(one)
    drilling.release_well()


@pytest.mark.slow
def test_a_training_that_nobody_waits_for_is_stopped(drilling: drill.Drilling) -> None:
    drilling.release_under(drills.every()["answer-lost-for-good"])
    jobs = drilling.session.client("sagemaker").list_training_jobs(SortBy="CreationTime", SortOrder="Descending")
    assert jobs["TrainingJobSummaries"][0]["TrainingJobStatus"] in {"Stopping", "Stopped"}

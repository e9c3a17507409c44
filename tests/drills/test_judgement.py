"""A drill is judged by what it says, and only when its fault was really there."""

import pytest

import drill
from account import WorkshopError
from drills.models import Drill
from follow import Action, Execution, Stage

SURVIVES = Drill("d", "it breaks", faults=({"effect": "slow", "at": "*"},))
FAILS = Drill("d", "it breaks", "Train/Start", "job … failed: bad")


def ended(status: str, message: str = "", name: str = "Start") -> Execution:
    action = Action("Train", name, status, 1.0, message, {}, "id")
    return Execution("p", "e", status, "StartPipelineExecution", (Stage("Train", status, (action,)),))


@pytest.mark.parametrize(
    ("one", "execution"),
    [(SURVIVES, ended("Succeeded")), (FAILS, ended("Failed", "job j failed: bad things"))],
)
def test_what_is_expected_is_well(one: Drill, execution: Execution) -> None:
    drill.judge(one, execution, [1])


@pytest.mark.parametrize(
    ("one", "execution", "struck", "told"),
    [
        (SURVIVES, ended("Failed", "why"), [1], r"^Not as expected \(the release succeeds\): Train/Start failed: why$"),
        (FAILS, ended("Succeeded"), [1], r"^Not as expected \(Train/Start fails: .*\): Succeeded$"),
        (FAILS, ended("Failed", "job j failed: good"), [1], r": Train/Start failed: job j failed: good$"),
        (FAILS, ended("Failed", "job j failed: bad", "Other"), [1], r": Train/Other failed: job j failed: bad$"),
        (SURVIVES, ended("Succeeded"), [0], r"^The fault \{'effect': 'slow', 'at': '\*'\} did not strike: Succeeded$"),
    ],
)
def test_what_is_not_expected_is_told(one: Drill, execution: Execution, struck: list[int], told: str) -> None:
    with pytest.raises(WorkshopError, match=told):
        drill.judge(one, execution, struck)


@pytest.mark.parametrize(
    ("policy", "left"),
    [
        ({"Action": "a:B", "Resource": "*"}, []),
        ({"Action": ["a:B", "a:C"], "Resource": "*"}, [{"Action": ["a:C"], "Resource": "*"}]),
        ({"Action": ["a:C"], "Resource": "*"}, [{"Action": ["a:C"], "Resource": "*"}]),
    ],
)
def test_a_policy_loses_one_action(policy: dict[str, object], left: list[object]) -> None:
    assert drill.without({"Version": "2012-10-17", "Statement": [policy]}, "a:B")["Statement"] == left


@pytest.mark.parametrize(
    ("words", "is_said"),
    [
        ("job failed", True),
        ("… failed: b", True),
        ("job …: bad", True),
        ("job …: good", False),
        ("bad… job", False),
        (".ob", False),
    ],
)
def test_dots_stand_for_anything(words: str, is_said: bool) -> None:
    assert drill.says("job failed: bad", words) is is_said

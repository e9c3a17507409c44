"""A fault strikes what it is about, from when on and as often as it says."""

from typing import Any

import pytest

from localaws.faults.models import Fault, WrongFaultError
from localaws.faults.state import Faults


def state_of(**fault: Any) -> Faults:
    """A state with one fault."""
    faults = Faults()
    faults.replace([Fault("throttled", **fault)])
    return faults


@pytest.mark.parametrize(
    ("fault", "name", "parameters", "strikes"),
    [
        ({"at": "s3:GetObject"}, "s3:GetObject", {}, True),
        ({"at": "s3:GetObject"}, "s3:GetObjectTagging", {}, False),
        ({"at": "s3:*"}, "s3:PutObject", {}, True),
        ({"at": "s3:*"}, "sagemaker:CreateModel", {}, False),
        ({"at": "s3:*", "where": {"Key": "train/*"}}, "s3:GetObject", {"Key": "train/train.csv"}, True),
        ({"at": "s3:*", "where": {"Key": "train/*"}}, "s3:GetObject", {"Key": "test/test.csv"}, False),
        ({"at": "s3:*", "where": {"Key": "train/*"}}, "s3:ListBuckets", {}, False),
    ],
)
def test_it_strikes_what_it_is_about(fault: Any, name: str, parameters: Any, strikes: bool) -> None:
    assert bool(state_of(**fault).strike(["throttled"], name, parameters)) is strikes


def test_it_strikes_with_its_own_effect_only() -> None:
    assert state_of(at="*").strike(["slow", "dropped"], "s3:GetObject") is None


def test_it_strikes_so_often() -> None:
    faults = state_of(at="*", times=2)
    assert [bool(faults.strike(["throttled"], "s3:GetObject")) for _ in range(4)] == [True, True, False, False]
    assert faults.replace([]) == [2]


def test_what_is_spent_leaves_room_for_the_next() -> None:
    faults = Faults()
    first, second = Fault("throttled", "s3:*", times=1), Fault("throttled", "s3:*")
    faults.replace([first, second])
    assert [faults.strike(["throttled"], "s3:GetObject") for _ in range(2)] == [first, second]


def test_it_begins_after_a_call_has_succeeded() -> None:
    faults = state_of(at="s3:GetObject", after="s3:PutObject")
    assert faults.strike(["throttled"], "s3:GetObject") is None
    assert [faults.succeeded(call) for call in ("s3:CopyObject", "s3:PutObject", "s3:PutObject")] == [
        False,
        True,
        False,
    ]
    assert faults.strike(["throttled"], "s3:GetObject")


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ({"effect": "explodes", "at": "s3:*"}, "effect 'explodes': expected one of throttled, internal error, "),
        ({"effect": "slow"}, "expected effect and at, perhaps where, after, times, seconds, members"),
        (
            {"effect": "slow", "at": "*", "often": 3},
            "'often': 3}: expected effect and at",
        ),
    ],
)
def test_what_is_no_fault_is_told(description: Any, told: str) -> None:
    with pytest.raises(WrongFaultError) as wrong:
        Fault.of(description)
    assert told in str(wrong.value)

"""A misspelled variable is told, whichever target it is given to; what make and others use is left alone."""

import pytest

from spelling import OURS, misspelled


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("TRIAN", "TRAIN"),
        ("suffix", "SUFFIX"),
        ("SUFIX", "SUFFIX"),
        ("MEGABYTE", "MEGABYTES"),
        ("hostinginstancetype", "HostingInstanceType"),
        ("FullTestParameters", "FullTestUserParameters"),
    ],
)
def test_what_is_nearly_ours_is_refused(given: str, meant: str) -> None:
    told = f"{given} is nothing that make knows here. Did you mean {meant}?"
    assert misspelled({"GIVEN": f"SUFFIX {given}"}) == told


@pytest.mark.parametrize("name", [*OURS, "SSEKMSKeyId", "CreateRepositories", "SHELL", "AWS_PROFILE", "V"])
def test_what_is_ours_or_quite_different_passes(name: str) -> None:
    assert misspelled({"GIVEN": name}) is None

"""Why a build failed is said by a few lines of its log."""

import pytest

from build_log import reasons_in

CONTAINER = "[Container] 2026/11/26 08:47:49.669326 Command did not exit successfully python exit status 1\n"
AS_THEY_ARE = "ERROR: Not every test passes: the functions stay as they are"


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (
            "E   AssertionError: assert 1 == 2\nFAILED tests/functions/test_a.py::test_b - assert 1 == 2\n"
            + AS_THEY_ARE,
            ["FAILED tests/functions/test_a.py::test_b - assert 1 == 2", AS_THEY_ARE],
        ),
        (
            "E   SyntaxError: invalid syntax\nERROR tests/functions/test_a.py\n" + AS_THEY_ARE,
            ["ERROR tests/functions/test_a.py", AS_THEY_ARE],
        ),
        (
            "ImportError while loading conftest\nE   ImportError: cannot import name 'x' from 'names'\n" + AS_THEY_ARE,
            ["ImportError: cannot import name 'x' from 'names'", AS_THEY_ARE],
        ),
        (
            "ERROR: metrics.py is in both repositories: keep one of them\n",
            ["ERROR: metrics.py is in both repositories: keep one of them"],
        ),
        ("ERROR: No matching distribution found for numpyy\n", ["ERROR: No matching distribution found for numpyy"]),
        (
            "".join(f"FAILED tests/functions/test_{number}.py\n" for number in range(300)) + AS_THEY_ARE,
            [*(f"FAILED tests/functions/test_{number}.py" for number in range(5)), "and 296 more in the log"],
        ),
        ("an ERROR: in between\n", []),
    ],
    ids=["test", "collection", "conftest", "build", "pip", "many", "none"],
)
def test_the_reasons_are_what_pytest_pip_and_the_build_say(log: str, told: list[str]) -> None:
    assert reasons_in(f"{CONTAINER}{log}\n{CONTAINER}") == told

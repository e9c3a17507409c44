"""The states and the words of alarms.

The two tables are those of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html:
five periods, "0" within the threshold, "X" beyond it, "-" missing; the state that each treatment of missing data gives.
"""

import pytest

from localaws.cloudwatch.evaluation import Point, Rule, evaluate

NOON = 1_700_000_040  # 14/11/23 22:14:00
STATES = {"A": "ALARM", "O": "OK", "I": "INSUFFICIENT_DATA", "=": "what it was"}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")

THREE_OF_THREE = {"0-X-X": "OOOO", "----0": "OOOO", "-----": "I=AO", "0XX-X": "AAAA", "--X--": "A=AO"}
TWO_OF_THREE = {"0-X-X": "AAAA", "00X0X": "AAAA", "0-X--": "OOAO", "----0": "OOAO", "----X": "A=AO"}
ROWS = [
    (data, to_alarm, treatment, STATES[state])
    for to_alarm, table in ((None, THREE_OF_THREE), (3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for data, states in table.items()
    for treatment, state in zip(TREATMENTS, states, strict=True)
]


def points_of(data: str) -> list[Point | None]:
    """Return the last periods, a minute each, of a row of the table."""
    values = {"0": 0.0, "X": 9.0}
    return [Point(NOON + 60 * n, values[each]) if each in values else None for n, each in enumerate(data)]


@pytest.mark.parametrize(("data", "to_alarm", "treatment", "expected"), ROWS)
def test_missing_data_is_treated_as_in_awss_tables(
    data: str, to_alarm: int | None, treatment: str, expected: str
) -> None:
    rule = Rule("GreaterThanThreshold", 5.0, 3, to_alarm, treatment)
    assert rule.looked_at == 5
    assert evaluate(rule, points_of(data), "what it was")[0] == expected


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", [6]),
        ("GreaterThanOrEqualToThreshold", [5, 6]),
        ("LessThanThreshold", [4]),
        ("LessThanOrEqualToThreshold", [4, 5]),
    ],
)
def test_a_value_breaches_by_the_comparison(comparison: str, breaching: list[float]) -> None:
    assert [value for value in (4, 5, 6) if Rule(comparison, 5, 1).breaches(value)] == breaching


CROSSED = "Threshold Crossed: "
# What AWS said of such data, from its own messages; the words for several values are put together from these.
REASONS = {
    "one value": (
        Rule("GreaterThanThreshold", 2.0, 1),
        "X",
        f"{CROSSED}1 datapoint [9.0 (14/11/23 22:14:00)] was greater than the threshold (2.0).",
    ),
    "one of one": (
        Rule("GreaterThanThreshold", 5.0, 1, 1),
        "X",
        f"{CROSSED}1 out of the last 1 datapoints [9.0 (14/11/23 22:14:00)] was greater than the threshold (5.0)"
        " (minimum 1 datapoint for OK -> ALARM transition).",
    ),
    "two values": (
        Rule("LessThanOrEqualToThreshold", 0.0, 2),
        "00",
        f"{CROSSED}2 datapoints [0.0 (14/11/23 22:15:00), 0.0 (14/11/23 22:14:00)]"
        " were less than or equal to the threshold (0.0).",
    ),
    "a good value": (
        Rule("GreaterThanThreshold", 2.0, 1),
        "0",
        f"{CROSSED}1 datapoint [0.0 (14/11/23 22:14:00)] was not greater than the threshold (2.0).",
    ),
    "nothing, which is good": (
        Rule("GreaterThanThreshold", 2.0, 1, missing="notBreaching"),
        "-",
        f"{CROSSED}no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
    ),
    "nothing, which is bad": (
        Rule("GreaterThanThreshold", 2.0, 2, missing="breaching"),
        "--",
        f"{CROSSED}no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].",
    ),
    "nothing": (Rule("GreaterThanThreshold", 2.0, 1), "-", "Insufficient Data: 1 datapoint was unknown."),
}


@pytest.mark.parametrize(("rule", "data", "expected"), REASONS.values(), ids=REASONS)
def test_a_state_has_awss_reason(rule: Rule, data: str, expected: str) -> None:
    assert evaluate(rule, points_of(data), "what it was")[1] == expected

"""What each condition operator says of one value, or several."""

import time

import pytest

from localaws.authorization.conditions import condition, holds

KEY = "aws:SourceArn"
ROWS = [
    # operator, the policy's values, the request's value, whether the condition holds
    ("StringEquals", ["red", "blue"], "blue", True),
    ("StringEquals", ["red"], "Red", False),
    ("StringEquals", ["r*"], "red", False),
    ("StringEquals", ["red"], None, False),
    ("StringNotEquals", ["red", "blue"], "blue", False),
    ("StringNotEquals", ["red", "blue"], "green", True),
    ("StringNotEquals", ["red"], None, True),
    ("StringEqualsIgnoreCase", ["RED"], "red", True),
    ("StringEqualsIgnoreCase", ["R*"], "red", False),
    ("StringNotEqualsIgnoreCase", ["RED"], "red", False),
    ("StringLike", ["r*", "b??e"], "blue", True),
    ("StringLike", ["r?"], "red", False),
    ("StringLike", ["a.c"], "abc", False),
    ("StringNotLike", ["r*"], "red", False),
    ("NumericEquals", ["10"], "10.0", True),
    ("NumericNotEquals", ["10"], "11", True),
    ("NumericLessThan", ["10"], "9", True),
    ("NumericLessThan", ["10"], "10", False),
    ("NumericLessThanEquals", ["10"], "10", True),
    ("NumericGreaterThan", ["10"], "100", True),
    ("NumericGreaterThanEquals", ["10"], "9.9", False),
    ("NumericGreaterThan", ["10"], "many", False),
    ("NumericEquals", ["10"], "1_0", False),  # that these are no numbers is unverified; to Python they are
    ("NumericEquals", [" 10"], "10", False),
    ("NumericLessThan", ["Infinity"], "1", False),
    ("NumericNotEquals", ["ten"], "10", True),
    ("DateEquals", ["2026-01-01T00:00:00Z"], "2026-01-01T01:00:00+01:00", True),
    ("DateEquals", ["1767225600"], "2026-01-01T00:00:00Z", True),
    ("DateNotEquals", ["2026-01-01"], "2026-01-01T00:00:00Z", False),
    ("DateLessThan", ["2026-01-01T00:00:00Z"], "2025-12-31T23:59:59Z", True),
    ("DateLessThanEquals", ["2026-01"], "2026-01-01T00:00:01Z", False),
    ("DateLessThan", ["2026"], "2025-12-31T23:59:59Z", False),  # 2026 seconds after 1970 began: unverified
    ("DateEquals", ["2026-01-01T00:00:00Z"], "1767225600", True),
    ("DateLessThan", ["soon"], "2026-01-01T00:00:00Z", False),
    ("DateLessThan", ["99999999999999999999"], "2026-01-01T00:00:00Z", False),
    ("DateEquals", ["2026-W01-4"], "2026-01-01T00:00:00Z", False),  # ISO 8601, but not as W3C has it
    ("DateEquals", ["2026-01-01 00:00:00Z"], "2026-01-01T00:00:00Z", False),
    ("DateLessThan", ["2026-02"], "2026-01-31T23:59:59Z", True),
    ("DateGreaterThan", ["2026-01"], "2026-01-01T00:00:01Z", True),
    ("DateGreaterThan", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", False),
    ("DateGreaterThanEquals", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", True),
    ("Bool", ["true"], "True", True),
    ("Bool", ["false"], "true", False),
    ("Bool", ["yes"], "yes", False),
    ("BinaryEquals", ["QUJD"], "QUJD", True),
    ("BinaryEquals", ["QUJD"], "qujd", False),
    ("BinaryEquals", ["QU!JD"], "QUJD", False),
    ("IpAddress", ["10.0.0.0/8"], "10.1.2.3", True),
    ("IpAddress", ["203.0.113.7"], "203.0.113.8", False),
    ("IpAddress", ["203.0.113.7/24"], "203.0.113.8", True),  # of the network: unverified
    ("IpAddress", ["203.0.113.0/33"], "203.0.113.0", False),
    ("IpAddress", ["203.0.113.0/255.255.255.0"], "203.0.113.0", False),
    ("IpAddress", ["0.0.0.0/0"], "203.0.113.0", True),
    ("IpAddress", ["2001:db8::/32"], "2001:db8::1", True),
    ("NotIpAddress", ["10.0.0.0/8"], "2001:db8::1", True),
    ("ArnLike", ["arn:aws:s3:::d*"], "arn:aws:s3:::data", True),
    ("ArnLike", ["arn:aws:lambda:*:f"], "arn:aws:lambda:eu-west-1:1:function:f", False),
    ("ArnEquals", ["arn:aws:lambda:*:1:function:f?"], "arn:aws:lambda:eu-west-1:1:function:f1", True),
    ("ArnNotLike", ["arn:aws:s3:::d*"], "arn:aws:s3:::data", False),
    ("ArnNotEquals", ["arn:aws:s3:::data"], "arn:aws:s3:::models", True),
    ("Null", ["true"], None, True),
    ("Null", ["true"], "there", False),
    ("Null", ["false"], "there", True),
    # "false (the key exists and its value is not null)": reference_policies_elements_condition_operators.html
    ("Null", ["true"], (), True),
    ("Null", ["false"], (), False),
    ("Null", ["false"], ("there", "too"), True),
    ("StringEqualsIfExists", ["red"], None, True),
    ("StringEqualsIfExists", ["red"], "blue", False),
    ("StringNotEqualsIfExists", ["red"], None, True),
    ("StringNotEqualsIfExists", ["red"], "red", False),
    ("BoolIfExists", ["false"], None, True),
    ("BoolIfExists", ["false"], "true", False),
    # "Multivalued context keys require a condition set operator":
    # reference_policies_condition-single-vs-multi-valued-context-keys.html
    ("StringEquals", ["red"], ("red",), False),
    ("StringNotEquals", ["red"], ("blue",), False),
    ("StringEqualsIfExists", ["red"], ("red",), False),
    ("ForAllValues:StringEquals", ["red", "blue"], ("red", "blue"), True),
    ("ForAllValues:StringEquals", ["red", "blue"], ("red", "green"), False),
    # "It also returns true if there are no context keys in the request": the same page
    ("ForAllValues:StringEquals", ["red"], None, True),
    ("ForAllValues:StringEquals", ["red"], (), True),
    ("ForAllValues:StringEqualsIfExists", ["red"], None, True),
    ("ForAllValues:StringEquals", ["red"], "blue", False),
    ("ForAnyValue:StringEquals", ["red"], ("red", "green"), True),
    ("ForAnyValue:StringEquals", ["red"], ("blue", "green"), False),
    # "For no matching context key or if the key does not exist, the condition returns false": the same page; and
    # with IfExists: https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w
    ("ForAnyValue:StringEquals", ["red"], None, False),
    ("ForAnyValue:StringEquals", ["red"], (), False),
    ("ForAnyValue:StringEqualsIfExists", ["red"], None, False),
    ("ForAnyValue:StringNotEquals", ["red"], None, False),
    ("ForAnyValue:StringNotEquals", ["red"], ("red",), False),
    ("ForAnyValue:StringNotEquals", ["red"], ("red", "green"), True),
    ("ForAllValues:StringNotLike", ["r*"], ("blue", "green"), True),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "held"), ROWS)
def test_an_operator(operator: str, wanted: list[str], given: str | tuple[str, ...] | None, held: bool) -> None:
    context = {} if given is None else {KEY.lower(): given}
    assert holds(condition(operator, KEY, tuple(wanted)), context, context) is held


@pytest.mark.parametrize("operator", ["StringAlike", "Some:StringEquals", "NullIfExists", "IfExists"])
def test_an_unknown_operator_is_refused(operator: str) -> None:
    with pytest.raises(ValueError, match=operator):
        condition(operator, KEY, ("x",))


def test_a_date_without_a_zone_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    context = {KEY.lower(): "2026-01-01T00:00:00Z"}
    assert holds(condition("DateEquals", KEY, ("2026-01-01T00:00:00",)), context, None)
    monkeypatch.undo()
    time.tzset()

"""Which events a pattern matches, and which patterns are refused.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
EVENT = {
    "id": "1",
    "account": "123456789012",
    "source": "orders.web",
    "time": "2026-11-23T00:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:one", "arn:two"],
    "detail-type": "Order Placed",
    "detail": {"file": "train/data.csv", "count": 5, "ok": True, "note": None, "empty": "", "deep": {"er": "x"}},
}

PATTERNS: list[tuple[dict[str, Any], bool]] = [
    ({"source": ["orders.web"]}, True),
    ({"source": ["Orders.Web"]}, False),
    ({"source": ["other", "orders.web"]}, True),
    ({"source": ["orders.web"], "detail-type": ["Other"]}, False),
    ({"resources": ["arn:two"]}, True),
    ({"detail": {"deep": {"er": ["x"]}}}, True),
    ({"detail": {"count": [5]}}, True),
    ({"detail": {"ok": [True]}}, True),
    ({"detail": {"note": [None]}}, True),
    ({"detail": {"empty": [""]}}, True),
    ({"detail": {"file": [{"prefix": "train/"}]}}, True),
    ({"detail": {"file": [{"prefix": "test/"}]}}, False),
    ({"detail": {"file": [{"prefix": {"equals-ignore-case": "TRAIN/"}}]}}, True),
    ({"detail": {"file": [{"suffix": ".csv"}]}}, True),
    ({"detail": {"file": [{"suffix": ".json"}]}}, False),
    ({"detail": {"file": [{"anything-but": "train/data.csv"}]}}, False),
    ({"detail": {"file": [{"anything-but": ["a", "b"]}]}}, True),
    ({"detail": {"count": [{"anything-but": [5, 6]}]}}, False),
    ({"detail": {"file": [{"anything-but": {"prefix": "test/"}}]}}, True),
    ({"detail": {"file": [{"anything-but": {"suffix": ".csv"}}]}}, False),
    ({"detail": {"file": [{"anything-but": {"wildcard": "*/data.*"}}]}}, False),
    ({"detail": {"missing": [{"anything-but": "x"}]}}, False),
    ({"detail": {"file": [{"exists": True}]}}, True),
    ({"detail": {"missing": [{"exists": True}]}}, False),
    ({"detail": {"missing": [{"exists": False}]}}, True),
    ({"detail": {"count": [{"numeric": [">", 0, "<=", 5]}]}}, True),
    ({"detail": {"count": [{"numeric": ["<", 5]}]}}, False),
    ({"detail": {"count": [{"numeric": ["=", 5]}]}}, True),
    ({"detail-type": [{"equals-ignore-case": "order placed"}]}, True),
    ({"detail": {"file": [{"wildcard": "train/*.csv"}]}}, True),
    ({"detail": {"file": [{"wildcard": "*/other.*"}]}}, False),
    ({"$or": [{"source": ["other"]}, {"detail": {"count": [5]}}]}, True),
    ({"detail": {"$or": [{"count": [6]}, {"ok": [False]}]}}, False),
    ({"source": ["orders.web"], "$or": [{"detail": {"count": [6]}}, {"detail": {"ok": [True]}}]}, True),
]


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS, ids=[json.dumps(each) for each, _ in PATTERNS])
def test_a_pattern_matches(client: Client, pattern: dict[str, Any], expected: bool) -> None:
    answer = client("events").test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(EVENT))
    assert answer["Result"] is expected


REFUSED = {
    "{": "Invalid JSON",
    "[]": "Filter is not an object",
    "{}": "Empty event pattern is not allowed",
    '{"source": "x"}': '"source" must be an object or an array',
    '{"source": []}': "Empty arrays are not allowed",
    '{"source": [{"startswith": "x"}]}': "Unrecognized match type startswith",
    '{"source": [{"anything-but": {"begins": "x"}}]}': "Unrecognized match type begins",
    '{"$or": [{"source": [{"like": "x"}]}]}': "Unrecognized match type like",
    '{"source": [{"exists": "yes"}]}': "exists match pattern must be either true or false.",
    '{"detail": {"n": [{"numeric": [">"]}]}}': "Value of numeric match must be an array of comparisons and numbers",
    '{"source": [{"prefix": "a", "suffix": "b"}]}': "Only one key allowed in match expression",
}


@pytest.mark.parametrize(("pattern", "reason"), REFUSED.items())
def test_a_pattern_is_refused(client: Client, pattern: str, reason: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("events").put_rule(Name="never", EventPattern=pattern)
    assert refused.value.response["Error"] == {
        "Code": "InvalidEventPatternException",
        "Message": f"Event pattern is not valid. Reason: {reason}",
    }

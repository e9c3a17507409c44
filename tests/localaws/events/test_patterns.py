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
    "detail": {
        "file": "train/data.csv",
        "count": 5,
        "price": 7.0,
        "ok": True,
        "note": None,
        "empty": "",
        "deep": {"er": "x"},
        "none": [],
        "address": "10.0.0.7",
        "stars": "a*b",
        "parts": [{"kind": "nut", "size": 1}, {"kind": "bolt", "size": 2, "tags": [{"k": "v"}]}],
    },
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
    ({"detail": {"file": [{"anything-but": {"prefix": ["test/", "train/"]}}]}}, False),
    ({"detail": {"file": [{"anything-but": {"equals-ignore-case": "TRAIN/DATA.CSV"}}]}}, False),
    ({"resources": [{"anything-but": "arn:one"}]}, True),
    ({"detail": {"file": [{"suffix": {"equals-ignore-case": ".CSV"}}]}}, True),
    ({"detail": {"price": [7]}}, True),
    ({"detail": {"ok": [1]}}, False),
    ({"detail": {"ok": [{"numeric": ["=", 1]}]}}, False),
    ({"detail": {"none": [{"exists": True}]}}, False),
    ({"detail": {"none": [{"exists": False}]}}, True),
    ({"detail": {"deep": [{"exists": True}]}}, False),
    ({"detail": {"note": [{"exists": True}]}}, True),
    ({"detail": {"lost": {"where": [{"exists": False}]}}}, True),
    ({"detail": {"address": [{"cidr": "10.0.0.0/24"}]}}, True),
    ({"detail": {"address": [{"cidr": "10.0.1.0/24"}]}}, False),
    ({"detail": {"address": [{"cidr": "2001:db8::/32"}]}}, False),
    ({"detail": {"file": [{"cidr": "10.0.0.0/24"}]}}, False),
    ({"detail": {"stars": [{"wildcard": "a\\*b"}]}}, True),
    ({"detail": {"file": [{"wildcard": "train/data\\*"}]}}, False),
    ({"detail": {"file": [{"wildcard": "train.data*"}]}}, False),
    ({"detail": {"parts": {"kind": ["bolt"]}}}, True),
    ({"detail": {"parts": {"kind": ["bolt"], "size": [2]}}}, True),
    ({"detail": {"parts": {"kind": ["bolt"], "size": [1]}}}, False),
    ({"detail": {"parts": {"tags": {"k": ["v"]}}}}, True),
    ({"detail": {"parts": {"kind": ["nut"], "tags": {"k": ["v"]}}}}, False),
    ({"detail": {"parts": {"tags": {"k": [{"exists": False}]}}}}, False),
    ({"detail": {"parts": {"$or": [{"kind": ["nut"]}, {"size": [9]}]}}}, True),
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
    '{"source": [{"anything-but": {"begins": "x"}}]}': "Unsupported anything-but pattern: begins",
    '{"source": [{"anything-but": {"prefix": 1}}]}': "prefix match pattern must be a string",
    '{"source": [{"anything-but": null}]}': "Value of anything-but must be an array or single string/number value.",
    '{"source": [{"anything-but": [null]}]}': "Inside anything but list, start|null|boolean is not supported.",
    '{"source": [{"anything-but": ["a", 1]}]}': (
        "Inside anything but list, either all values are number or string, mixed type is not supported"
    ),
    '{"source": [{"anything-but": []}]}': (
        "Inside anything but list, either all values are number or string, mixed type is not supported"
    ),
    '{"$or": [{"source": ["x"]}, {"source": [{"like": "x"}]}]}': "Unrecognized match type like",
    '{"$or": [{"source": ["x"]}]}': "Unrecognized match type source",
    '{"source": [{"prefix": 1}]}': "prefix match pattern must be a string",
    '{"source": [{"suffix": ["x"]}]}': "suffix match pattern must be a string",
    '{"source": [{"prefix": {"suffix": "x"}}]}': "Unsupported prefix pattern: suffix",
    '{"source": [{"equals-ignore-case": ["x"]}]}': "equals-ignore-case match pattern must be a string",
    '{"source": [{"wildcard": 1}]}': "wildcard match pattern must be a string",
    '{"source": [{"wildcard": "abc**def"}]}': "Consecutive wildcard characters at pos 4",
    '{"source": [{"wildcard": "a\\\\b"}]}': "Invalid escape character at pos 2",
    '{"source": [{"cidr": 1}]}': "prefix match pattern must be a string",
    '{"source": [{"cidr": "10.0.0.0"}]}': "Malformed CIDR, one '/' required",
    '{"source": [{"cidr": "10.0.0/24"}]}': "Malformed CIDR 10.0.0/24",
    '{"source": [{"exists": "yes"}]}': "exists match pattern must be either true or false.",
    '{"detail": {"n": [{"numeric": ">"}]}}': "Value of numeric must be an array.",
    '{"detail": {"n": [{"numeric": [">"]}]}}': "Value of > must be numeric",
    '{"detail": {"n": [{"numeric": ["=", "1"]}]}}': "Value of equals must be numeric",
    '{"detail": {"n": [{"numeric": ["=", 1, "<", 2]}]}}': "Too many elements in numeric expression",
    '{"detail": {"n": [{"numeric": ["!", 1]}]}}': "Unrecognized numeric range operator: !",
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


@pytest.mark.parametrize("event", ["{", "[]", '{"source": "x"}'])
def test_an_event_that_is_none_is_refused(client: Client, event: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("events").test_event_pattern(EventPattern='{"source": ["x"]}', Event=event)
    error = {"Code": "ValidationException", "Message": "Parameter Event is not valid."}
    assert refused.value.response["Error"] == error

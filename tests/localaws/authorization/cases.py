"""Cases for the evaluator, the same at each run: policies and requests made of a few values, so that about half hit.

``record_verdicts.mjs`` asks another evaluator about the same cases; it reads what ``python cases.py`` prints.
"""

import json
import sys
from collections.abc import Callable
from random import Random
from typing import Any

SEED = 20121017
PER_GROUP = 48
ACCOUNT = "123456789012"
USER = {"kind": "user", "arn": f"arn:aws:iam::{ACCOUNT}:user/ana", "account": ACCOUNT}
SESSION = {
    "kind": "session",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/s1",
    "account": ACCOUNT,
    "role_arn": f"arn:aws:iam::{ACCOUNT}:role/worker",
}
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/target"
OBJECTS = ("arn:aws:s3:::data/ana/a.csv", "arn:aws:s3:::data/bo/b.csv", "arn:aws:s3:::models/ana/model.tar.gz")
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
SERVICES = ("lambda.amazonaws.com", "sagemaker.amazonaws.com", "codepipeline.amazonaws.com")

Case = dict[str, Any]
Statement = dict[str, Any]


def _document(*statements: Statement, version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def _statement(effect: str = "Allow", **fields: Any) -> Statement:
    defaults = {"Effect": effect, "Resource": "*"} | ({} if "NotAction" in fields else {"Action": "*"})
    if "NotResource" in fields:
        del defaults["Resource"]
    return defaults | fields


def _case(random: Random, *identity: Statement, **fields: Any) -> Case:
    """Return a request for an object by someone to whom these statements are attached."""
    case = {
        "principal": random.choice((USER, SESSION)),
        "action": random.choice(ACTIONS),
        "resource": random.choice(OBJECTS),
        "context": {},
        "identity": [_document(*identity)] if identity else [],
    }
    return case | fields


def _some(random: Random, values: tuple[str, ...], at_most: int = 2) -> str | list[str]:
    chosen = random.sample(values, random.randint(1, at_most))
    return chosen[0] if len(chosen) == 1 else chosen


def _conditional(random: Random, operator: str, key: str, wanted: Any, given: Any) -> Case:
    """Return a case that hangs on one condition, in a statement that allows or in one that denies."""
    condition = {operator: {key: wanted}}
    context = {} if given is None else {key: given}
    if random.random() < 0.65:
        return _case(random, _statement(Condition=condition), context=context)
    return _case(random, _statement(), _statement("Deny", Condition=condition), context=context)


def _maybe(random: Random, values: tuple[str, ...]) -> str | None:
    return None if random.random() < 0.12 else random.choice(values)


def _operators(names: tuple[str, ...], key: str, wanted: tuple[str, ...], given: tuple[str, ...]) -> "_Group":
    def generate(random: Random) -> Case:
        return _conditional(random, random.choice(names), key, _some(random, wanted), _maybe(random, given))

    return generate


def _ordered(kind: str) -> tuple[str, ...]:
    comparisons = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    return tuple(f"{kind}{comparison}" for comparison in comparisons)


def _dates_of_two_kinds(random: Random) -> Case:
    """Return a comparison of a date with seconds since 1970, seldom of the same or of a later moment."""
    dates: tuple[str, ...] = ("2026-01-01T00:00:01Z", "2026-01-01T02:00:00+01:00", "2026-06-01T12:00:00Z", "2026-02")
    epochs: tuple[str, ...] = ("1767225600", "1767225599", "1735689600")
    if random.random() < 0.1:
        dates, epochs = ("2026-01-01T00:00:00Z", "2025-02-03"), epochs[:2]
    key, wanted, given = random.choice((("aws:CurrentTime", epochs, dates), ("aws:EpochTime", dates, epochs)))
    return _conditional(random, random.choice(_ordered("Date")), key, _some(random, wanted), _maybe(random, given))


def _null(random: Random) -> Case:
    return _conditional(
        random, "Null", "aws:PrincipalTag/team", random.choice(("true", "false")), random.choice((None, "red"))
    )


_LETTERS = ("red", "Red", "blue", "green")
_PATTERNS = ("r*", "?ed", "*", "gr??n", "b*e", "Red", "re?")
_IF_EXISTS = (
    ("StringEquals", "aws:PrincipalTag/team", _LETTERS, _LETTERS),
    ("StringNotLike", "aws:PrincipalTag/team", _PATTERNS, _LETTERS),
    ("NumericLessThan", "aws:MultiFactorAuthAge", ("60", "3600"), ("30", "3600", "7200")),
    ("Bool", "aws:MultiFactorAuthPresent", ("true", "false"), ("true", "false")),
    ("IpAddress", "aws:SourceIp", ("10.0.0.0/8",), ("10.1.2.3", "192.0.2.1")),
    ("ArnLike", "aws:SourceArn", ("arn:aws:s3:::d*",), ("arn:aws:s3:::data", "arn:aws:s3:::models")),
    ("DateLessThan", "aws:CurrentTime", ("2026-01-01T00:00:00Z",), ("2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z")),
)


def _if_exists(random: Random) -> Case:
    operator, key, wanted, given = random.choice(_IF_EXISTS)
    value = None if random.random() < 0.4 else random.choice(given)
    return _conditional(random, f"{operator}IfExists", key, _some(random, wanted, len(wanted[:2])), value)


def _quantified(quantifier: str) -> "_Group":
    operators = ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase")

    def generate(random: Random) -> Case:
        operator = random.choice(operators)
        wanted = _some(random, _PATTERNS if operator.endswith("Like") else _LETTERS, 3)
        given = None if random.random() < 0.25 else random.sample(_LETTERS, random.randint(1, 3))
        suffix = "IfExists" if random.random() < 0.3 else ""
        name = f"{quantifier}:{operator}{suffix}".removeprefix(":")
        return _conditional(random, name, "aws:TagKeys", wanted, given)

    return generate


_WITH_VARIABLES = (
    "arn:aws:s3:::data/${aws:username}/*",
    "arn:aws:s3:::${aws:PrincipalTag/bucket}/*",
    "arn:aws:s3:::${aws:PrincipalTag/bucket, 'models'}/ana/*",
    "arn:aws:s3:::data/${AWS:UserName}/?.csv",
    "arn:aws:s3:::data/ana/${*}",
    "arn:aws:s3:::data/${$}{x}/*",
    "arn:aws:s3:::*/${aws:TagKeys}/*",
)


def _variables(random: Random) -> Case:
    pools = {"aws:username": ("ana", "bo"), "aws:PrincipalTag/bucket": ("data", "models", "d*")}
    context: dict[str, Any] = {key: given for key, pool in pools.items() if (given := _maybe(random, pool))}
    context["aws:TagKeys"] = ["ana", "bo"]
    version = "2008-10-17" if random.random() < 0.15 else "2012-10-17"
    if random.random() < 0.3:
        condition = {
            random.choice(("StringEquals", "StringLike", "StringNotEquals")): {
                "aws:SourceIdentity": random.choice(
                    ("${aws:username}", "${aws:PrincipalTag/bucket, 'ana'}", "a${*}", "a*")
                )
            }
        }
        statement = _statement(Condition=condition)
        context["aws:SourceIdentity"] = random.choice(("ana", "bo", "data", "a*"))
    else:
        statement = _statement(Resource=_some(random, _WITH_VARIABLES))
    case = _case(random, context=context)
    return case | {"identity": [_document(statement, version=version)]}


_ACTION_PATTERNS = (
    "s3:Get*",
    "S3:putobject",
    "s3:*Object",
    "s3:???Object",
    "*",
    "s3:List*",
    "sagemaker:*",
    "s3:G?tObj*",
)
_RESOURCE_PATTERNS = (
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::DATA/*",
    "arn:aws:s3:::*/ana/*",
    "arn:aws:s3:::data/??/b.csv",
    "arn:aws:s3:::models*",
    "arn:aws:s3:::data/ana/a.csv",
    "arn:aws:s3:::data",
    "arn:aws:s3:eu-*::data/*",
    "arn:*:s3:*:*:data/*",
    "arn:aws:s3:*:data/*",
    "arn:aws:s3",
)


def _element(name: str, patterns: tuple[str, ...]) -> "_Group":
    def generate(random: Random) -> Case:
        listed: dict[str, Any] = {name: _some(random, patterns, 3)}
        if random.random() < 0.6:
            return _case(random, _statement(**listed))
        return _case(random, _statement(), _statement("Deny", **listed))

    return generate


_AWS_PRINCIPALS = (
    ACCOUNT,
    f"arn:aws:iam::{ACCOUNT}:root",
    USER["arn"],
    SESSION["arn"],
    SESSION["role_arn"],
    f"arn:aws:iam::{ACCOUNT}:user/bo",
    f"arn:aws:iam::{ACCOUNT}:role/other",
    "999988887777",
    "*",
)


def _principal(random: Random) -> Any:
    if random.random() < 0.1:
        return "*"
    return {"AWS": _some(random, _AWS_PRINCIPALS)} | ({"Service": SERVICES[0]} if random.random() < 0.2 else {})


def _maybe_all(random: Random, chance: float) -> tuple[Statement, ...]:
    return (_statement(),) if random.random() < chance else ()


def _resource_policies(random: Random) -> Case:
    statements = [
        _statement(
            random.choice(("Allow", "Allow", "Deny")),
            Principal=_principal(random),
            Action=_some(random, _ACTION_PATTERNS[:6]),
        )
        for _ in range(random.randint(1, 2))
    ]
    return _case(random, *_maybe_all(random, 0.3), resource_policy=_document(*statements))


def _not_principal(random: Random) -> Case:
    """Return a denial for all but a caller in all its names, but for strangers, or seldom but for some of its names."""
    caller = random.choice((USER, SESSION))
    names = [_AWS_PRINCIPALS[1], *(caller[name] for name in ("arn", "role_arn") if name in caller)]
    strangers = list(_AWS_PRINCIPALS[5:8])
    chosen = random.choice((names, strangers, names + strangers, strangers, names[:1], names[1:] + strangers))
    denial = _statement("Deny", NotPrincipal={"AWS": chosen})
    limits = {"boundary": _document(_statement())} if random.random() < 0.2 else {}
    return _case(random, _statement(), principal=caller, resource_policy=_document(denial), **limits)


def _services(random: Random) -> Case:
    name = random.choice(SERVICES)
    condition = {"StringEquals": {"aws:SourceAccount": random.choice((ACCOUNT, ACCOUNT, "999988887777"))}}
    principal: Any = random.choice(("*", {"Service": name}, {"Service": _some(random, SERVICES)}, {"AWS": ACCOUNT}))
    conditions: dict[str, Any] = random.choice(({}, {"Condition": condition}))
    statement = _statement(Principal=principal, **conditions)
    return _case(
        random,
        principal={"kind": "service", "arn": name, "account": ""},
        context={"aws:SourceAccount": ACCOUNT},
        resource_policy=_document(statement),
    )


def _limited(limit: str) -> "_Group":
    """Return a group in which a boundary or a session policy meets what identity and resource allow."""

    def generate(random: Random) -> Case:
        fields: dict[str, Any] = {limit: _document(_statement(Action=_some(random, _ACTION_PATTERNS)))}
        if random.random() < 0.2:
            fields[limit]["Statement"].append(_statement("Deny", Action=_some(random, _ACTION_PATTERNS)))
        if random.random() < 0.5:
            grant = _statement(Principal={"AWS": random.choice((*_AWS_PRINCIPALS[:5], "*"))})
            fields["resource_policy"] = _document(grant)
        if limit == "session":
            fields["principal"] = SESSION
        return _case(random, *_maybe_all(random, 0.7), **fields)

    return generate


def _limited_twice(random: Random) -> Case:
    """Return what a session may that has both limits, with a resource that names its role, its account or nobody."""
    grant = _statement(Principal={"AWS": random.choice((_AWS_PRINCIPALS[0], SESSION["role_arn"], USER["arn"]))})
    limits = {
        name: _document(_statement(Action=_some(random, ("s3:*", "*", *_ACTION_PATTERNS))))
        for name in ("boundary", "session")
    }
    granted = {"resource_policy": _document(grant)} if random.random() < 0.6 else {}
    return _case(random, *_maybe_all(random, 0.6), principal=SESSION, **limits, **granted)


def _keys(random: Random) -> Case:
    statement = _statement(
        random.choice(("Allow", "Allow", "Allow", "Deny")),
        Principal={"AWS": random.choice(_AWS_PRINCIPALS[:8])},
        Action=_some(random, ("kms:Decrypt", "kms:*", "kms:GenerateDataKey*")),
    )
    action = random.choice(("kms:Decrypt", "kms:GenerateDataKey"))
    return _case(random, *_maybe_all(random, 0.6), action=action, resource=KEY, resource_policy=_document(statement))


def _trust(random: Random) -> Case:
    principal: Any = random.choice(({"AWS": _some(random, _AWS_PRINCIPALS[:8])}, {"Service": _some(random, SERVICES)}))
    fields: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if random.random() < 0.5:
        accounts = random.choice((ACCOUNT, ACCOUNT, "999988887777"))
        fields["Condition"] = {
            "StringEquals": {"aws:SourceAccount": accounts},
            "ArnLike": {
                "aws:SourceArn": random.choice((f"arn:aws:lambda:*:{ACCOUNT}:function:f*", f"arn:aws:*:*:{ACCOUNT}:*"))
            },
        }
    callers: tuple[Any, ...] = (USER, SESSION, *({"kind": "service", "arn": name, "account": ""} for name in SERVICES))
    caller = random.choice(callers)
    allowed = () if caller["kind"] == "service" else _maybe_all(random, 0.6)
    source = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{random.choice('fg')}1"
    return _case(
        random,
        *allowed,
        principal=caller,
        action="sts:AssumeRole",
        resource=ROLE,
        context={"aws:SourceAccount": ACCOUNT, "aws:SourceArn": source},
        resource_policy=_document(fields),
    )


_Group = Callable[[Random], Case]
_TAG = "aws:PrincipalTag/team"
_DATES = ("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-06-01")
_EPOCHS = ("1767225600", "1767225599", "1780272000")
_CIDRS = ("10.0.0.0/8", "192.0.2.1/32", "192.0.2.0/24", "2001:db8::/32", "203.0.113.7")
_ADDRESSES = ("10.1.2.3", "192.0.2.1", "192.0.2.77", "2001:db8::1", "203.0.113.7", "2001:db9::1")
_ARN_PATTERNS = (
    f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f*",
    f"arn:aws:lambda:*:{ACCOUNT}:function:f1",
    f"arn:aws:*:*:{ACCOUNT}:*",
    "arn:aws:s3:::data",
    "arn:aws:s3:::d??a",
    f"arn:aws:lambda:eu-?est-1:{ACCOUNT}:function:F1",
)
_ARNS = (
    f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f1",
    f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f1",
    "arn:aws:s3:::data",
)
GROUPS: dict[str, _Group] = {
    "string equals": _operators(("StringEquals", "StringNotEquals"), _TAG, (*_LETTERS, "r*"), (*_LETTERS, "r*")),
    "string ignore case": _operators(
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"), _TAG, _LETTERS, ("RED", "red", "bLue", "grey")
    ),
    "string like": _operators(("StringLike", "StringNotLike"), _TAG, _PATTERNS, (*_LETTERS, "")),
    "numeric": _operators(
        _ordered("Numeric"), "aws:MultiFactorAuthAge", ("10", "3.5", "-1"), ("10", "10.0", "3", "-2")
    ),
    "date": _operators(_ordered("Date"), "aws:CurrentTime", _DATES, _DATES[:3]),
    "epoch": _operators(_ordered("Date"), "aws:EpochTime", _EPOCHS, _EPOCHS),
    "date of two kinds": _dates_of_two_kinds,
    "bool": _operators(("Bool",), "aws:SecureTransport", ("true", "false", "True"), ("true", "false")),
    "binary": _operators(("BinaryEquals",), _TAG, ("QUJD", "QQ=="), ("QUJD", "QQ==", "qujd")),
    "ip address": _operators(("IpAddress", "NotIpAddress"), "aws:SourceIp", _CIDRS, _ADDRESSES),
    "arn": _operators(("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"), "aws:SourceArn", _ARN_PATTERNS, _ARNS),
    "null": _null,
    "if exists": _if_exists,
    "several values": _quantified(""),
    "for all values": _quantified("ForAllValues"),
    "for any value": _quantified("ForAnyValue"),
    "variables": _variables,
    "action": _element("Action", _ACTION_PATTERNS),
    "not action": _element("NotAction", _ACTION_PATTERNS),
    "resource": _element("Resource", _RESOURCE_PATTERNS),
    "not resource": _element("NotResource", _RESOURCE_PATTERNS),
    "resource policy": _resource_policies,
    "not principal": _not_principal,
    "service principal": _services,
    "boundary": _limited("boundary"),
    "session": _limited("session"),
    "key policy": _keys,
    "trust policy": _trust,
    "boundary and session": _limited_twice,
}


def generate() -> list[Case]:
    """Return all cases, each with its group and a number."""
    random = Random(SEED)  # noqa: S311 - the same cases each time is the point
    groups = [(name, number) for name in GROUPS for number in range(PER_GROUP)]
    return [{"id": f"{name} {number}", "group": name} | GROUPS[name](random) for name, number in groups]


def text() -> str:
    """Return the cases as the recorder reads them and as the hash is of."""
    return json.dumps(generate(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())

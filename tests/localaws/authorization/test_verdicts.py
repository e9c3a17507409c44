"""On generated cases the evaluator agrees with @cloud-copilot/iam-simulate, but where that departs from AWS's pages."""

import json
import runpy
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from localaws.authorization.evaluate import Decision, Policies, Principal, Request, decide
from localaws.authorization.policy import Kind, Policy, parse

Case = dict[str, Any]
_HERE = Path(__file__).parent
_GENERATOR = runpy.run_path(str(_HERE / "cases.py"))
_RECORD = json.loads((_HERE / "verdicts.json").read_text())
_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"


def _statements(case: Case) -> Iterator[dict[str, Any]]:
    limits = [case[name] for name in ("resource_policy", "boundary", "session") if name in case]
    for document in [*case["identity"], *limits]:
        yield from document["Statement"]


def _conditions(case: Case) -> Iterator[tuple[str, list[str], Any]]:
    for statement in _statements(case):
        for operator, keys in statement.get("Condition", {}).items():
            for key, wanted in keys.items():
                yield operator, wanted if isinstance(wanted, list) else [wanted], case["context"].get(key)


def _compares_a_date_with_no_earlier_epoch(case: Case) -> bool:
    pairs = [
        sorted((value, given), key=str.isdecimal)
        for operator, wanted, given in _conditions(case)
        if operator.startswith("Date") and given
        for value in wanted
    ]
    return any(_moment(date) <= int(epoch) for date, epoch in pairs if epoch.isdecimal() and not date.isdecimal())


def _moment(date: str) -> float:
    whole = date if "T" in date else f"{date}-01"[:10] + "T00:00Z"
    return datetime.fromisoformat(whole).timestamp()


def _asks_ipv6_of_ipv4_without_prefix(case: Case) -> bool:
    return any(
        operator == "NotIpAddress" and given and ":" in given and any("/" not in value for value in wanted)
        for operator, wanted, given in _conditions(case)
    )


def _has_variables_before_they_existed(case: Case) -> bool:
    return any(each["Version"] == "2008-10-17" and "${" in json.dumps(each) for each in case["identity"])


def _has_a_wildcard_for_several_parts(case: Case) -> bool:
    return "arn:aws:s3:*:data/*" in json.dumps(list(_statements(case)))


def _spares_some_names_of_the_caller(case: Case) -> bool:
    caller = case["principal"]
    names = {caller.get("role_arn", caller["arn"]), caller["arn"], f"arn:aws:iam::{caller['account']}:root"}
    listed = [set(each["NotPrincipal"]["AWS"]) for each in _statements(case) if "NotPrincipal" in each]
    return "boundary" not in case and any(names & each and not names <= each for each in listed)


def _grants_a_session_more_than_its_session_policy(case: Case) -> bool:
    policy = case.get("resource_policy")
    return "session" in case and policy is not None and policy["Statement"][0]["Principal"]["AWS"] in ("*", _SESSION)


_SESSION = _GENERATOR["SESSION"]["arn"]
# Where the other evaluator is wrong: the rule, and the page that says so.
DEPARTURES: dict[Callable[[Case], bool], str] = {
    # "You must specify date/time values with one of the W3C implementations of the ISO 8601 date formats or in epoch
    # (UNIX) time": it takes the seconds of the latter for milliseconds, and so for a day in January 1970.
    _compares_a_date_with_no_earlier_epoch: (
        f"{_GUIDE}reference_policies_elements_condition_operators.html#Conditions_Date"
    ),
    # NotIpAddress: "All IP addresses except the specified IP address or range"; it wants both of one version.
    _asks_ipv6_of_ipv4_without_prefix: (
        f"{_GUIDE}reference_policies_elements_condition_operators.html#Conditions_IPAddress"
    ),
    # "If you don't include the Version element and set it to an appropriate version date, variables like
    # ${aws:username} are treated as literal strings in the policy."
    _has_variables_before_they_existed: f"{_GUIDE}reference_policies_variables.html#policy-vars-intro",
    # "You must also specify the account ARN of the not-denied principal. Otherwise, the policy might deny access to the
    # entire account", and "AWS might validate the account first, then the role, and then the assumed-role user". It
    # takes any of the names for all; its source says "Need to do research on this".
    _spares_some_names_of_the_caller: f"{_GUIDE}reference_policies_elements_notprincipal.html",
    # "Permissions granted directly to a session are not limited by an implicit deny in an identity-based policy, a
    # permissions boundary, or session policy"; and so what * is granted: reference_policies_elements_principal.html.
    _grants_a_session_more_than_its_session_policy: (
        f"{_GUIDE}reference_policies_evaluation-logic_policy-eval-denyallow.html"
    ),
    # "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon
    # boundaries."
    _has_a_wildcard_for_several_parts: f"{_GUIDE}reference_policies_elements_resource.html",
}
COMPARED = [case for case in _GENERATOR["generate"]() if not any(departs(case) for departs in DEPARTURES)]


def _policy(document: dict[str, Any] | None, name: str, kind: Kind) -> Policy | None:
    return parse(json.dumps(document), name, kind) if document else None


def _decision(case: Case) -> Decision:
    context = {key.lower(): tuple(v) if isinstance(v, list) else v for key, v in case["context"].items()}
    request = Request(Principal(**case["principal"]), case["action"], case["resource"], context)
    kind: Kind = "trust" if case["action"] == "sts:AssumeRole" else "resource"
    policies = Policies(
        tuple(parse(json.dumps(document), "identity", "identity") for document in case["identity"]),
        _policy(case.get("resource_policy"), "resource", kind),
        _policy(case.get("boundary"), "boundary", "identity"),
        _policy(case.get("session"), "session", "identity"),
    )
    return decide(request, policies)


def _verdict(decision: Decision) -> str:
    if decision.allowed:
        return "Allowed"
    return "ExplicitlyDenied" if decision.reason.startswith("with an explicit deny") else "ImplicitlyDenied"


def test_the_verdicts_are_of_these_cases() -> None:
    assert _RECORD["sha256"] == sha256(_GENERATOR["text"]().encode()).hexdigest()


@pytest.mark.parametrize("group", _GENERATOR["GROUPS"])
def test_the_evaluators_agree(group: str) -> None:
    cases = [case for case in COMPARED if case["group"] == group]
    departures = {case["id"]: case for case in cases if _verdict(_decision(case)) != _RECORD["verdicts"][case["id"]]}
    assert departures == {}


def test_the_cases_are_many_and_of_both_kinds() -> None:
    groups = Counter(case["group"] for case in COMPARED)
    denials = [case for case in COMPARED if _RECORD["verdicts"][case["id"]] != "Allowed"]
    assert len(COMPARED) >= 600
    assert min(groups[name] for name in _GENERATOR["GROUPS"]) >= 30
    assert len(denials) >= 0.4 * len(COMPARED)


@pytest.mark.parametrize("departs", DEPARTURES, ids=lambda rule: rule.__name__.strip("_"))
def test_a_departure_is_one(departs: Callable[[Case], bool]) -> None:
    cases = [case for case in _GENERATOR["generate"]() if departs(case)]
    assert any(_verdict(_decision(case)) != _RECORD["verdicts"][case["id"]] for case in cases)

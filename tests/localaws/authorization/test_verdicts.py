"""On generated cases the evaluator agrees with @cloud-copilot/iam-simulate, but where that departs from AWS's pages."""

import json
import runpy
from collections import Counter
from collections.abc import Callable, Iterator
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


def _compares_epoch_with_iso(case: Case) -> bool:
    return any(
        operator.startswith("Date") and given and not given.isdecimal() and any(value.isdecimal() for value in wanted)
        for operator, wanted, given in _conditions(case)
    )


def _asks_ipv6_of_ipv4_without_prefix(case: Case) -> bool:
    return any(
        operator == "NotIpAddress" and given and ":" in given and any("/" not in value for value in wanted)
        for operator, wanted, given in _conditions(case)
    )


def _has_variables_before_they_existed(case: Case) -> bool:
    return any(each["Version"] == "2008-10-17" and "${" in json.dumps(each) for each in case["identity"])


def _spares_some_names_of_the_caller(case: Case) -> bool:
    caller = case["principal"]
    names = {caller.get("role_arn", caller["arn"]), caller["arn"], f"arn:aws:iam::{caller['account']}:root"}
    listed = [set(each["NotPrincipal"]["AWS"]) for each in _statements(case) if "NotPrincipal" in each]
    return "boundary" not in case and any(names & each and not names <= each for each in listed)


def _grants_a_session_more_than_its_session_policy(case: Case) -> bool:
    policy = case.get("resource_policy")
    return "session" in case and policy is not None and policy["Statement"][0]["Principal"]["AWS"] in ("*", _SESSION)


def _may_lack_a_key_of_any_value(case: Case) -> bool:
    return any(
        operator.startswith("ForAnyValue:") and operator.endswith("IfExists") and given is None
        for operator, _wanted, given in _conditions(case)
    )


_SESSION = _GENERATOR["SESSION"]["arn"]
# Where the other evaluator is wrong: the rule, and the page that says so.
DEPARTURES: dict[Callable[[Case], bool], str] = {
    # "in one of the W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time"; it takes seconds for
    # milliseconds.
    _compares_epoch_with_iso: f"{_GUIDE}reference_policies_elements_condition_operators.html#Conditions_Date",
    # "If you specify an IP address without the associated routing prefix, IAM uses the default prefix value of /32";
    # it then compares addresses of two versions and gives up.
    _asks_ipv6_of_ipv4_without_prefix: (
        f"{_GUIDE}reference_policies_elements_condition_operators.html#Conditions_IPAddress"
    ),
    # "variables such as ${aws:username} aren't recognized as variables and are instead treated as literal strings"
    _has_variables_before_they_existed: f"{_GUIDE}reference_policies_elements_version.html",
    # The page's example lists user and account, and denies all but the user: the account alone spares nobody.
    _spares_some_names_of_the_caller: f"{_GUIDE}reference_policies_elements_notprincipal.html",
    # What a resource's policy grants the session itself, the session policy does not limit.
    _grants_a_session_more_than_its_session_policy: f"{_GUIDE}access_policies.html#policies_session",
    # "If the key is not present, evaluate the condition element as true"
    _may_lack_a_key_of_any_value: (f"{_GUIDE}reference_policies_elements_condition_operators.html#Conditions_IfExists"),
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

"""The Rules of a template: assertions about parameters, before anything is made.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
Refused by name: Fn::ValueOf and Fn::ValueOfAll, which look at VPCs and subnets.
"""

from collections.abc import Mapping
from typing import Any

from localaws.cloudformation.errors import ValidationError
from localaws.cloudformation.parameters import Declaration, text
from localaws.cloudformation.template import Template

UNVERIFIED_UNDESCRIBED = "Assertion {number} of the rule {rule} is not met"
# No public source shows the whole message, only that it carries the AssertDescription.
UNVERIFIED_BROKEN = "Template validation error: {}"
_FUNCTIONS = {
    "Fn::And": (2, 10),
    "Fn::Contains": (2, 2),
    "Fn::EachMemberEquals": (2, 2),
    "Fn::EachMemberIn": (2, 2),
    "Fn::Equals": (2, 2),
    "Fn::Not": (1, 1),
    "Fn::Or": (2, 10),
}
_VALUES = ("Ref", "Fn::RefAll")
_OF_NETWORKS = ("Fn::ValueOf", "Fn::ValueOfAll")


def check_structure(template: Template, declared: list[Declaration]) -> None:
    """Raise ValidationError when the Rules are not what CloudFormation takes, whatever the parameters are worth."""
    names = {declaration.name for declaration in declared}
    for name, rule in template.section("Rules").items():
        if not isinstance(rule, dict) or set(rule) - {"RuleCondition", "Assertions"}:
            raise _malformed(name, "has a RuleCondition and Assertions, and nothing else")
        assertions = rule.get("Assertions")
        if not isinstance(assertions, list) or not assertions:
            raise _malformed(name, "must have a list of Assertions")
        for assertion in assertions:
            if not isinstance(assertion, dict) or set(assertion) - {"Assert", "AssertDescription"}:
                raise _malformed(name, "has assertions of Assert and AssertDescription, and nothing else")
            if "Assert" not in assertion:
                raise _malformed(name, "has an assertion without Assert")
            _check_decision(assertion["Assert"], name, names)
        if "RuleCondition" in rule:
            _check_decision(rule["RuleCondition"], name, names)


def check_rules(
    template: Template, declared: list[Declaration], values: Mapping[str, Any], pseudo: Mapping[str, Any]
) -> None:
    """Raise ValidationError with the AssertDescription of the first assertion that the parameters do not meet."""
    evaluation = _Evaluation(declared, {**values, **pseudo})
    for name, rule in template.section("Rules").items():
        if "RuleCondition" in rule and not evaluation.holds(rule["RuleCondition"]):
            continue
        for number, assertion in enumerate(rule["Assertions"], 1):
            if not evaluation.holds(assertion["Assert"]):
                told = assertion.get("AssertDescription", UNVERIFIED_UNDESCRIBED.format(number=number, rule=name))
                raise ValidationError(UNVERIFIED_BROKEN.format(text(told).strip()))


def _malformed(rule: str, problem: str) -> ValidationError:
    return ValidationError(f"Template format error: the rule {rule} {problem}")


def _call(expression: Any) -> tuple[str, Any]:
    if isinstance(expression, dict) and len(expression) == 1:
        return next(iter(expression.items()))
    return "", expression


def _check_decision(expression: Any, rule: str, names: set[str]) -> None:
    function, argument = _call(expression)
    if function not in _FUNCTIONS:
        _refuse(function, rule)
        raise _malformed(rule, f"must decide by one of {', '.join(_FUNCTIONS)}")
    least, most = _FUNCTIONS[function]
    if not isinstance(argument, list) or not least <= len(argument) <= most:
        expected = str(least) if least == most else f"{least} to {most}"
        raise ValidationError(f"Template error: {function} object requires a list of {expected} arguments")
    decides = function in ("Fn::And", "Fn::Or", "Fn::Not")
    for item in argument:
        (_check_decision if decides else _check_value)(item, rule, names)


def _check_value(expression: Any, rule: str, names: set[str]) -> None:
    if isinstance(expression, list):
        for item in expression:
            _check_value(item, rule, names)
    elif isinstance(expression, dict):
        function, argument = _call(expression)
        if function not in _VALUES:
            _refuse(function, rule)
            raise _malformed(rule, f"can compare texts, lists, {' and '.join(_VALUES)}, not {function or expression}")
        if function == "Ref" and argument not in names and not str(argument).startswith("AWS::"):
            raise ValidationError(
                f"Template format error: Unresolved dependencies [{argument}]. Cannot reference resources in the "
                "Rules block of the template"
            )


def _refuse(function: str, rule: str) -> None:
    if function in _OF_NETWORKS:
        raise ValidationError(f"Local AWS does not support the function {function} (of the rule {rule}).")


class _Evaluation:
    """What the expressions of rules are worth with these parameters."""

    def __init__(self, declared: list[Declaration], known: Mapping[str, Any]) -> None:
        self._declared = declared
        self._known = known

    def holds(self, expression: Any) -> bool:
        function, argument = _call(expression)
        if function == "Fn::Not":
            return not self.holds(argument[0])
        if function in ("Fn::And", "Fn::Or"):
            return (all if function == "Fn::And" else any)(self.holds(item) for item in argument)
        left, right = (self._value(item) for item in argument)
        if function == "Fn::Equals":
            return bool(left == right)
        members = left if isinstance(left, list) else [left]
        if function == "Fn::Contains":
            return right in members
        if function == "Fn::EachMemberEquals":
            return all(member == right for member in members)
        return all(member in right for member in members)  # Fn::EachMemberIn

    def _value(self, expression: Any) -> Any:
        if isinstance(expression, list):
            return [self._value(item) for item in expression]
        if not isinstance(expression, dict):
            return text(expression)
        function, argument = _call(expression)
        if function == "Ref":
            return self._known.get(argument, "")
        return [self._known[declaration.name] for declaration in self._declared if declaration.type == argument]

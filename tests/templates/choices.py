"""A template as a choice of parameters makes it: what the choice decides is decided, what it leaves out is gone.

Pure. What the choice does not decide (whether there is a key, say) stays as it is written.
"""

from collections.abc import Mapping
from typing import Any

Template = dict[str, Any]

NOTHING = {"Ref": "AWS::NoValue"}


def chosen(template: Template, choice: Mapping[str, str]) -> Template:
    """Return the template without what is not there when these parameters have these values."""
    there = {
        section: {name: one for name, one in template[section].items() if _is_there(template, one, choice)}
        for section in ("Resources", "Outputs")
    }
    return template | {section: _resolved(template, found, choice) for section, found in there.items()}


def decided(template: Template, expression: Mapping[str, Any], choice: Mapping[str, str]) -> bool | None:
    """Return what a condition is; None, where the choice leaves that open."""
    ((function, of),) = expression.items()
    match function:
        case "Condition":
            return decided(template, template["Conditions"][of], choice)
        case "Fn::Not":
            one = decided(template, of[0], choice)
            return None if one is None else not one
        case "Fn::And":
            each = [decided(template, one, choice) for one in of]
            return False if False in each else None if None in each else True
        case "Fn::Equals":
            left, right = (_value(one, choice) for one in of)
            return None if None in (left, right) else left == right
        case "Fn::Contains":
            values, wanted = [_value(one, choice) for one in of[0]], _value(of[1], choice)
            return True if wanted in values else None if None in values else False
    raise ValueError(f"{function} is in no condition of ours so far")


def broken_rules(template: Template, choice: Mapping[str, str]) -> list[str]:
    """Return the names of the rules by which CloudFormation refuses these parameters."""
    return [
        name
        for name, rule in template["Rules"].items()
        if decided(template, rule["RuleCondition"], choice)
        and not all(decided(template, one["Assert"], choice) for one in rule["Assertions"])
    ]


def _value(one: Any, choice: Mapping[str, str]) -> Any:
    return choice.get(one["Ref"]) if isinstance(one, dict) else one


def _is_there(template: Template, one: Mapping[str, Any], choice: Mapping[str, str]) -> bool:
    return "Condition" not in one or decided(template, {"Condition": one["Condition"]}, choice) is not False


def _resolved(template: Template, value: Any, choice: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        items = [_resolved(template, item, choice) for item in value]
        return [item for item in items if item != NOTHING]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        condition, *branches = value["Fn::If"]
        yes, no = (_resolved(template, branch, choice) for branch in branches)
        is_so = decided(template, {"Condition": condition}, choice)
        return {"Fn::If": [condition, yes, no]} if is_so is None else yes if is_so else no
    if "Fn::FindInMap" in value:
        name, *keys = value["Fn::FindInMap"]
        first, second = (_value(key, choice) for key in keys)
        return value if first is None else template["Mappings"][name][first][second]
    members = {key: _resolved(template, member, choice) for key, member in value.items()}
    return {key: member for key, member in members.items() if member != NOTHING}

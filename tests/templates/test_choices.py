"""What a choice decides is decided, and what it leaves open stays as it is written."""

from typing import Any

import pytest

from .choices import broken_rules, chosen, decided

SOURCE, KEY = {"Ref": "Source"}, {"Ref": "Key"}
TEMPLATE: dict[str, Any] = {
    "Conditions": {
        "HasSource": {"Fn::Not": [{"Fn::Equals": [SOURCE, "None"]}]},
        "HasKey": {"Fn::Not": [{"Fn::Equals": [KEY, ""]}]},
        "HasBoth": {"Fn::And": [{"Condition": "HasSource"}, {"Condition": "HasKey"}]},
    },
    "Mappings": {"Sizes": {"None": {"Size": "1"}, "Git": {"Size": "2"}}},
    "Rules": {
        "KeyWithSource": {
            "RuleCondition": {"Fn::Equals": [SOURCE, "Git"]},
            "Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [[KEY, "x"], ""]}]}}],
        }
    },
    "Resources": {
        "Always": {"Properties": {"Size": {"Fn::FindInMap": ["Sizes", SOURCE, "Size"]}}},
        "Built": {"Condition": "HasSource", "Properties": {}},
        "Safe": {"Condition": "HasKey", "Properties": {}},
    },
    "Outputs": {"Url": {"Condition": "HasSource", "Value": "x"}},
}


@pytest.mark.parametrize(
    ("condition", "choice", "value"),
    [
        ("HasSource", {"Source": "None"}, False),
        ("HasSource", {"Source": "Git"}, True),
        ("HasSource", {}, None),
        ("HasBoth", {"Source": "None"}, False),
        ("HasBoth", {"Source": "Git"}, None),
        ("HasBoth", {"Source": "Git", "Key": "x"}, True),
    ],
)
def test_a_condition(condition: str, choice: dict[str, str], value: bool | None) -> None:
    assert decided(TEMPLATE, {"Condition": condition}, choice) is value


@pytest.mark.parametrize(("source", "size", "there"), [("None", "1", ["Always", "Safe"]), ("Git", "2", None)])
def test_what_is_not_chosen_is_not_there(source: str, size: str, there: list[str] | None) -> None:
    found = chosen(TEMPLATE, {"Source": source})

    assert list(found["Resources"]) == (there or ["Always", "Built", "Safe"])
    assert found["Resources"]["Always"]["Properties"] == {"Size": size}
    assert list(found["Outputs"]) == ([] if there else ["Url"])


NOTHING = {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        ({"Fn::If": ["HasSource", "yes", "no"]}, "yes"),
        ({"Fn::If": ["HasKey", "yes", NOTHING]}, {"Fn::If": ["HasKey", "yes", NOTHING]}),
        ({"Fn::If": ["HasKey", {"Fn::If": ["HasSource", 1, 2]}, 3]}, {"Fn::If": ["HasKey", 1, 3]}),
        ([1, {"Fn::If": ["HasSource", NOTHING, 2]}, 3], [1, 3]),
        ({"a": {"Fn::If": ["HasSource", NOTHING, 2]}, "b": 3}, {"b": 3}),
        ({"Fn::FindInMap": ["Sizes", KEY, "Size"]}, {"Fn::FindInMap": ["Sizes", KEY, "Size"]}),
        (SOURCE, SOURCE),
    ],
)
def test_a_value(written: Any, stands: Any) -> None:
    template = TEMPLATE | {"Resources": {"One": {"Properties": [written, "end"]}}}

    found = chosen(template, {"Source": "Git"})["Resources"]["One"]["Properties"]

    assert found == [stands, "end"]


@pytest.mark.parametrize(
    ("choice", "broken"),
    [
        ({"Source": "None", "Key": ""}, []),
        ({"Source": "Git", "Key": ""}, ["KeyWithSource"]),
        ({"Source": "Git", "Key": "k"}, []),
    ],
)
def test_a_rule(choice: dict[str, str], broken: list[str]) -> None:
    assert broken_rules(TEMPLATE, choice) == broken


def test_a_function_that_is_new_here_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match=r"^Fn::Or is in no condition of ours so far"):
        decided(TEMPLATE, {"Fn::Or": []}, {})

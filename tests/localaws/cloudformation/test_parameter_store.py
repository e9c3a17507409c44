"""SSM parameter types and dynamic references, by what people observed of both on AWS."""

from collections.abc import Callable
from typing import Any

import pytest

STORED = "AWS::SSM::Parameter::Value"


@pytest.fixture
def path(stack: Any) -> str:
    """A folder of Parameter Store with a text of two versions, a list and a secret in it."""
    ssm, folder = stack.client("ssm"), f"/{stack.name}"
    ssm.put_parameter(Name=f"{folder}/text", Type="String", Value="first")
    ssm.put_parameter(Name=f"{folder}/text", Type="String", Value="second", Overwrite=True)
    ssm.put_parameter(Name=f"{folder}/list", Type="StringList", Value="a,b, c ,d")
    ssm.put_parameter(Name=f"{folder}/secret", Type="SecureString", Value="hush")
    return folder


def with_parameter(kind: str, output: Any, **members: Any) -> dict[str, Any]:
    """Return a template that puts a parameter of a type, P, into an output."""
    return {
        "Parameters": {"P": {"Type": kind} | members},
        "Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}},
        "Outputs": {"P": {"Value": output}},
    }


def given(value: str) -> dict[str, Any]:
    """Return a request's parameters that give P this value."""
    return {"Parameters": [{"ParameterKey": "P", "ParameterValue": value}]}


def with_value(value: Any) -> dict[str, Any]:
    """Return a template that stores a value."""
    return {"Resources": {"Copy": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}}}


def stored(stack: Any) -> str:
    """Return what the template of ``with_value`` stored."""
    return str(stack.client("ssm").get_parameter(Name=stack.physical_id("Copy"))["Parameter"]["Value"])


@pytest.mark.parametrize(
    ("kind", "name", "output", "value", "resolved"),
    [
        (f"{STORED}<String>", "/text", {"Ref": "P"}, "second", "second"),
        (f"{STORED}<String>", "/text:1", {"Ref": "P"}, "first", "first"),
        (f"{STORED}<List<String>>", "/list", {"Fn::Join": ["|", {"Ref": "P"}]}, "a|b|c|d", "a,b,c,d"),
        (f"{STORED}<CommaDelimitedList>", "/list", {"Fn::Join": ["|", {"Ref": "P"}]}, "a|b|c|d", "a,b,c,d"),
    ],
)
def test_a_parameter_is_worth_what_is_stored(  # noqa: PLR0917 (a row of the table)
    stack: Any, path: str, kind: str, name: str, output: Any, value: str, resolved: str
) -> None:
    after = stack.create(with_parameter(kind, output), **given(path + name))

    assert after["Outputs"][0]["OutputValue"] == value
    assert after["Parameters"] == [
        {"ParameterKey": "P", "ParameterValue": path + name, "ResolvedValue": resolved},
    ]


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("String", "/nothing", "Unable to fetch parameters [{}/nothing] from parameter store for this account."),
        ("String", "/text:9", "Unable to fetch parameters [{}/text:9] from parameter store for this account."),
        (
            "String",
            "/secret",
            "Parameters [{}/secret] referenced by template have types not supported by CloudFormation.",
        ),
        (
            "String",
            "/list",
            "Types for SSM parameters [{}/list] defined in CFN template and SSM are incompatible",
        ),
        (
            "CommaDelimitedList",
            "/text",
            "Types for SSM parameters [{}/text] defined in CFN template and SSM are incompatible",
        ),
    ],
)
def test_what_is_stored_must_fit(  # noqa: PLR0917 (a row of the table)
    stack: Any, refusal: Callable[..., Any], path: str, kind: str, name: str, message: str
) -> None:
    template = with_parameter(f"{STORED}<{kind}>", "a")

    expected = ("ValidationError", message.format(path))
    assert refusal(stack.create, template=template, **given(path + name)) == expected


def test_constraints_are_the_names_not_the_values(stack: Any, refusal: Callable[..., Any], path: str) -> None:
    refused = with_parameter(f"{STORED}<String>", {"Ref": "P"}, AllowedPattern="second")
    code, message = refusal(stack.create, template=refused, **given(f"{path}/text"))
    assert (code, message) == ("ValidationError", "Parameter 'P' must match pattern second")

    accepted = with_parameter(f"{STORED}<String>", {"Ref": "P"}, AllowedPattern="/stack.*")
    assert stack.create(accepted, **given(f"{path}/text"))["StackStatus"] == "CREATE_COMPLETE"


def test_a_name_must_exist(stack: Any, another_stack: Any, path: str) -> None:
    template = with_parameter("AWS::SSM::Parameter::Name", {"Ref": "P"})

    assert stack.create(template, **given(f"{path}/nothing"))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stack.events()[1]["ResourceStatusReason"] == (
        f"Parameter validation failed: parameter value {path}/nothing for parameter name P does not exist. "
        "Rollback requested by user."
    )
    assert len(stack.events()) == 3
    assert another_stack.create(template, **given(f"{path}/text"))["Outputs"][0]["OutputValue"] == f"{path}/text"


def test_an_update_reads_what_is_stored_anew(stack: Any, path: str) -> None:
    stack.create(with_parameter(f"{STORED}<String>", {"Ref": "P"}), **given(f"{path}/text"))
    stack.client("ssm").put_parameter(Name=f"{path}/text", Value="third", Overwrite=True)

    kept = [{"ParameterKey": "P", "UsePreviousValue": True}]
    stack.cloudformation.update_stack(StackName=stack.name, UsePreviousTemplate=True, Parameters=kept)

    after = stack.settled()
    assert after["StackStatus"] == "UPDATE_COMPLETE"
    assert after["Parameters"][0]["ResolvedValue"] == "third"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{{resolve:ssm:%s/text}}", "second"),
        ("{{resolve:ssm:%s/text:1}}", "first"),
        ("a-{{resolve:ssm:%s/text:1}}-b-{{resolve:ssm:%s/text}}", "a-first-b-second"),
        ("{{resolve:ssm:%s/list}}", "a,b, c ,d"),
    ],
)
def test_a_reference_becomes_what_is_stored(stack: Any, path: str, value: str, expected: str) -> None:
    stack.create(with_value(value.replace("%s", path)))

    assert stored(stack) == expected


def test_a_reference_may_be_composed_of_what_is_made(stack: Any) -> None:
    template = with_value({"Fn::Sub": "{{resolve:ssm:${First}}}"})
    template["Resources"]["First"] = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "made"}}

    stack.create(template)

    assert stored(stack) == "made"


def test_an_output_is_no_place_for_a_reference(stack: Any, path: str) -> None:
    reference = f"{{{{resolve:ssm:{path}/text}}}}"

    after = stack.create(with_value("a") | {"Outputs": {"R": {"Value": reference}}})

    assert after["Outputs"][0]["OutputValue"] == reference


def test_a_pinned_reference_may_be_a_default(stack: Any, path: str) -> None:
    template = with_parameter("String", {"Ref": "P"}, Default=f"{{{{resolve:ssm:{path}/text:1}}}}")

    assert stack.create(template)["Outputs"][0]["OutputValue"] == "first"


def test_an_identical_template_brings_what_changed_in_the_store(
    stack: Any, refusal: Callable[..., Any], path: str
) -> None:
    template = with_value(f"{{{{resolve:ssm:{path}/text}}}}")
    stack.create(template)
    assert refusal(stack.update, template=template) == ("ValidationError", "No updates are to be performed.")
    stack.client("ssm").put_parameter(Name=f"{path}/text", Value="third", Overwrite=True)

    assert stack.update(template)["StackStatus"] == "UPDATE_COMPLETE"
    assert stored(stack) == "third"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{{resolve:ssm:%s/nothing}}", "Parameters: [ssm:%s/nothing] cannot be found."),
        ("{{resolve:ssm:%s/text:9}}", "Parameters: [ssm:%s/text:9] cannot be found."),
        (
            "{{resolve:ssm:%s/text:label}}",
            "Incorrect format is used in the following SSM reference: [{{resolve:ssm:%s/text:label}}]",
        ),
        ("{{resolve:ssm:%s/secret}}", "Non-secure ssm prefix was used for secure parameter %s/secret"),
        (
            "{{resolve:ssm-secure:%s/secret:1}}",
            "SSM Secure reference is not supported in: [AWS::SSM::Parameter/Properties/Value]",
        ),
        (
            "{{resolve:secretsmanager:a:SecretString:b}}",
            "Local AWS does not support dynamic references to secretsmanager: "
            "{{resolve:secretsmanager:a:SecretString:b}}",
        ),
    ],
)
def test_a_reference_to_what_cannot_be_read_is_refused(
    stack: Any, refusal: Callable[..., Any], path: str, value: str, message: str
) -> None:
    template = with_value(value.replace("%s", path))

    assert refusal(stack.create, template=template) == ("ValidationError", message.replace("%s", path))

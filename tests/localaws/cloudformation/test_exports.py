"""Exports: what one stack gives to others, and what that forbids it."""

from collections.abc import Callable
from typing import Any

LOGS = {"Type": "AWS::Logs::LogGroup"}


def exporting(name: str, value: str = "a") -> dict[str, Any]:
    """Return a template that exports a value."""
    return {"Resources": {"Logs": LOGS}, "Outputs": {"Given": {"Value": value, "Export": {"Name": name}}}}


def importing(name: str) -> dict[str, Any]:
    """Return a template that puts another stack's export into an output."""
    return {"Resources": {"Logs": LOGS}, "Outputs": {"Taken": {"Value": {"Fn::ImportValue": {"Fn::Sub": name}}}}}


def test_an_export_reaches_another_stack(stack: Any, another_stack: Any) -> None:
    assert stack.create(exporting(f"{stack.name}-x"))["Outputs"][0]["ExportName"] == f"{stack.name}-x"

    assert another_stack.create(importing(f"{stack.name}-x"))["Outputs"][0]["OutputValue"] == "a"


def test_an_export_belongs_to_one_stack(stack: Any, another_stack: Any) -> None:
    stack.create(exporting(f"{stack.name}-x"))

    assert another_stack.create(exporting(f"{stack.name}-x"))["StackStatus"] == "ROLLBACK_COMPLETE"
    expected = f"Export with name {stack.name}-x is already exported by stack {stack.name}. Rollback requested by user."
    assert another_stack.reason(another_stack.name, "ROLLBACK_IN_PROGRESS") == expected


def test_an_export_in_use_cannot_go(stack: Any, another_stack: Any, refusal: Callable[..., Any]) -> None:
    name = f"{stack.name}-x"
    stack.create(exporting(name))
    another_stack.create(importing(name))

    assert refusal(stack.delete) == (
        "ValidationError",
        f"Delete canceled. Cannot delete export {name} as it is in use by {another_stack.name}.",
    )
    assert stack.update(exporting(name, "b"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reason = f"Export {name} cannot be updated as it is in use by {another_stack.name}"
    assert stack.reason(stack.name, "UPDATE_ROLLBACK_IN_PROGRESS") == reason
    assert stack.settled()["Outputs"][0]["OutputValue"] == "a"

    another_stack.delete()
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_a_stack_exports_a_name_once(stack: Any, refusal: Callable[..., Any]) -> None:
    twice = exporting("x")
    twice["Outputs"]["Again"] = {"Value": "b", "Export": {"Name": {"Fn::Sub": "x"}}}

    assert refusal(stack.create, template=twice) == (
        "ValidationError",
        "Cannot export output Again. Exported names must be unique within a stack.",
    )


def test_a_parameter_may_not_make_a_name_that_exports_cannot_have(stack: Any, refusal: Callable[..., Any]) -> None:
    document = exporting("x") | {"Parameters": {"P": {"Type": "String", "Default": "a b"}}}
    document["Outputs"]["Given"]["Export"]["Name"] = {"Fn::Sub": "${P}"}

    assert refusal(stack.create, template=document) == (
        "ValidationError",
        "Template format error: Output Given is malformed. The Name field of every Export member must be specified and "
        "consist only of alphanumeric characters, colons, or hyphens.",
    )


def test_exports_and_their_users_are_listed(stack: Any, another_stack: Any, refusal: Callable[..., Any]) -> None:
    name, cloudformation = f"{stack.name}-x", stack.cloudformation
    stack.create(exporting(name))
    exports = [export for export in cloudformation.list_exports()["Exports"] if export["Name"] == name]
    assert exports == [{"ExportingStackId": stack.id, "Name": name, "Value": "a"}]
    code, message = refusal(cloudformation.list_imports, ExportName=name)
    assert (code, message) == ("ValidationError", f"Export '{name}' is not imported by any stack.")

    another_stack.create(importing(name))

    assert cloudformation.list_imports(ExportName=name)["Imports"] == [another_stack.name]


def test_an_export_in_use_cannot_be_left_out(stack: Any, another_stack: Any) -> None:
    name = f"{stack.name}-x"
    stack.create(exporting(name))
    another_stack.create(importing(name))

    assert stack.update({"Resources": {"Logs": LOGS}})["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"

    reason = f"Export {name} cannot be deleted as it is in use by {another_stack.name}"
    assert stack.reason(stack.name, "UPDATE_ROLLBACK_IN_PROGRESS") == reason


def test_an_import_that_failed_holds_nothing(stack: Any, another_stack: Any) -> None:
    name = f"{stack.name}-x"
    stack.create(exporting(name))
    failing = importing(name)
    failing["Resources"] = {"Logs": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}}
    assert another_stack.create(failing)["StackStatus"] == "ROLLBACK_COMPLETE"

    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_only_what_is_made_imports(stack: Any) -> None:
    document = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Logs": LOGS},
        "Outputs": {"O": {"Value": {"Fn::If": ["Never", {"Fn::ImportValue": "nobodys"}, "a"]}}},
    }

    assert stack.create(document)["Outputs"][0]["OutputValue"] == "a"

"""Stacks in stacks.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html
Not true: what a template's URL held before is not kept, so that a rollback of the parent reads it anew; a nested stack
is not cancelled when another resource of its parent fails.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from localaws.cloudformation.failures import ResourceError
from localaws.cloudformation.parameters import text
from localaws.cloudformation.providers.base import Provider, Work, given

if TYPE_CHECKING:
    from localaws.cloudformation.models import Stack

_NAME_LIMIT = 128
# No public source shows what is said of a nested stack that stays.
UNVERIFIED_NOT_DELETED = "Embedded stack {} was not successfully deleted: {}"


class NestedStack(Provider):
    """AWS::CloudFormation::Stack."""

    type = "AWS::CloudFormation::Stack"
    effective = ("NotificationARNs", "Parameters", "Tags", "TemplateURL", "TimeoutInMinutes")
    is_automatic = True

    def has_attribute(self, name: str) -> bool:
        return name.startswith("Outputs.")

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        name = work.generated_name(_NAME_LIMIT)
        settings = given(properties, "TimeoutInMinutes") | {"OnFailure": "DO_NOTHING"}
        stack_id = _call(work, "create_stack", name, properties, **settings)["StackId"]
        work.identified(stack_id)
        nested = work.nested(stack_id)
        if nested.status != "CREATE_COMPLETE":
            raise ResourceError(f"Embedded stack {stack_id} was not successfully created: {nested.reason}")

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        try:
            _call(work, "update_stack", physical_id, new)
        except ResourceError as error:
            if str(error) == "No updates are to be performed.":
                return
            raise
        nested = work.nested(physical_id)
        if nested.status != "UPDATE_COMPLETE":
            raise ResourceError(
                f"Embedded stack {physical_id} was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS "
                f"with reason: {_why(nested)}"
            )

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("cloudformation").delete_stack(StackName=physical_id)
        nested = work.nested(physical_id)
        if nested.status != "DELETE_COMPLETE":
            raise ResourceError(UNVERIFIED_NOT_DELETED.format(physical_id, nested.reason))

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {f"Outputs.{output.key}": output.value for output in work.nested(physical_id).outputs}


def _call(work: Work, operation: str, name: str, properties: dict[str, Any], **settings: Any) -> dict[str, Any]:
    parameters = [
        {"ParameterKey": key, "ParameterValue": ",".join(map(text, value)) if isinstance(value, list) else text(value)}
        for key, value in properties.get("Parameters", {}).items()
    ]
    try:
        answer: dict[str, Any] = getattr(work.client("cloudformation"), operation)(
            StackName=name,
            Parameters=parameters,
            Capabilities=work.capabilities,
            **given(properties, "TemplateURL", "NotificationARNs", "Tags"),
            **settings,
        )
    except ClientError as error:
        raise ResourceError(error.response["Error"]["Message"]) from error
    return answer


def _why(nested: "Stack") -> str:
    """Return why a nested stack has rolled an update back."""
    told = [event.reason for event in nested.events if event.status == "UPDATE_ROLLBACK_IN_PROGRESS"]
    return told[-1] or ""

"""CloudFormation's API: parameters in, documents out."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from localaws.cloudformation import history, views
from localaws.cloudformation.change_sets import ChangeSetOperations
from localaws.cloudformation.deployment import check_template
from localaws.cloudformation.errors import AlreadyExists, ValidationError
from localaws.cloudformation.models import FAILED, Resource, Stack
from localaws.cloudformation.operations import check_updatable
from localaws.cloudformation.plan import has_updates

_NO_UPDATES = "No updates are to be performed."
# No public source shows these three.
UNVERIFIED_NOT_ROLLED_BACK = "Stack:{} is in {} state and can not be rolled back."
UNVERIFIED_NOT_CONTINUED = "Stack:{} is in {} state, from which an update rollback can not be continued."
UNVERIFIED_NOT_SKIPPED = "ResourcesToSkip names resources whose rollback has not failed: [{}]"
# Seen in an error of a stack set's operation alone.
UNVERIFIED_NO_OPERATION = "Operation ID does not exist"
_IN_PROGRESS_BUT_DELETABLE = ("CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS")


class CloudFormationResponse(ChangeSetOperations):
    """The operations on stacks; those on change sets are inherited."""

    def create_stack(self) -> ActionResult:
        """Check everything that can be known beforehand, then start making the resources."""
        self.honour(
            "StackName", "TemplateBody", "TemplateURL", "Parameters", "Capabilities", "RoleARN", "Tags",
            "DisableRollback", "OnFailure", "ClientRequestToken", "EnableTerminationProtection", "NotificationARNs",
            "ResourceTypes", "TimeoutInMinutes", "RetainExceptOnCreate", "DisableValidation",
        )  # fmt: skip
        if "DisableRollback" in self.params and "OnFailure" in self.params:
            raise ValidationError("You can specify either DisableRollback or OnFailure, but not both.")
        name = self.new_name()
        existing = self.backend.find(name)
        if existing and self.is_repeated(existing):
            return ActionResult({"StackId": existing.id})
        reviewed = existing if existing and existing.status == "REVIEW_IN_PROGRESS" else None
        stack_id = reviewed.id if reviewed else self.backend.arn("stack", name)
        wanted = self.wanted(self.place(name, stack_id))
        stack = reviewed or Stack(name, stack_id, wanted)
        stack.deployment = wanted
        self.begin(stack)
        stack.timeout = self.params.get("TimeoutInMinutes")
        default = "DO_NOTHING" if self.params.get("DisableRollback") else "ROLLBACK"
        stack.on_failure = self.params.get("OnFailure", default)
        stack.is_protected = bool(self.params.get("EnableTerminationProtection"))
        engine = self.engine(stack, stack.deployment.role_arn)
        with self.backend.lock:
            if self.backend.find(name) is not reviewed or (reviewed and reviewed.status != "REVIEW_IN_PROGRESS"):
                raise AlreadyExists(f"Stack [{name}] already exists")
            self.backend.stacks[stack_id] = stack
            for change_set in stack.change_sets.values():
                change_set.become_obsolete()
            engine.start_create()
        return ActionResult(_begun(stack))

    def update_stack(self) -> ActionResult:
        """Start bringing a stack to another template, other parameters or other tags."""
        self.honour(
            "StackName", "TemplateBody", "TemplateURL", "UsePreviousTemplate", "Parameters", "Capabilities", "RoleARN",
            "Tags", "ClientRequestToken", "DisableRollback", "NotificationARNs", "ResourceTypes",
            "RetainExceptOnCreate", "DisableValidation",
        )  # fmt: skip
        stack = self.backend.get(self.params["StackName"], "Stack [{}] does not exist")
        with stack.lock:
            if self.is_repeated(stack):
                return ActionResult({"StackId": stack.id})
            check_updatable(stack, rolls_back=not self.params.get("DisableRollback"))
            wanted = self.wanted(stack.deployment.place, stack.deployment)
            if not has_updates(stack, wanted):
                raise ValidationError(_NO_UPDATES)
            self.begin(stack)
            self.start_update(stack, wanted)
            for change_set in stack.change_sets.values():
                change_set.become_obsolete()
            return ActionResult(_begun(stack))

    def cancel_update_stack(self) -> ActionResult:
        """Stop an update and roll it back."""
        self.honour("StackName", "ClientRequestToken")
        stack = self.backend.get(self.params["StackName"], "Stack [{}] does not exist")
        with stack.lock:
            if stack.status != "UPDATE_IN_PROGRESS":
                raise ValidationError("CancelUpdateStack cannot be called from current stack status")
            self.begin(stack)
            stack.interrupted.set()
        return EmptyResult()

    def continue_update_rollback(self) -> ActionResult:
        """Go on with a rollback that has failed, perhaps without some of the resources."""
        self.honour("StackName", "ResourcesToSkip", "RoleARN", "ClientRequestToken")
        stack = self.backend.get(self.params["StackName"], "Stack [{}] does not exist")
        skipped = self.params.get("ResourcesToSkip", [])
        with stack.lock:
            if stack.status != "UPDATE_ROLLBACK_FAILED" or stack.undo is None:
                raise ValidationError(UNVERIFIED_NOT_CONTINUED.format(stack.id, stack.status))
            left = [change.logical_id for change in stack.undo.journal]
            if others := [name for name in skipped if name not in left]:
                raise ValidationError(UNVERIFIED_NOT_SKIPPED.format(", ".join(others)))
            self.begin(stack)
            role_arn = self.params.get("RoleARN") or stack.deployment.role_arn
            self.engine(stack, role_arn).start_continued_rollback(stack.undo, skipped)
        return EmptyResult()

    def rollback_stack(self) -> ActionResult:
        """Take back a creation or an update that failed without a rollback."""
        self.honour("StackName", "RoleARN", "ClientRequestToken", "RetainExceptOnCreate")
        stack = self.backend.get(self.params["StackName"], "Stack [{}] does not exist")
        with stack.lock:
            if stack.status not in FAILED:
                raise ValidationError(UNVERIFIED_NOT_ROLLED_BACK.format(stack.id, stack.status))
            self.begin(stack)
            self.engine(stack, self.params.get("RoleARN") or stack.deployment.role_arn).start_rollback()
        return ActionResult({"StackId": stack.id})

    def update_termination_protection(self) -> ActionResult:
        """Allow or forbid that a stack is deleted."""
        self.honour("StackName", "EnableTerminationProtection")
        stack = self.backend.get(self.params["StackName"], "Stack [{}] does not exist")
        stack.is_protected = bool(self.params["EnableTerminationProtection"])
        return ActionResult({"StackId": stack.id})

    def list_exports(self) -> ActionResult:
        """List what the stacks export."""
        self.honour("NextToken")
        exports, following = self.page(sorted(self.backend.exports().items()), lambda export: export[0])
        shown = [views.export_view(stack, name, value) for name, (stack, value) in exports]
        return ActionResult({"Exports": shown} | following)

    def list_imports(self) -> ActionResult:
        """List the stacks that import an export."""
        self.honour("ExportName", "NextToken")
        name = self.params["ExportName"]
        importing = self.backend.importing(name)
        if not importing:
            raise ValidationError(f"Export '{name}' is not imported by any stack.")
        shown, following = self.page(importing, str)
        return ActionResult({"Imports": shown} | following)

    def delete_stack(self) -> ActionResult:
        """Start deleting a stack; one that does not exist is deleted already."""
        self.honour("StackName", "RetainResources", "RoleARN", "ClientRequestToken")
        stack = self.backend.find(self.params["StackName"])
        if stack is None or stack.status == "DELETE_COMPLETE":
            return EmptyResult()
        retained = self.params.get("RetainResources", [])
        with stack.lock:
            if stack.status == "DELETE_IN_PROGRESS":
                return EmptyResult()
            self._check_deletable(stack, retained)
            self.begin(stack)
            self.engine(stack, self.params.get("RoleARN") or stack.deployment.role_arn).start_delete(retained)
        return EmptyResult()

    def describe_stacks(self) -> ActionResult:
        """Tell about one stack, or about all that are not deleted."""
        self.honour("StackName", "NextToken")
        if name := self.params.get("StackName"):
            return ActionResult({"Stacks": [views.stack_view(self.backend.get(name))]})
        shown, following = self.page(list(self.backend.live()), lambda stack: stack.id)
        return ActionResult({"Stacks": [views.stack_view(stack) for stack in shown]} | following)

    def list_stacks(self) -> ActionResult:
        """List stacks, deleted ones too."""
        self.honour("StackStatusFilter", "NextToken")
        wanted = self.params.get("StackStatusFilter")
        stacks = [s for s in reversed(list(self.backend.stacks.values())) if not wanted or s.status in wanted]
        shown, following = self.page(stacks, lambda stack: stack.id)
        return ActionResult({"StackSummaries": [views.stack_summary(stack) for stack in shown]} | following)

    def describe_stack_events(self) -> ActionResult:
        """Tell a stack's story, the latest event first."""
        self.honour("StackName", "NextToken")
        stack = self.backend.get(self.params["StackName"], "Stack [{}] does not exist")
        events = [event for event in reversed(list(stack.events)) if event.finding is None]
        shown, following = self.page(events, lambda event: event.id)
        return ActionResult({"StackEvents": [views.event_view(stack, event) for event in shown]} | following)

    def describe_events(self) -> ActionResult:
        """Tell what happened operation by operation, and what a validation found: of a stack or of a change set."""
        self.honour("StackName", "ChangeSetName", "OperationId", "Filters", "NextToken")
        events = self._operation_events()
        if self.params.get("Filters", {}).get("FailedEvents"):
            events = [event for event in events if history.is_failure(event)]
        shown, following = self.page(events, lambda event: str(event["EventId"]))
        return ActionResult({"OperationEvents": shown} | following)

    def _operation_events(self) -> list[dict[str, Any]]:
        if "ChangeSetName" in self.params:
            return history.told_of_change_set(*self._found())
        if name := self.params.get("StackName"):
            stack = self.backend.get(name, "Stack [{}] does not exist")
            return history.told(stack, self._wanted_operations(stack))
        if "OperationId" not in self.params:
            raise ValidationError("One of ChangeSetName, OperationId or StackName must be specified")
        for stack in list(self.backend.stacks.values()):
            if found := self._wanted_operations(stack):
                return history.told(stack, found)
        raise ValidationError(UNVERIFIED_NO_OPERATION)

    def _wanted_operations(self, stack: Stack) -> list[history.Operation]:
        wanted = self.params.get("OperationId")
        return [operation for operation in history.operations(stack) if wanted in (None, operation.id)]

    def describe_stack_resources(self) -> ActionResult:
        """Tell about a stack's resources, or about the stack of a physical resource."""
        self.honour("StackName", "LogicalResourceId", "PhysicalResourceId")
        physical_id = self.params.get("PhysicalResourceId")
        if name := self.params.get("StackName"):
            stack = self.backend.get(name)
        elif physical_id:
            stack = self._owner_of(physical_id)
        else:
            raise ValidationError("Stack name or physical resource id must be specified.")
        logical_id = self.params.get("LogicalResourceId")
        shown = [views.resource_view(stack, r, "Timestamp") for r in _resources(stack, logical_id)]
        return ActionResult({"StackResources": shown})

    def describe_stack_resource(self) -> ActionResult:
        """Tell about one resource."""
        self.honour("StackName", "LogicalResourceId")
        stack = self.backend.get(self.params["StackName"], "Stack '{}' does not exist")
        logical_id = self.params["LogicalResourceId"]
        found = _resources(stack, logical_id)
        if not found:
            raise ValidationError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return ActionResult({"StackResourceDetail": views.resource_view(stack, found[0], "LastUpdatedTimestamp")})

    def list_stack_resources(self) -> ActionResult:
        """List a stack's resources."""
        self.honour("StackName", "NextToken")
        stack = self.backend.get(self.params["StackName"])
        resources, following = self.page(_resources(stack, None), lambda resource: resource.logical_id)
        shown = [views.resource_view(stack, resource, "LastUpdatedTimestamp") for resource in resources]
        return ActionResult({"StackResourceSummaries": shown} | following)

    def get_template(self) -> ActionResult:
        """Return a stack's or a change set's template, as it was given."""
        self.honour("StackName", "ChangeSetName", "TemplateStage")
        if not {"StackName", "ChangeSetName"} & set(self.params):
            raise ValidationError("Either StackName or ChangeSetName must be specified")
        if "ChangeSetName" in self.params:
            template = self._found()[1].deployment.template
        else:
            template = self.backend.get(self.params.get("StackName", "")).deployment.template
        return ActionResult({"TemplateBody": template.body, "StagesAvailable": ["Original", "Processed"]})

    def get_template_summary(self) -> ActionResult:
        """Describe a template, or that of a stack."""
        self.honour("TemplateBody", "TemplateURL", "StackName")
        if name := self.params.get("StackName"):
            wanted = self.backend.get(name).deployment
            return ActionResult(views.template_summary(wanted.template, wanted.declared))
        return ActionResult(views.template_summary(*check_template(self.template_text(), self.region)))

    def validate_template(self) -> ActionResult:
        """Check a template as far as that goes without parameters."""
        self.honour("TemplateBody", "TemplateURL")
        return ActionResult(views.template_summary(*check_template(self.template_text(), self.region)))

    def _owner_of(self, physical_id: str) -> Stack:
        for stack in self.backend.live():
            if any(resource.physical_id == physical_id for resource in stack.existing().values()):
                return stack
        raise ValidationError(f"Stack for {physical_id} does not exist")

    def _check_deletable(self, stack: Stack, retained: list[str]) -> None:
        if stack.status.endswith("_IN_PROGRESS") and stack.status not in _IN_PROGRESS_BUT_DELETABLE:
            raise ValidationError(f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
        if stack.is_protected:
            raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if retained and stack.status != "DELETE_FAILED":
            raise ValidationError(
                f"Invalid operation on stack [{stack.id}]. When you delete a stack, specify which resources to "
                "retain only when the stack is in the DELETE_FAILED state."
            )
        if any(name not in stack.existing() for name in retained):
            raise ValidationError(
                "The specified resources to retain must be in a valid state. Do not specify resources that are in the "
                "DELETE_COMPLETE state."
            )
        exports = {output.export for output in stack.outputs if output.export}
        for name, importer in self.backend.importers(exports).items():
            raise ValidationError(f"Delete canceled. Cannot delete export {name} as it is in use by {importer}.")


def _begun(stack: Stack) -> dict[str, str]:
    """Return the answer that an operation has begun: for one stack, one at a time."""
    begun = next(each for each in reversed(history.operations(stack)) if each.type in ("CREATE_STACK", "UPDATE_STACK"))
    return {"StackId": stack.id, "OperationId": begun.id}


def _resources(stack: Stack, logical_id: str | None) -> list[Resource]:
    resources = list(stack.resources.values())
    return [resource for resource in resources if logical_id in (None, resource.logical_id)]

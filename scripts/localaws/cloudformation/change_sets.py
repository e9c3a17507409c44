"""Change sets, by which ``aws cloudformation deploy`` works. They are complete as soon as they are created."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from localaws.clock import durations
from localaws.cloudformation.deployment import Deployment
from localaws.cloudformation.errors import AlreadyExists, ChangeSetNotFound, InvalidChangeSetStatus, ValidationError
from localaws.cloudformation.models import ChangeSet, Finding, Stack, now
from localaws.cloudformation.operations import Operations, check_updatable
from localaws.cloudformation.plan import has_updates, resource_changes
from localaws.cloudformation.validation import findings, warnings
from localaws.cloudformation.views import change_set_summary, change_set_view

_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."

# https://github.com/aws/aws-cdk-cli/issues/1000
_UNFIT = (
    "The following hook(s)/validation failed: [{}]. To troubleshoot Early Validation errors, use the DescribeEvents "
    "API for detailed failure information."
)

# As captured on AWS: https://github.com/radkawar/stackd (testdata/aws/cloudformation/changeset_name_reuse.json)
_NOT_DELETED = "Cannot delete ChangeSet in execution status {}"


def _was_just_done(change_set: ChangeSet) -> bool:
    """Return whether a change set is done with sooner than it could be on AWS."""
    age = (now() - change_set.created).total_seconds()
    return change_set.execution_status == "UNAVAILABLE" and age < durations.change_set_creation


class ChangeSetOperations(Operations):
    """The five operations on change sets."""

    def create_change_set(self) -> ActionResult:
        """Compare what the request wants with what the stack is."""
        self.honour(
            "StackName", "ChangeSetName", "ChangeSetType", "TemplateBody", "TemplateURL", "UsePreviousTemplate",
            "Parameters", "Capabilities", "RoleARN", "Tags", "Description", "OnStackFailure", "ClientToken",
            "IncludeNestedStacks", "NotificationARNs", "ResourceTypes", "DisableValidation",
        )  # fmt: skip
        kind, name = self.params.get("ChangeSetType", "UPDATE"), self.params["ChangeSetName"]
        if kind not in ("CREATE", "UPDATE"):
            raise ValidationError(f"Local AWS does not support change sets of the type {kind}.")
        stack, wanted = self._new_stack(name) if kind == "CREATE" else self._updated_stack()
        if name in stack.change_sets and not _was_just_done(stack.change_sets[name]):
            raise AlreadyExists(f"ChangeSet {name} already exists for stack {stack.name}")
        change_set = self._compared(stack, wanted, kind)
        stack.change_sets[name] = change_set
        return ActionResult({"Id": change_set.id, "StackId": stack.id})

    def describe_change_set(self) -> ActionResult:
        """Tell what a change set would do."""
        self.honour("StackName", "ChangeSetName", "NextToken")
        stack, change_set = self._found()
        return ActionResult(change_set_view(stack, change_set))

    def list_change_sets(self) -> ActionResult:
        """List a stack's change sets."""
        self.honour("StackName", "NextToken")
        stack = self.backend.get(self.params["StackName"], "Stack [{}] does not exist")
        shown, following = self.page(list(stack.change_sets.values()), lambda change_set: change_set.id)
        return ActionResult({"Summaries": [change_set_summary(stack, c) for c in shown]} | following)

    def execute_change_set(self) -> ActionResult:
        """Do what a change set says; the stack's other change sets are gone with that."""
        self.honour("StackName", "ChangeSetName", "ClientRequestToken", "DisableRollback", "RetainExceptOnCreate")
        stack, change_set = self._found()
        with stack.lock:
            if change_set.execution_status != "AVAILABLE":
                state = f"status of [{change_set.status}]"
                if change_set.status != "FAILED":
                    state = f"execution status of [{change_set.execution_status}]"
                raise InvalidChangeSetStatus(f"ChangeSet [{change_set.id}] cannot be executed in its current {state}")
            self.begin(stack)
            stack.is_validated = False  # the change set was
            stack.change_set_id = change_set.id
            if change_set.type == "CREATE":
                default = "DO_NOTHING" if self.params.get("DisableRollback") else "ROLLBACK"
                stack.on_failure = change_set.on_failure or default
                stack.deployment, stack.updated = change_set.deployment, now()
                self.engine(stack, change_set.deployment.role_arn).start_create()
            else:
                check_updatable(stack, rolls_back=not self.params.get("DisableRollback"))
                self.start_update(stack, change_set.deployment)
            change_set.execution_status = "EXECUTE_COMPLETE"
            stack.executed[change_set.id] = change_set
            stack.change_sets = {}
        stack.idle.wait(durations.change_set_patience)
        return EmptyResult()

    def delete_change_set(self) -> ActionResult:
        """Forget a change set; a name that none has is no error."""
        self.honour("StackName", "ChangeSetName")
        name = self.params["ChangeSetName"]
        if "StackName" in self.params and not name.startswith("arn:"):
            stack = self.backend.get(self.params["StackName"], "Stack [{}] does not exist")
            stack.change_sets.pop(name, None)
            return EmptyResult()
        stack, change_set = self._found()
        if change_set.id in stack.executed:
            raise InvalidChangeSetStatus(_NOT_DELETED.format(change_set.execution_status))
        del stack.change_sets[change_set.name]
        return EmptyResult()

    def _new_stack(self, change_set_name: str) -> tuple[Stack, Deployment]:
        name = self.new_name()
        stack = self.backend.find(name)
        if stack and stack.status != "REVIEW_IN_PROGRESS":
            raise ValidationError(
                f"Stack [{name}] already exists and cannot be created again with the changeSet [{change_set_name}]."
            )
        stack_id = stack.id if stack else self.backend.arn("stack", name)
        wanted = self.wanted(self.place(name, stack_id))
        if stack is None:
            stack = Stack(name, stack_id, wanted)
            self.backend.stacks[stack_id] = stack
            stack.become("REVIEW_IN_PROGRESS", "User Initiated")
        return stack, wanted

    def _updated_stack(self) -> tuple[Stack, Deployment]:
        stack = self.backend.get(self.params["StackName"], "Stack [{}] does not exist")
        check_updatable(stack, rolls_back=False)  # the execution says whether it does
        return stack, self.wanted(stack.deployment.place, stack.deployment)

    def _compared(self, stack: Stack, wanted: Deployment, kind: str) -> ChangeSet:
        is_empty = kind == "UPDATE" and not has_updates(stack, wanted)
        changes = resource_changes(stack.deployment if kind == "UPDATE" else None, wanted, stack.made())
        found = [] if is_empty or self.params.get("DisableValidation") else self._findings(stack, wanted, changes)
        hooks = dict.fromkeys(finding.hook for finding in found if not finding.is_warning)
        reason = _NO_CHANGES if is_empty else _UNFIT.format(", ".join(hooks)) if hooks else None
        name = self.params["ChangeSetName"]
        return ChangeSet(
            name=name,
            id=self.backend.arn("changeSet", name),
            type=kind,
            deployment=wanted,
            changes=changes,
            status="FAILED" if reason else "CREATE_COMPLETE",
            reason=reason,
            description=self.params.get("Description"),
            on_failure=self.params.get("OnStackFailure"),
            execution_status="UNAVAILABLE" if reason else "AVAILABLE",
            findings=found,
        )

    def _findings(self, stack: Stack, wanted: Deployment, changes: list[dict[str, Any]]) -> list[Finding]:
        clients, existing = self.clients(stack, wanted.role_arn), stack.existing()
        removed = [each["LogicalResourceId"] for each in changes if each["Action"] == "Remove"]
        doomed = {name: existing[name] for name in removed if name in existing}
        return findings(wanted, existing, clients) + warnings(doomed, clients)

    def _found(self) -> tuple[Stack, ChangeSet]:
        name, stack_name = self.params["ChangeSetName"], self.params.get("StackName")
        if stack_name:
            stack = self.backend.get(stack_name, "Stack [{}] does not exist")
            return stack, stack.change_set(name)
        for stack in list(self.backend.stacks.values()):
            if name in stack.executed or any(each.id == name for each in list(stack.change_sets.values())):
                return stack, stack.change_set(name)
        if not name.startswith("arn:"):
            raise ValidationError("StackName must be specified if ChangeSetName is not specified as an ARN.")
        raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")

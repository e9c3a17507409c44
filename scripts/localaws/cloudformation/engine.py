"""Makes stacks what deployments want them to be: one operation at a time, each in a thread of its own."""

import logging
import threading
from collections.abc import Callable

from localaws.clock import durations
from localaws.cloudformation.deployment import Deployment, check_output
from localaws.cloudformation.errors import ValidationError
from localaws.cloudformation.models import Change, CloudFormationBackend, Output, Resource, Stack, Undo, now
from localaws.cloudformation.notifications import teller
from localaws.cloudformation.parameters import text
from localaws.cloudformation.providers.base import Clients
from localaws.cloudformation.references import creation_order, needs_of
from localaws.cloudformation.steps import Steps
from localaws.cloudformation.validation import findings
from localaws.cloudformation.walk import StepError, walk
from localaws.wire import Credentials

_log = logging.getLogger(__name__)
_INITIATED = "User Initiated"
# As captured on AWS for a creation: https://github.com/radkawar/stackd (testdata/aws/cloudformation)
_UNFIT = (
    "Validation failed with {} error(s). Call DescribeEvents to retrieve the full list of issues with resource and "
    "property details, resolve each error, then retry the operation."
)
_FOUND_UNFIT = "Validation failure detected. See the operation's FAILED event for details."
_TOO_LONG = "Stack creation time exceeded the specified timeout. "
# No public source shows why a cancelled update is said to roll back.
UNVERIFIED_CANCELLED = "User Initiated"
# Here a role is made at once; on AWS its creation takes a quarter of a minute, so that templates get by without a
# DependsOn on what is made meanwhile.
_SLOW_TYPES = ("AWS::IAM::Role",)


class _CancelledError(Exception):
    """Somebody deletes the stack while it is being created."""


class Engine:
    """One operation on one stack, with the credentials it acts with. The caller holds the stack's lock."""

    def __init__(self, backend: CloudFormationBackend, stack: Stack, credentials: Credentials) -> None:
        self._backend = backend
        self._stack = stack
        self._clients = Clients(credentials, backend.region_name)
        stack.tell = teller(stack, self._clients)
        self._steps = self._steps_to(stack.deployment)

    def start_create(self) -> None:
        """Make everything that a new stack's deployment wants."""
        self._stack.become("CREATE_IN_PROGRESS", _INITIATED)
        if self._stack.timeout:
            limit = threading.Timer(self._stack.timeout * durations.stack_minute, self._stack.interrupted.set)
            limit.daemon = True
            limit.start()
            self._start(lambda: self._create(limit))
        else:
            self._start(self._create)

    def start_update(self, wanted: Deployment) -> None:
        """Make the stack what another deployment wants, or, unless it is to be left as it is, what it was."""
        previous, self._stack.deployment = self._stack.deployment, wanted
        # After an update that was left failed, the way back is still to what was before that.
        undo = self._stack.undo or Undo(None if self._stack.status == "CREATE_FAILED" else previous)
        self._stack.undo = undo
        self._steps = self._steps_to(wanted)
        self._stack.updated = now()
        self._stack.interrupted.clear()
        self._stack.become("UPDATE_IN_PROGRESS", _INITIATED)
        self._start(lambda: self._update(previous, undo))

    def start_rollback(self) -> None:
        """Take back a creation or an update that failed and was left as it is."""
        take_back = self._begin_rollback(_INITIATED)
        self._start(take_back)

    def start_continued_rollback(self, undo: Undo, skipped: list[str]) -> None:
        """Go on with the way back of a failed update, which has failed too, without what is to be skipped."""
        self._stack.become("UPDATE_ROLLBACK_IN_PROGRESS", _INITIATED)
        for change in [change for change in undo.journal if change.logical_id in skipped]:
            undo.journal.remove(change)
            self._steps.skip(change)
        self._start(lambda: self._undo(undo))

    def start_delete(self, retained: list[str]) -> None:
        """Delete the stack; a creation that is under way stops first."""
        creation = self._stack.idle
        self._stack.cancelled.set()
        self._stack.become("DELETE_IN_PROGRESS", _INITIATED)

        def delete() -> None:
            creation.wait()
            self._delete(retained)

        self._start(delete)

    def _steps_to(self, wanted: Deployment) -> Steps:
        return Steps(self._backend, self._stack, wanted, self._clients)

    def _start(self, operation: Callable[[], None]) -> None:
        idle = self._stack.idle = threading.Event()

        def run() -> None:
            try:
                operation()
            except _CancelledError:
                pass
            except Exception as error:  # noqa: BLE001
                # A thread's silent end would leave the stack in progress for ever.
                _log.exception("An operation on the stack %s failed", self._stack.name)
                failed = f"{self._stack.status.removesuffix('_IN_PROGRESS')}_FAILED"
                self._stack.become(failed, f"Internal Failure in local AWS: {error!r}")
            finally:
                self._clients.forget()
                idle.set()

        threading.Thread(target=run, daemon=True, name=f"stack-{self._stack.name}").start()

    def _create(self, limit: threading.Timer | None = None) -> None:
        try:
            self._refuse_at_once()
            if self._is_unfit("CREATE_FAILED"):
                self._abandon_unfit_creation()
                return
            failed = walk(
                self._needs(),
                self._steps.create,
                begin=self._steps.begin,
                is_halted=self._steps.is_halted,
                is_slow=self._is_slow,
            )
            if limit:
                limit.cancel()
            if self._stack.cancelled.is_set():
                raise _CancelledError
            self._stack.outputs = [] if failed else self._outputs()
        except ValidationError as error:
            self._abandon_creation(f"{error.message} ")
        else:
            if self._stack.interrupted.is_set():
                self._abandon_creation(_TOO_LONG)
            elif failed:
                self._abandon_creation(self._failures(failed))
            else:
                self._settle("CREATE_COMPLETE")

    def _is_slow(self, logical_id: str) -> bool:
        resource = self._stack.resources[logical_id]
        return resource.type in _SLOW_TYPES and resource.status == "CREATE_COMPLETE"

    def _refuse_at_once(self) -> None:
        """Raise ValidationError for what CloudFormation finds before it touches any resource."""
        if problem := self._stack.deployment.problem:
            raise ValidationError(problem)
        for name in sorted(self._stack.deployment.imported - self._backend.exports().keys()):
            raise ValidationError(f"No export named {name} found.")

    def _is_unfit(self, failed: str) -> bool:
        """Return whether the validation before the deployment has found a fault, which is then told."""
        stack = self._stack
        found = findings(stack.deployment, stack.existing(), self._clients) if stack.is_validated else []
        for finding in found:
            self._stack.note_finding(finding)
        if found:
            # Only an event: whoever waits for the stack's status waits for what follows.
            self._stack.note(failed, _UNFIT.format(len(found)), "VALIDATION_FAILED")
        return bool(found)

    def _abandon_unfit_creation(self) -> None:
        if self._stack.on_failure == "DO_NOTHING":
            self._stay("CREATE_FAILED")
            return
        deletes = self._stack.on_failure == "DELETE"
        self._settle("DELETE_IN_PROGRESS" if deletes else "ROLLBACK_IN_PROGRESS", _FOUND_UNFIT)
        if deletes:
            self._delete([])
        else:
            self._unmake()

    def _stay(self, failed: str) -> None:
        """Take the status that the last event told, unless a deletion has already begun."""
        with self._stack.lock:
            if self._stack.cancelled.is_set():
                raise _CancelledError
            self._stack.status, self._stack.reason = failed, self._stack.events[-1].reason

    def _needs(self) -> dict[str, list[str]]:
        """Return, for each resource that the deployment wants, which others it needs."""
        wanted, order = needs_of(self._stack.deployment.template), self._stack.deployment.order
        return {name: [need for need in wanted[name] if need in order] for name in order}

    def _failures(self, failed: list[str]) -> str:
        told = ""
        for verb in ("create", "update", "delete"):
            status = f"{verb.upper()}_FAILED"
            if names := [name for name in failed if self._stack.resources[name].status == status]:
                told += f"The following resource(s) failed to {verb}: [{', '.join(names)}]. "
        return told

    def _settle(self, status: str, reason: str | None = None) -> None:
        """Leave CREATE_IN_PROGRESS, unless a deletion has already done so."""
        with self._stack.lock:
            if self._stack.cancelled.is_set():
                raise _CancelledError
            self._stack.become(status, reason)

    def _abandon_creation(self, reason: str) -> None:
        if self._stack.on_failure == "DO_NOTHING":
            self._settle("CREATE_FAILED", reason)
        elif self._stack.on_failure == "DELETE":
            self._settle("DELETE_IN_PROGRESS", f"{reason}Delete requested by user.")
            self._delete([])
        else:
            self._settle("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
            self._unmake()

    def _unmake(self) -> None:
        failed = self._delete_all([], rollback=True)
        self._stack.undo = None
        self._stack.become("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE", _not_deleted(failed))

    def _update(self, previous: Deployment, undo: Undo) -> None:
        order = self._stack.deployment.order
        doomed = [resource for name, resource in self._stack.existing().items() if name not in order]
        try:
            self._refuse_at_once()
            if self._is_unfit("UPDATE_FAILED"):
                self._abandon_unfit_update()
                return
            steps = self._steps
            failed = walk(self._needs(), lambda name: steps.update(name, undo.journal), is_halted=steps.is_halted)
            cancelled = self._stack.interrupted.is_set()
            if not failed and not cancelled:
                self._stack.outputs = self._outputs()
            reason = UNVERIFIED_CANCELLED if cancelled else self._failures(failed)
        except ValidationError as error:
            reason = str(error.message)
        if reason and (not self._stack.preserves or self._stack.interrupted.is_set()):
            take_back = self._begin_rollback(reason)
            take_back()
            return
        if reason:
            self._stack.become("UPDATE_FAILED", reason)
            return
        self._stack.become("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for resource in _latest_first(previous, doomed):
            self._clean_up(resource, resource.policy("DeletionPolicy"))
        for resource in self._replaced(undo.journal):
            self._clean_up(resource, resource.policy("UpdateReplacePolicy"))
        self._stack.undo = None
        self._stack.become("UPDATE_COMPLETE")

    def _abandon_unfit_update(self) -> None:
        if self._stack.preserves:
            self._stay("UPDATE_FAILED")
        else:
            take_back = self._begin_rollback(_FOUND_UNFIT)
            take_back()

    def _replaced(self, journal: list[Change]) -> list[Resource]:
        now_made = self._stack.resources
        return [
            change.before
            for change in reversed(journal)
            if change.before and change.before.physical_id != now_made[change.logical_id].physical_id
        ]

    def _begin_rollback(self, reason: str) -> Callable[[], None]:
        """Tell that the stack goes back to when it was last complete, or to nothing; return what takes it there."""
        undo = self._stack.undo
        if undo is None or undo.previous is None:
            self._stack.become("ROLLBACK_IN_PROGRESS", reason)
            return self._unmake
        self._stack.become("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        self._stack.deployment = undo.previous
        self._stack.interrupted.clear()
        self._steps = self._steps_to(undo.previous)
        return lambda: self._undo(undo)

    def _undo(self, undo: Undo) -> None:
        failed = []
        for change in reversed(list(undo.journal)):
            try:
                resource = self._steps.revert(change)
            except StepError:
                failed.append(change.logical_id)
                # The others are undone all the same.
                self._steps.halted.clear()
                continue
            undo.journal.remove(change)
            if resource:
                undo.unneeded.append((resource, "Delete" if change.before else self._policy_of_new(resource)))
        if failed:
            listed = ", ".join(failed)
            self._stack.become("UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{listed}]. ")
            return
        self._stack.become("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        for resource, policy in undo.unneeded:
            self._clean_up(resource, policy)
        self._stack.undo = None
        self._stack.become("UPDATE_ROLLBACK_COMPLETE")

    def _clean_up(self, resource: Resource, policy: str) -> None:
        try:
            self._steps.delete(resource, policy)
        except StepError:
            # As on AWS: what an update leaves behind is told by its event, and the update is complete all the same.
            return
        if self._stack.resources.get(resource.logical_id) is resource:
            del self._stack.resources[resource.logical_id]

    def _delete(self, retained: list[str]) -> None:
        if undo := self._stack.undo:
            for resource, policy in undo.unneeded:
                self._clean_up(resource, policy)
            for resource in self._replaced(undo.journal):
                self._clean_up(resource, resource.policy("UpdateReplacePolicy"))
            self._stack.undo = None
        if failed := self._delete_all(retained, rollback=False):
            self._stack.become("DELETE_FAILED", _not_deleted(failed))
            return
        self._stack.deleted = now()
        self._stack.become("DELETE_COMPLETE")

    def _delete_all(self, retained: list[str], *, rollback: bool) -> list[str]:
        """Delete all resources, users first; return those that could not be. What these need is kept."""
        existing = self._stack.existing()
        needs = needs_of(self._stack.deployment.template)
        users = {name: [user for user in existing if name in needs.get(user, [])] for name in existing}

        def delete(name: str) -> None:
            policy = existing[name].policy("DeletionPolicy")
            if rollback:
                policy = self._policy_of_new(existing[name])
            elif name in retained or policy == "RetainExceptOnCreate":
                policy = "Retain"
            self._steps.delete(existing[name], policy)

        return walk(users, delete)

    def _policy_of_new(self, resource: Resource) -> str:
        """Return what becomes of a resource when the operation that made it is rolled back."""
        policy = resource.policy("DeletionPolicy")
        is_deleted = policy == "RetainExceptOnCreate" or self._stack.retains_except_on_create
        return "Delete" if is_deleted else policy

    def _outputs(self) -> list[Output]:
        evaluator, found = self._steps.evaluator, []
        for key, output in self._stack.deployment.outputs.items():
            value = evaluator.value(output["Value"])
            check_output(value)
            export = evaluator.value(output["Export"]["Name"]) if "Export" in output else None
            found.append(Output(key, text(value), output.get("Description"), export))
        self._check_exports({output.export: output.value for output in found if output.export})
        return found

    def _check_exports(self, wanted: dict[str, str]) -> None:
        exports = self._backend.exports()
        for name in wanted:
            if name in exports and exports[name][0] is not self._stack:
                raise ValidationError(f"Export with name {name} is already exported by stack {exports[name][0].name}.")
        lost = {o.export for o in self._stack.outputs if o.export and wanted.get(o.export) != o.value}
        for name, importer in self._backend.importers(lost).items():
            verb = "updated" if name in wanted else "deleted"
            raise ValidationError(f"Export {name} cannot be {verb} as it is in use by {importer}")


def _latest_first(deployment: Deployment, resources: list[Resource]) -> list[Resource]:
    """Return resources so that each comes before what it needs; those that are in no template any more come first."""
    order = creation_order(deployment.template)
    places = {name: number for number, name in enumerate(order)}
    return sorted(resources, key=lambda resource: -places.get(resource.logical_id, len(order)))


def _not_deleted(failed: list[str]) -> str | None:
    return f"The following resource(s) failed to delete: [{', '.join(failed)}]. " if failed else None

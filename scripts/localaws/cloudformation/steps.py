"""One resource at a time: make it, change it, replace it, delete it, and tell each in the stack's events."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from localaws.cloudformation import schemas
from localaws.cloudformation.deployment import Deployment
from localaws.cloudformation.errors import ValidationError
from localaws.cloudformation.failures import ResourceError, is_gone, reason_of
from localaws.cloudformation.functions import Evaluator
from localaws.cloudformation.models import Change, CloudFormationBackend, Resource, Stack
from localaws.cloudformation.parameter_store import ParameterStore, names_in, replaced
from localaws.cloudformation.providers import provider_of
from localaws.cloudformation.providers.base import Clients, Provider, Work
from localaws.cloudformation.system_tags import put_system_tags, system_tags
from localaws.cloudformation.walk import StepError

_INITIATED = "Resource creation Initiated"
_RENAMED = "Requested update required the provider to create a new physical resource"
# https://github.com/anomalyco/sst/issues/977
_NO_REPLACEMENT = "Replacement type updates not supported on stack with disable-rollback."
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


class _Made:
    """What the resources of a stack and the exports of others are worth, for the functions of its template."""

    def __init__(self, backend: CloudFormationBackend, stack: Stack) -> None:
        self._backend = backend
        self._stack = stack

    def ref(self, logical_id: str) -> str:
        return self._stack.resources[logical_id].physical_id

    def attribute(self, logical_id: str, name: str) -> Any:
        resource = self._stack.resources[logical_id]
        if name not in resource.attributes:
            words = _provider(resource).missing_words
            raise ValidationError(words.format(name=name, resource=logical_id, stack_id=self._stack.id))
        return resource.attributes[name]

    def exported(self, name: str) -> str:
        exports = self._backend.exports()
        if name not in exports:
            raise ValidationError(f"No export named {name} found.")
        return exports[name][1]


class Steps:
    """The steps towards one deployment of a stack."""

    def __init__(self, backend: CloudFormationBackend, stack: Stack, wanted: Deployment, clients: Clients) -> None:
        self._backend = backend
        self._stack = stack
        self._wanted = wanted
        self._clients = clients
        self._store = ParameterStore(clients)
        self.halted = threading.Event()
        """Set when a resource has failed: the others that are under way are cancelled."""
        self.evaluator: Evaluator = wanted.evaluator(_Made(backend, stack))

    def is_halted(self) -> bool:
        """Return whether nothing more is to be begun: because of a failure, of time, or because somebody says so."""
        return self.halted.is_set() or self._stack.interrupted.is_set() or self._stack.cancelled.is_set()

    def begin(self, logical_id: str) -> None:
        """Tell that a resource which the stack does not have is going to be made."""
        self._stack.record(self._begin(logical_id), "CREATE_IN_PROGRESS")

    def create(self, logical_id: str) -> None:
        """Make a resource that has begun."""
        resource = self._stack.resources[logical_id]
        self._refuse_when_halted(resource, "CREATE_FAILED")
        with self._failing_as(resource, "CREATE_FAILED"):
            resource.properties = self._properties(resource)
            self._make(resource, "CREATE_IN_PROGRESS")
        self._refuse_when_halted(resource, "CREATE_FAILED")
        self._stack.record(resource, "CREATE_COMPLETE")

    def update(self, logical_id: str, journal: list[Change]) -> None:
        """Make a resource what the deployment wants, and note what that changed, also when it fails."""
        if self.is_halted():
            return
        before = self._stack.existing().get(logical_id)
        if before and before.status == "CREATE_FAILED":
            self._clear_away(before)
            before = None
        change = Change(logical_id, before)
        if logical_id not in [earlier.logical_id for earlier in journal]:
            journal.append(change)
        if before is None:
            self.begin(logical_id)
            self.create(logical_id)
            return
        resource = self._begin(logical_id, before)
        with self._failing_as(resource, "UPDATE_FAILED"):
            wanted = self._properties(resource)
            for name in _provider(resource).fixed:
                if before.properties.get(name) != wanted.get(name):
                    raise ResourceError(_provider(resource).fixed_words.format(name=name, type=resource.type))
        if wanted == before.properties and not _provider(resource).is_automatic:
            self._leave(resource, before)
            if change in journal:
                journal.remove(change)
        elif schemas.schema_of(resource.type, self._wanted.place.region).replaced_by(before.properties, wanted):
            self._replace(resource, before, wanted)
        else:
            self._change_for_now(resource, before.properties, wanted)

    def revert(self, change: Change) -> Resource | None:
        """Undo a change of an update; return the physical resource that is no longer needed, if there is one."""
        after = change.after = change.after or self._stack.resources[change.logical_id]
        if change.before is None:
            return after
        self._stack.resources[change.logical_id] = change.before
        if after.physical_id != change.before.physical_id:
            self._stack.record(change.before, "UPDATE_COMPLETE")
            return after if after.physical_id else None
        if after.properties != change.before.properties:
            self._change(change.before, after.properties, change.before.properties)
        return after if after.physical_id != change.before.physical_id else None

    def skip(self, change: Change) -> None:
        """Leave a change as the failed update left it, and say that it is undone."""
        if change.before:
            self._stack.record(change.before, "UPDATE_COMPLETE")

    def delete(self, resource: Resource, policy: str) -> None:
        """Delete a physical resource, unless its policy says to keep it."""
        if policy == "Retain":
            self._stack.record(resource, "DELETE_SKIPPED")
            return
        if resource.physical_id:
            self._stack.record(resource, "DELETE_IN_PROGRESS")
            with self._failing_as(resource, "DELETE_FAILED"):
                try:
                    _provider(resource).delete(self._work(resource), resource.physical_id, resource.properties)
                except Exception as error:
                    if not is_gone(error):
                        raise
        self._stack.record(resource, "DELETE_COMPLETE")

    def _begin(self, logical_id: str, before: Resource | None = None) -> Resource:
        definition = self._wanted.template.resources[logical_id]
        resource = Resource(logical_id, definition["Type"], definition)
        if before:
            resource.physical_id, resource.attributes = before.physical_id, before.attributes
            resource.properties = before.properties
        self._stack.resources[logical_id] = resource
        return resource

    def _clear_away(self, failed: Resource) -> None:
        """Delete what a creation that failed has left, before it is tried again."""
        if failed.physical_id:
            self.delete(failed, "Delete")

    def _leave(self, resource: Resource, before: Resource) -> None:
        """Take over what need not change."""
        resource.properties, resource.status, resource.reason = before.properties, before.status, before.reason
        if before.status == "UPDATE_FAILED":
            self._stack.record(resource, "UPDATE_COMPLETE")

    def _change_for_now(self, resource: Resource, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Change a resource. Where no rollback follows a failure, the resource itself goes back all the same.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
        """
        try:
            self._change(resource, old, new)
        except StepError:
            if self._stack.preserves:
                # What cannot be undone now is left to the next operation, which finds the properties as they are.
                with contextlib.suppress(Exception):
                    _provider(resource).update(self._work(resource), resource.physical_id, new, old)
                    resource.properties = old
            raise

    def _replace(self, resource: Resource, before: Resource, wanted: dict[str, Any]) -> None:
        if self._stack.preserves:
            with self._failing_as(resource, "UPDATE_FAILED"):
                raise ResourceError(_NO_REPLACEMENT)
        self._stack.record(resource, "UPDATE_IN_PROGRESS", _REPLACING)
        resource.physical_id, resource.attributes, resource.properties = "", {}, wanted
        with self._failing_as(resource, "UPDATE_FAILED"):
            name = _provider(resource).name_property
            if name and wanted.get(name) is not None and wanted[name] == before.properties.get(name):
                raise ResourceError(
                    "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                    f"Rename {wanted[name]} and update the stack again."
                )
            self._make(resource, "UPDATE_IN_PROGRESS")
        self._refuse_when_halted(resource, "UPDATE_FAILED")
        self._stack.record(resource, "UPDATE_COMPLETE")

    def _change(self, resource: Resource, old: dict[str, Any], new: dict[str, Any]) -> None:
        resource.properties = new
        self._stack.record(resource, "UPDATE_IN_PROGRESS")
        with self._failing_as(resource, "UPDATE_FAILED"):
            provider, work = _provider(resource), self._work(resource, "UPDATE_IN_PROGRESS", _RENAMED)
            provider.update(work, resource.physical_id, old, new)
            resource.attributes = provider.attributes(work, resource.physical_id, new)
            put_system_tags(self._wanted.place, resource)
        self._refuse_when_halted(resource, "UPDATE_FAILED")
        self._stack.record(resource, "UPDATE_COMPLETE")

    def _make(self, resource: Resource, status: str) -> None:
        provider, work = _provider(resource), self._work(resource, status)
        name = resource.properties.get(provider.name_property) if provider.name_property else None
        if name and (owner := self._backend.owner(resource.type, str(provider.name_property), name)):
            raise ResourceError(f"{name} already exists in stack {owner.id}")
        provider.create(work, resource.properties)
        resource.attributes = provider.attributes(work, resource.physical_id, resource.properties)
        put_system_tags(self._wanted.place, resource)

    def _work(self, resource: Resource, status: str = "", reason: str = _INITIATED) -> Work:
        def identified(physical_id: str) -> None:
            resource.physical_id = physical_id
            self._stack.record(resource, status, reason)

        place = self._wanted.place
        return Work(
            stack_name=place.stack_name,
            stack_id=place.stack_id,
            logical_id=resource.logical_id,
            type=resource.type,
            region=place.region,
            account_id=place.account_id,
            partition=place.partition,
            client=self._clients,
            identified=identified,
            nested=self._nested,
            capabilities=self._wanted.capabilities,
            is_halted=self.is_halted,
            system_tags=system_tags(place, resource),
        )

    def _nested(self, stack_id: str) -> Stack:
        nested = self._backend.stacks[stack_id]
        nested.parent_id, nested.root_id = self._stack.id, self._stack.root_id or self._stack.id
        nested.idle.wait()
        return nested

    def _properties(self, resource: Resource) -> dict[str, Any]:
        """Return a resource's properties with all functions evaluated, checked, and with the stack's tags."""
        schema = schemas.schema_of(resource.type, self._wanted.place.region)
        given = self.evaluator.value(resource.definition.get("Properties", {}))
        names = set(names_in(given, f"{resource.type}/Properties"))
        worth = {name: self._wanted.dynamic.get(name) or self._store.reference(name) for name in names}
        properties = schema.coerced(replaced(given, worth))
        if problems := schema.problems(properties):
            listed = "\n".join(problems)
            raise ResourceError(
                f"Properties validation failed for resource {resource.logical_id} with message:\n{listed}"
            )
        if unsupported := _provider(resource).unsupported(properties):
            raise ResourceError(
                f"Local AWS does not apply these properties of {resource.type}: {', '.join(unsupported)}"
            )
        if self._wanted.tags and "Tags" in _provider(resource).effective:
            properties["Tags"] = _with_tags(properties.get("Tags", {} if schema.has_tag_map else []), self._wanted.tags)
        return properties

    def _refuse_when_halted(self, resource: Resource, status: str) -> None:
        if self.halted.is_set() or self._stack.interrupted.is_set():
            doing = "creation" if status == "CREATE_FAILED" else "update"
            self._stack.record(resource, status, f"Resource {doing} cancelled")
            raise StepError(resource.logical_id)

    @contextlib.contextmanager
    def _failing_as(self, resource: Resource, status: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # Whatever a provider or the service behind it says is the resource's failure, never the engine's.
            if isinstance(error, ResourceError) and error.physical_id:
                resource.physical_id = error.physical_id
            self._stack.record(resource, status, reason_of(error, resource.type))
            if not self._stack.preserves:
                self.halted.set()
            raise StepError(resource.logical_id) from error


def _with_tags(own: Any, inherited: dict[str, str]) -> Any:
    """Return a resource's tags, in the form that its type has for them, with the stack's others."""
    if isinstance(own, dict):
        return inherited | own
    named = {tag["Key"] for tag in own}
    return own + [{"Key": key, "Value": value} for key, value in inherited.items() if key not in named]


def _provider(resource: Resource) -> Provider:
    provider = provider_of(resource.type)
    if provider is None:
        raise ResourceError(f"Local AWS does not provision {resource.type}")
    return provider

"""What a provider is: the four things that CloudFormation does with a resource type, by its service's own API."""

import secrets
import string
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from localaws.wire import Credentials

if TYPE_CHECKING:
    from localaws.cloudformation.models import Stack

_RANDOM_LENGTH = 12


class Clients:
    """The service clients of one stack operation, made as they are needed, with the credentials it acts with."""

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        client = self._clients.get(service) or self._credentials.client(service, self._region)
        return self._clients.setdefault(service, client)

    def forget(self) -> None:
        """Let go of the clients made so far: a stack outlives its operations, and a client takes 0.2 to 0.7 MB."""
        self._clients.clear()


@dataclass(frozen=True)
class Work:
    """One resource to work on, and what its provider may know of the stack around it."""

    stack_name: str
    stack_id: str
    logical_id: str
    type: str
    region: str
    account_id: str
    partition: str
    client: Clients
    identified: Callable[[str], None]
    """To be called with the physical id as soon as something exists that a rollback must delete."""
    nested: "Callable[[str], Stack]"
    """Takes a stack by its id as one in this stack, waits for its operation to end, and returns it."""
    capabilities: list[str]
    is_halted: Callable[[], bool]
    """Whether who waits for something need not wait any longer, since its stack gives up."""
    system_tags: dict[str, str]
    """The tags that CloudFormation itself gives the resource, past its provider."""
    learned: dict[str, Any] = field(default_factory=dict)
    """What the provider learned while it worked and needs again for the attributes."""

    def generated_name(self, limit: int, *, lower: bool = False) -> str:
        """Return a name as CloudFormation makes them up: stack, logical id and a random part, cut to the limit."""
        alphabet = string.digits + (string.ascii_lowercase if lower else string.ascii_letters)
        random_part = "".join(secrets.choice(alphabet) for _ in range(_RANDOM_LENGTH))
        prefix = f"{self.stack_name}-{self.logical_id}"[: limit - _RANDOM_LENGTH - 1]
        return f"{prefix.lower() if lower else prefix}-{random_part}"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something in this stack's account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"


class Provider(ABC):
    """One resource type. Ref gives its physical id; what GetAtt gives is in ``attributes``.

    ``effective`` names the properties that the provider hands to the service, ``stored`` those of them that the local
    service only keeps and returns. A name stands for all beneath it (``Code.S3Key`` is beneath ``Code``). A property
    that is in neither is refused by name.
    """

    type: ClassVar[str]
    effective: ClassVar[tuple[str, ...]]
    stored: ClassVar[tuple[str, ...]] = ()
    attribute_names: ClassVar[tuple[str, ...]] = ()
    fixed: ClassVar[tuple[str, ...]] = ()
    """The properties that AWS would change in place, or refuses to, and that cannot be changed here."""
    fixed_words: ClassVar[str] = "The {name} of {type} cannot be changed"
    missing_words: ClassVar[str] = (
        "Template error: resource {resource} does not support attribute type {name} in Fn::GetAtt"
    )
    """What is said of an attribute that the type may have and this resource has not."""
    is_automatic: ClassVar[bool] = False
    """Whether every update of its stack asks it to look for changes, though its properties are the same."""
    name_property: ClassVar[str | None] = None
    """The property by which a person may choose the name; a resource with a chosen name cannot be replaced."""

    @abstractmethod
    def create(self, work: Work, properties: dict[str, Any]) -> None:
        """Make the resource, and tell ``work`` its physical id."""

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Change what differs between the properties; what needs a new resource is never asked of it."""
        raise NotImplementedError(f"{self.type} is always replaced")

    @abstractmethod
    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        """Delete the resource."""

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        """Return what GetAtt gives for each of ``attribute_names``."""
        return {}

    def has_attribute(self, name: str) -> bool:
        """Return whether GetAtt may give it."""
        return name in self.attribute_names

    def exists(self, client: Clients, name: str) -> bool:
        """Return whether something has this name already, or raise ClientError when nothing has, or one may not know.

        Only types that AWS identifies by their name are asked about one before they are made.
        """
        return False

    def unsupported(self, properties: Mapping[str, Any]) -> list[str]:
        """Return the properties, as dotted names, that would have no effect here."""
        known = self.effective + self.stored
        return sorted({path for path in property_paths(properties, known) if not covered(path, known)})


def property_paths(properties: Any, known: tuple[str, ...], prefix: str = "") -> Iterator[str]:
    """Yield the dotted names in properties, no deeper than the known names tell them apart."""
    if isinstance(properties, list):
        for item in properties:
            yield from property_paths(item, known, prefix)
    elif isinstance(properties, Mapping) and (not prefix or any(name.startswith(f"{prefix}.") for name in known)):
        for name, value in properties.items():
            yield from property_paths(value, known, f"{prefix}.{name}" if prefix else name)
    else:
        yield prefix


def covered(path: str, known: tuple[str, ...]) -> bool:
    """Return whether a dotted name is one of the known names or beneath one."""
    return any(path == name or path.startswith(f"{name}.") for name in known)


def tags_of(properties: Mapping[str, Any]) -> dict[str, str]:
    """Return the Tags as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def given(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return those of the named properties that are there."""
    return {name: properties[name] for name in names if name in properties}

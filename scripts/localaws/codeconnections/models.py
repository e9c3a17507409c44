"""What CodeConnections remembers in an account and region. No HTTP, no threads."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from moto.core.base_backend import BackendDict, BaseBackend

from localaws.codeconnections.errors import ResourceNotFoundException


@dataclass
class Connection:
    """A connection to a provider, which nobody completes here."""

    arn: str
    name: str
    provider: str
    owner: str
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "PENDING"

    def describe(self) -> dict[str, Any]:
        """Return what the API says of it."""
        return {
            "ConnectionName": self.name,
            "ConnectionArn": self.arn,
            "ProviderType": self.provider,
            "OwnerAccountId": self.owner,
            "ConnectionStatus": self.status,
        }


class ConnectionsBackend(BaseBackend):
    """The connections of one account and region, in the order of their making."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.connections: dict[str, Connection] = {}  # by ARN

    def create(self, prefix: str, name: str, provider: str, tags: dict[str, str]) -> Connection:
        """Make a connection, whose ARN begins with the name by which the service was called."""
        arn = f"arn:{self.partition}:{prefix}:{self.region_name}:{self.account_id}:connection/{uuid4()}"
        made = self.connections[arn] = Connection(arn, name, provider, self.account_id, tags)
        return made

    def connection(self, arn: str) -> Connection:
        """Return a connection or raise ResourceNotFoundException."""
        found = self.connections.get(arn)
        if found is None:
            raise ResourceNotFoundException
        return found


# botocore lists no regions of CodeConnections; connections are for CodePipeline.
connections_backends = BackendDict(ConnectionsBackend, "codepipeline")

"""CodeConnections' API, the same by both of its names."""

from typing import Any, cast

from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from localaws import constraints
from localaws.codeconnections.errors import ValidationException
from localaws.codeconnections.models import Connection, ConnectionsBackend, connections_backends
from localaws.gate import serving

_PAGE = 100  # botocore: the most that MaxResults may ask for
_ON_HOSTS = ("GitHubEnterpriseServer", "GitLabSelfManaged")
UNVERIFIED_NO_PROVIDER = "You must specify either a ProviderType or a HostArn"  # from CloudFormation's schema
UNVERIFIED_UNKNOWN_PAGE = "The next token is not valid"


class ConnectionsResponse(BaseResponse):
    """One method an operation."""

    def __init__(self) -> None:
        super().__init__(service_name="codeconnections")
        self.automated_parameter_parsing = True

    @property
    def _backend(self) -> ConnectionsBackend:
        return cast(ConnectionsBackend, connections_backends[self.current_account][self.region])

    @property
    def _called_as(self) -> str:
        return str(self.normalized_request.environ[serving.CALL].service)

    def _checked(self) -> dict[str, Any]:
        """Return the parameters, once they keep within the limits of the service model."""
        request = {name: value for name, value in self.params.items() if value is not None}
        constraints.check(self._called_as, self._get_action(), request)
        if "HostArn" in request or "HostArnFilter" in request or request.get("ProviderType") in _ON_HOSTS:
            raise ValidationException("Local AWS does not support hosts, on which servers of one's own are reached.")
        return request

    def create_connection(self) -> ActionResult:
        """Make a connection, which is PENDING."""
        request = self._checked()
        if "ProviderType" not in request:
            raise ValidationException(UNVERIFIED_NO_PROVIDER)
        tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
        made = self._backend.create(self._called_as, request["ConnectionName"], request["ProviderType"], tags)
        return ActionResult({"ConnectionArn": made.arn, "Tags": _tags(made)})

    def get_connection(self) -> ActionResult:
        """Return a connection."""
        return ActionResult({"Connection": self._backend.connection(self._checked()["ConnectionArn"]).describe()})

    def list_connections(self) -> ActionResult:
        """List all connections, or those to one provider."""
        request = self._checked()
        wanted, token = request.get("ProviderTypeFilter"), request.get("NextToken", "0")
        found = [each for each in self._backend.connections.values() if wanted in (None, each.provider)]
        if not token.isdecimal():
            raise ValidationException(UNVERIFIED_UNKNOWN_PAGE)
        end = int(token) + (request.get("MaxResults") or _PAGE)
        more = {"NextToken": str(end)} if end < len(found) else {}
        return ActionResult({"Connections": [each.describe() for each in found[int(token) : end]]} | more)

    def delete_connection(self) -> EmptyResult:
        """Remove a connection; pipelines that name it fail from then on."""
        self._backend.connection(self._checked()["ConnectionArn"])
        del self._backend.connections[self.params["ConnectionArn"]]
        return EmptyResult()

    def tag_resource(self) -> EmptyResult:
        """Add tags to a connection."""
        request = self._checked()
        self._tagged(request).tags.update({tag["Key"]: tag["Value"] for tag in request["Tags"]})
        return EmptyResult()

    def untag_resource(self) -> EmptyResult:
        """Remove tags from a connection."""
        request = self._checked()
        connection = self._tagged(request)
        connection.tags = {key: value for key, value in connection.tags.items() if key not in request["TagKeys"]}
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """Return a connection's tags."""
        return ActionResult({"Tags": _tags(self._tagged(self._checked()))})

    def _tagged(self, request: dict[str, Any]) -> Connection:
        return self._backend.connection(request["ResourceArn"])


def _tags(connection: Connection) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in connection.tags.items()]

"""Connections, by both names of their service: made PENDING, found, listed, tagged and deleted."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]


@pytest.fixture(params=["codeconnections", "codestar-connections"])
def service(request: pytest.FixtureRequest) -> str:
    """The service, by each of its names."""
    return str(request.param)


@pytest.fixture
def connections(client: Client, service: str) -> Any:
    """A client of it."""
    return client(service)


@pytest.fixture
def connection(connections: Any) -> Iterator[str]:
    """The ARN of a connection to GitHub."""
    arn = connections.create_connection(
        ConnectionName=f"c-{uuid.uuid4().hex[:8]}", ProviderType="GitHub", Tags=[{"Key": "colour", "Value": "red"}]
    )["ConnectionArn"]
    yield arn
    connections.delete_connection(ConnectionArn=arn)


def test_a_connection_is_pending(connections: Any, service: str, connection: str) -> None:
    found = connections.get_connection(ConnectionArn=connection)["Connection"]
    assert (found["ConnectionStatus"], found["ProviderType"]) == ("PENDING", "GitHub")
    assert connection.startswith(f"arn:aws:{service}:us-east-1:123456789012:connection/")


def test_either_name_shows_it(client: Client, connection: str) -> None:
    for service in ("codeconnections", "codestar-connections"):
        listed = client(service).list_connections(ProviderTypeFilter="GitHub")["Connections"]
        assert connection in [each["ConnectionArn"] for each in listed]
        others = client(service).list_connections(ProviderTypeFilter="Bitbucket")["Connections"]
        assert connection not in [each["ConnectionArn"] for each in others]


def test_a_list_has_pages(connections: Any, connection: str) -> None:
    other = connections.create_connection(ConnectionName="other", ProviderType="GitLab")["ConnectionArn"]
    found, more = list[str](), dict[str, str]()
    while True:
        page = connections.list_connections(MaxResults=1, **more)
        found += [each["ConnectionArn"] for each in page["Connections"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    connections.delete_connection(ConnectionArn=other)
    assert {connection, other} <= set(found)


def test_tags_come_and_go(connections: Any, connection: str) -> None:
    connections.tag_resource(ResourceArn=connection, Tags=[{"Key": "size", "Value": "1"}])
    connections.untag_resource(ResourceArn=connection, TagKeys=["colour"])
    assert connections.list_tags_for_resource(ResourceArn=connection)["Tags"] == [{"Key": "size", "Value": "1"}]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"ConnectionName": "x"}, "You must specify either a ProviderType or a HostArn"),
        ({"ConnectionName": "x" * 33, "ProviderType": "GitHub"}, "Member must have length less than or equal to 32"),
        ({"ConnectionName": "x", "ProviderType": "GitHubEnterpriseServer"}, "Local AWS does not support hosts"),
    ],
    ids=["no provider", "a long name", "a host"],
)
def test_what_cannot_be_made_is_refused(connections: Any, request_: dict[str, str], message: str) -> None:
    with pytest.raises(ClientError) as refused:
        connections.create_connection(**request_)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert message in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize("operation", ["get_connection", "delete_connection"])
def test_what_is_not_there_is_not_found(connections: Any, service: str, operation: str) -> None:
    arn = f"arn:aws:{service}:us-east-1:123456789012:connection/{uuid.uuid4()}"
    with pytest.raises(ClientError) as refused:
        getattr(connections, operation)(ConnectionArn=arn)
    assert refused.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "Resource not found. Verify the connection resource ARN and try again.",
    }


def test_what_it_has_not_is_refused_by_name(connections: Any, service: str) -> None:
    with pytest.raises(ClientError) as refused:
        connections.list_hosts()
    assert refused.value.response["Error"]["Message"] == f"Local AWS does not implement {service}:ListHosts."

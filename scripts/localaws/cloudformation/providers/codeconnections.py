"""Connections to GitHub and others, by both names of their service."""

from typing import Any

from localaws.cloudformation.providers.base import Provider, Work, given, tags_of


class Connection(Provider):
    """AWS::CodeConnections::Connection: made PENDING, as on AWS, and complete only once a person has done so."""

    type = "AWS::CodeConnections::Connection"
    service = "codeconnections"
    effective = ("ConnectionName", "ProviderType", "Tags")
    attribute_names = ("ConnectionArn", "ConnectionStatus", "OwnerAccountId")

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        made = work.client(self.service).create_connection(
            **given(properties, "ConnectionName", "ProviderType", "Tags")
        )
        work.identified(made["ConnectionArn"])

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        connections = work.client(self.service)
        if gone := tags_of(old).keys() - tags_of(new).keys():
            connections.untag_resource(ResourceArn=physical_id, TagKeys=sorted(gone))
        if "Tags" in new:
            connections.tag_resource(ResourceArn=physical_id, Tags=new["Tags"])

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client(self.service).delete_connection(ConnectionArn=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        found = work.client(self.service).get_connection(ConnectionArn=physical_id)["Connection"]
        return {name: found[name] for name in self.attribute_names}


class OlderConnection(Connection):
    """AWS::CodeStarConnections::Connection."""

    type = "AWS::CodeStarConnections::Connection"
    service = "codestar-connections"

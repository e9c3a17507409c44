"""Parameter Store."""

from typing import Any

from localaws.cloudformation.providers.base import Clients, Provider, Work, given

_NAME_LIMIT = 128


class Parameter(Provider):
    """AWS::SSM::Parameter."""

    type = "AWS::SSM::Parameter"
    effective = ("AllowedPattern", "DataType", "Description", "Name", "Tags", "Type", "Value")
    stored = ("Tier",)
    attribute_names = ("Type", "Value")
    name_property = "Name"

    def exists(self, client: Clients, name: str) -> bool:
        return bool(client("ssm").get_parameter(Name=name))

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        name = properties.get("Name") or work.generated_name(_NAME_LIMIT)
        self._put(work, name, properties, overwrite=False)
        work.identified(name)
        self._tag(work, name, {}, properties.get("Tags", {}))

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        self._put(work, physical_id, new, overwrite=True)
        self._tag(work, physical_id, old.get("Tags", {}), new.get("Tags", {}))

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("ssm").delete_parameter(Name=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return given(properties, "Type", "Value")

    def _put(self, work: Work, name: str, properties: dict[str, Any], *, overwrite: bool) -> None:
        options = {"Description": "", **properties, "Name": name}
        options.pop("Tags", None)  # which are refused together with Overwrite
        work.client("ssm").put_parameter(Overwrite=overwrite, **options)

    def _tag(self, work: Work, name: str, old: dict[str, str], new: dict[str, str]) -> None:
        ssm, resource = work.client("ssm"), {"ResourceType": "Parameter", "ResourceId": name}
        if gone := sorted(old.keys() - new.keys()):
            ssm.remove_tags_from_resource(**resource, TagKeys=gone)
        if tags := [{"Key": key, "Value": value} for key, value in new.items()]:
            ssm.add_tags_to_resource(**resource, Tags=tags)

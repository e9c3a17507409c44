"""What CloudFormation finds wrong with a stack before it makes anything: its pre-deployment validation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from localaws.cloudformation import schemas
from localaws.cloudformation.deployment import Deployment
from localaws.cloudformation.models import Finding, Resource
from localaws.cloudformation.parameter_store import replaced
from localaws.cloudformation.providers import provider_of
from localaws.cloudformation.providers.base import Clients

# "Some resource types are not supported": their properties are for whoever makes them to judge.
_UNCHECKED = ("AWS::CloudFormation::CustomResource", "Custom::")


def findings(wanted: Deployment, existing: Mapping[str, Resource], clients: Clients) -> list[Finding]:
    """Return what keeps a deployment from being begun, given the resources that the stack has."""
    found: list[Finding] = []
    for logical_id, known in wanted.known_properties().items():
        kind = wanted.template.resources[logical_id]["Type"]
        if not kind.startswith(_UNCHECKED):
            properties = schemas.schema_of(kind, wanted.place.region).coerced(replaced(known, wanted.dynamic))
            found.extend(_unfit(logical_id, kind, properties, wanted.place.region))
            own = existing[logical_id].physical_id if logical_id in existing else ""
            found.extend(_taken(logical_id, kind, properties, own, clients))
    return found


def warnings(removed: Mapping[str, Resource], clients: Clients) -> list[Finding]:
    """Return the buckets that a change set would delete, and that CloudFormation will not, since they are not empty."""
    return [
        Finding(
            logical_id=logical_id,
            type=resource.type,
            name="BUCKET_EMPTINESS_VALIDATION",
            hook="",
            reason=f"The bucket '{resource.physical_id}' is not empty. You must either delete all objects and versions "
            "or use the deletion policy to retain it, otherwise the delete operation will fail.",
            path=f"/Resources/{logical_id}",
            is_warning=True,
        )
        for logical_id, resource in removed.items()
        if (resource.type, bool(resource.physical_id)) == ("AWS::S3::Bucket", True)
        and resource.policy("DeletionPolicy") == "Delete"
        and _holds_objects(resource.physical_id, clients)
    ]


def _unfit(logical_id: str, kind: str, properties: dict[str, Any], region: str) -> Iterator[Finding]:
    for path, reason in schemas.schema_of(kind, region).early_problems(properties):
        yield Finding(
            logical_id=logical_id,
            type=kind,
            name="PROPERTY_VALIDATION",
            hook="AWS::EarlyValidation::PropertyValidation",
            reason=reason,
            path="/".join(["/Resources", logical_id, "Properties", *path]),
        )


def _taken(logical_id: str, kind: str, properties: dict[str, Any], own: str, clients: Clients) -> Iterator[Finding]:
    provider = provider_of(kind)
    name = properties.get(provider.name_property) if provider and provider.name_property else None
    if provider and isinstance(name, str) and name != own and _exists(provider.exists, clients, name):
        yield Finding(
            logical_id=logical_id,
            type=kind,
            name="NAME_CONFLICT_VALIDATION",
            hook="AWS::EarlyValidation::ResourceExistenceCheck",
            reason=f"Resource of type '{kind}' with identifier '{name}' already exists.",
            path=f"/Resources/{logical_id}",
        )


def _exists(ask: Any, clients: Clients, name: str) -> bool:
    try:
        return bool(ask(clients, name))
    except ClientError:
        return False  # there is none, or the caller may not know


def _holds_objects(bucket: str, clients: Clients) -> bool:
    try:
        found = clients("s3").list_object_versions(Bucket=bucket, MaxKeys=1)
    except ClientError:
        return False
    return bool(found.keys() & {"Versions", "DeleteMarkers"})

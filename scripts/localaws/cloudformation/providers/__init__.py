"""The resource types that local AWS provisions, a file a service. Each calls the service's API as a client would."""

from localaws.cloudformation.providers import codecommit, iam, logs, s3
from localaws.cloudformation.providers.base import Provider

_PROVIDERS: dict[str, Provider] = {
    provider.type: provider
    for provider in (
        codecommit.Repository(),
        iam.ManagedPolicy(),
        iam.Policy(),
        iam.Role(),
        logs.LogGroup(),
        s3.Bucket(),
        s3.BucketPolicy(),
    )
}


def provider_of(resource_type: str) -> Provider | None:
    """Return the provider of a resource type, or None for a type that local AWS does not provision."""
    return _PROVIDERS.get(resource_type)

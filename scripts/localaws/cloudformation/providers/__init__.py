"""The resource types that local AWS provisions, a file a service. Each calls the service's API as a client would."""

from localaws.cloudformation.providers import (
    awslambda,
    cloudwatch,
    codebuild,
    codecommit,
    codeconnections,
    codepipeline,
    custom,
    events,
    iam,
    kms,
    logs,
    nested,
    s3,
    sagemaker,
    sns,
    ssm,
)
from localaws.cloudformation.providers.base import Provider

PROVIDERS: dict[str, Provider] = {
    provider.type: provider
    for provider in (
        awslambda.Alias(),
        awslambda.EventInvokeConfig(),
        awslambda.Function(),
        awslambda.Permission(),
        awslambda.Version(),
        cloudwatch.Alarm(),
        codebuild.Project(),
        codecommit.Repository(),
        codeconnections.Connection(),
        codeconnections.OlderConnection(),
        codepipeline.Pipeline(),
        custom.CustomResource(),
        events.Rule(),
        iam.ManagedPolicy(),
        iam.Policy(),
        iam.Role(),
        kms.Alias(),
        kms.Key(),
        logs.LogGroup(),
        nested.NestedStack(),
        s3.Bucket(),
        s3.BucketPolicy(),
        sagemaker.Endpoint(),
        sagemaker.EndpointConfig(),
        sagemaker.Model(),
        sagemaker.ModelPackageGroup(),
        sagemaker.NotebookInstance(),
        sagemaker.NotebookInstanceLifecycleConfig(),
        sns.Subscription(),
        sns.Topic(),
        sns.TopicPolicy(),
        ssm.Parameter(),
    )
}


def provider_of(resource_type: str) -> Provider | None:
    """Return the provider of a resource type, or None for a type that local AWS does not provision."""
    if resource_type.startswith("Custom::"):
        return PROVIDERS[custom.CustomResource.type]
    return PROVIDERS.get(resource_type)

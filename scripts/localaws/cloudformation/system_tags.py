"""The aws:cloudformation tags of what stacks make.

They are CloudFormation's and the services' own affair: no caller needs a permission to tag for them
(https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-sns/pull/75), so that they are put where
a service keeps its tags, past its API. Which types get them is said by AWS's schemas (cloudFormationSystemTags): of
roles, keys, endpoints and endpoint configurations, for instance, none do.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.backends import get_backend
from moto.cloudwatch.models import cloudwatch_backends
from moto.codecommit.models import codecommit_backends
from moto.events.models import events_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends

from localaws.cloudformation import schemas
from localaws.cloudformation.deployment import Place
from localaws.cloudformation.models import Resource
from localaws.codeconnections.models import connections_backends
from localaws.codepipeline.models import pipelines_backends
from localaws.sagemaker.backend import sagemaker_backends

# Seen without them in 2019, https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/96. By its
# schema of today a nested stack has them; the schema of projects does not say.
UNVERIFIED_UNTAGGED = ("AWS::CloudFormation::Stack", "AWS::CodeBuild::Project")

Write = Callable[[Any, Resource, dict[str, str]], None]


def system_tags(place: Place, resource: Resource) -> dict[str, str]:
    """Return the tags that CloudFormation itself gives a resource; none where its type does not get them."""
    if resource.type in UNVERIFIED_UNTAGGED or not schemas.schema_of(resource.type, place.region).has_system_tags:
        return {}
    return {
        "aws:cloudformation:stack-name": place.stack_name,
        "aws:cloudformation:stack-id": place.stack_id,
        "aws:cloudformation:logical-id": resource.logical_id,
    }


def put_system_tags(place: Place, resource: Resource) -> None:
    """Give a resource that exists its tags of CloudFormation."""
    if tags := system_tags(place, resource):
        kept, write = _WRITERS[resource.type.rpartition("::")[0]]
        # The backend of SSM is found late: it takes a second to import.
        by_account = get_backend(kept) if isinstance(kept, str) else kept
        by_region = by_account[place.account_id]
        write(by_region[place.partition if kept is s3_backends else place.region], resource, tags)


def _by_arn(backend: Any, arn: str, tags: Mapping[str, str]) -> None:
    backend.tagger.tag_resource(arn, [{"Key": key, "Value": value} for key, value in tags.items()])


def _on_connection(backend: Any, resource: Resource, tags: dict[str, str]) -> None:
    backend.connection(resource.physical_id).tags.update(tags)


_WRITERS: dict[str, tuple[Any, Write]] = {
    "AWS::CloudWatch": (cloudwatch_backends, lambda backend, r, tags: _by_arn(backend, r.attributes["Arn"], tags)),
    "AWS::CodeCommit": (
        codecommit_backends,
        lambda backend, r, tags: backend.repositories[r.attributes["Name"]].tags.update(tags),
    ),
    "AWS::CodeConnections": (connections_backends, _on_connection),
    "AWS::CodePipeline": (
        pipelines_backends,
        lambda backend, r, tags: backend.pipelines[r.physical_id].tags.update(tags),
    ),
    "AWS::CodeStarConnections": (connections_backends, _on_connection),
    "AWS::Events": (events_backends, lambda backend, r, tags: _by_arn(backend, r.attributes["Arn"], tags)),
    "AWS::Lambda": (lambda_backends, lambda backend, r, tags: backend.tag_resource(r.attributes["Arn"], tags)),
    "AWS::Logs": (
        logs_backends,
        lambda backend, r, tags: _by_arn(backend, r.attributes["Arn"].removesuffix(":*"), tags),
    ),
    "AWS::S3": (s3_backends, lambda backend, r, tags: _by_arn(backend, r.attributes["Arn"], tags)),
    "AWS::SNS": (sns_backends, lambda backend, r, tags: backend.topics[r.physical_id]._tags.update(tags)),
    "AWS::SSM": ("ssm", lambda backend, r, tags: backend._resource_tags["Parameter"][r.physical_id].update(tags)),
    "AWS::SageMaker": (sagemaker_backends, lambda backend, r, tags: backend.resource(r.physical_id).tags.update(tags)),
}

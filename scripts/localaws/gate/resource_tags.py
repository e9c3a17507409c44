"""The tags of what a call is about, from wherever a service keeps them: aws:ResourceTag and its likes.

Not here: the tags of buckets and objects, and of a pipeline's stages and actions.
"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.backends import get_backend
from moto.cloudwatch.models import cloudwatch_backends
from moto.codecommit.models import codecommit_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.sns.models import sns_backends

from localaws.cloudformation.models import cloudformation_backends
from localaws.codebuild.models import codebuild_backends
from localaws.codeconnections.models import connections_backends
from localaws.codepipeline.models import pipelines_backends
from localaws.sagemaker.backend import sagemaker_backends
from localaws.sagemaker.errors import SageMakerError

Tags = Mapping[str, str]
# Services that have the key under a name of their own as well.
_OWN_KEYS = ("iam", "sagemaker", "ssm")


def keys_of(arn: str) -> dict[str, str]:
    """Return the condition keys that tell a resource's tags."""
    service = arn.split(":")[2] if arn.startswith("arn:") else ""
    prefixes = ("aws", service) if service in _OWN_KEYS else ("aws",)
    return {f"{prefix}:resourcetag/{key.lower()}": value for key, value in tags_of(arn).items() for prefix in prefixes}


def tags_of(arn: str) -> Tags:
    """Return a resource's tags; none of what does not exist, or of many resources."""
    _, _, service, region, _, name = arn.split(":", 5) if arn.startswith("arn:") else [""] * 6
    if service not in _FINDERS:
        return {}
    kept, find = _FINDERS[service]
    # The backend of SSM is found late: it takes a second to import.
    by_account = get_backend(kept) if isinstance(kept, str) else kept
    return find(by_account[DEFAULT_ACCOUNT_ID][region or "aws"], arn, name)


def _listed(tags: Any, key: str = "Key", value: str = "Value") -> Tags:
    return {tag[key]: tag[value] for tag in tags or []}


def _tagger(backend: Any, arn: str, _name: str) -> Tags:
    found: Tags = backend.tagger.get_tag_dict_for_resource(arn)
    return found


def _log_group(backend: Any, arn: str, name: str) -> Tags:
    """A log stream has the tags of its group."""
    return _tagger(backend, arn.partition(":log-stream:")[0], name)


def _key(backend: Any, _arn: str, name: str) -> Tags:
    return _tagger(backend, name.removeprefix("key/"), name)


def _function(backend: Any, arn: str, _name: str) -> Tags:
    """A version or an alias has the tags of its function."""
    whole = ":".join(arn.split(":")[:7])
    return next((each.tags for each in backend.list_functions() if each.function_arn == whole), {})


def _topic(backend: Any, arn: str, _name: str) -> Tags:
    topic = backend.topics.get(arn)
    return topic._tags if topic else {}


def _parameter(backend: Any, _arn: str, name: str) -> Tags:
    """A parameter's ARN leaves out the slash that may begin its name."""
    path = name.removeprefix("parameter/")
    tags = backend._resource_tags["Parameter"]
    return dict(tags.get(f"/{path}") or tags.get(path) or {})


def _entity(backend: Any, arn: str, name: str) -> Tags:
    """IAM's roles keep tags in a list, policies and instance profiles in a map, users elsewhere."""
    kind = name.partition("/")[0]
    if kind == "user":
        return _tagger(backend, arn, name)
    entities = {
        "role": backend.roles,
        "policy": backend.managed_policies,
        "instance-profile": backend.instance_profiles,
    }
    tags: Any = next((each.tags for each in list(entities.get(kind, {}).values()) if each.arn == arn), [])
    return _listed(tags.values() if isinstance(tags, dict) else tags)


def _stack(backend: Any, arn: str, _name: str) -> Tags:
    stack = backend.stacks.get(arn)
    return stack.deployment.tags if stack else {}


def _project(backend: Any, _arn: str, name: str) -> Tags:
    project = backend.projects.get(name.removeprefix("project/"))
    return _listed(project.settings.get("tags"), "key", "value") if project else {}


def _repository(backend: Any, _arn: str, name: str) -> Tags:
    repository = backend.repositories.get(name)
    return repository.tags if repository else {}


def _connection(backend: Any, arn: str, _name: str) -> Tags:
    connection = backend.connections.get(arn)
    return connection.tags if connection else {}


def _pipeline(backend: Any, _arn: str, name: str) -> Tags:
    pipeline = backend.pipelines.get(name)
    return pipeline.tags if pipeline else {}


def _sagemaker(backend: Any, arn: str, _name: str) -> Tags:
    try:
        found: Tags = backend.resource(arn).tags
    except SageMakerError:
        return {}
    return found


_FINDERS: dict[str, tuple[Any, Callable[[Any, str, str], Tags]]] = {
    "cloudformation": (cloudformation_backends, _stack),
    "cloudwatch": (cloudwatch_backends, _tagger),
    "codebuild": (codebuild_backends, _project),
    "codecommit": (codecommit_backends, _repository),
    "codeconnections": (connections_backends, _connection),
    "codepipeline": (pipelines_backends, _pipeline),
    "codestar-connections": (connections_backends, _connection),
    "events": (events_backends, _tagger),
    "iam": (iam_backends, _entity),
    "kms": (kms_backends, _key),
    "lambda": (lambda_backends, _function),
    "logs": (logs_backends, _log_group),
    "sagemaker": (sagemaker_backends, _sagemaker),
    "sns": (sns_backends, _topic),
    "ssm": ("ssm", _parameter),
}

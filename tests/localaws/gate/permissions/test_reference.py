"""The tables agree with botocore's models and with AWS's Service Authorization Reference, as cfn-lint ships it."""

import functools
import importlib.resources
import inspect
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import cfnlint.data.AdditionalSpecs
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.responses import BaseResponse

from localaws.awslambda.responses import FunctionsResponse
from localaws.cloudformation.responses import CloudFormationResponse
from localaws.cloudwatch.responses import AlarmsResponse
from localaws.codebuild.responses import ProjectsResponse
from localaws.codecommit.responses import RepositoriesResponse
from localaws.codeconnections.responses import ConnectionsResponse
from localaws.codepipeline.responses import PipelinesResponse
from localaws.events.responses import RulesResponse
from localaws.gate.permissions import TABLES
from localaws.gate.permissions.rows import Need
from localaws.kms.responses import KeysResponse
from localaws.logs.responses import EventsOfLogsResponse
from localaws.sagemaker.responses import SageMakerResponse
from localaws.sagemakerruntime.responses import SageMakerRuntimeResponse
from localaws.servicequotas.responses import QuotasResponse
from localaws.sns.responses import TopicsResponse

ROWS = [(service, operation) for service, (_prefix, table) in TABLES.items() for operation in table]
OURS: dict[str, type[BaseResponse]] = {
    "cloudformation": CloudFormationResponse,
    "codebuild": ProjectsResponse,
    "codecommit": RepositoriesResponse,
    "codeconnections": ConnectionsResponse,
    "cloudwatch": AlarmsResponse,
    "codepipeline": PipelinesResponse,
    "codestar-connections": ConnectionsResponse,
    "events": RulesResponse,
    "kms": KeysResponse,
    "lambda": FunctionsResponse,
    "logs": EventsOfLogsResponse,
    "sagemaker": SageMakerResponse,
    "sagemaker-runtime": SageMakerRuntimeResponse,
    "service-quotas": QuotasResponse,
    "sns": TopicsResponse,
}
# Where any text will not do.
ARNS = {
    "cloudwatch": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a",
    "codecommit": "arn:aws:codecommit:us-east-1:123456789012:r",
    "codeconnections": "arn:aws:codeconnections:us-east-1:123456789012:connection/c",
    "codepipeline": "arn:aws:codepipeline:us-east-1:123456789012:p",
    "codestar-connections": "arn:aws:codestar-connections:us-east-1:123456789012:connection/c",
    "events": "arn:aws:events:us-east-1:123456789012:rule/r",
    "iam": "arn:aws:iam::123456789012:policy/p",
    "lambda": "arn:aws:lambda:us-east-1:123456789012:function:f",
    "logs": "arn:aws:logs:us-east-1:123456789012:log-group:g",
    "sagemaker": "arn:aws:sagemaker:us-east-1:123456789012:training-job/t",
    "sns": "arn:aws:sns:us-east-1:123456789012:t",
}
FORMS = {
    "AliasName": "alias/a",
    "EndpointId": None,  # botocore would need another way to sign
    "SubscriptionArn": "arn:aws:sns:us-east-1:123456789012:t:6b0e71bd-7e97-4d97-80ce-4a0994e55286",
    "ModelPackageArn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/g/1",
    "Path": "/p/",
}
ROLE = "arn:aws:iam::123456789012:role/r"
# The reference gives these no resource, or one that may be left out, and AWS's denials show what they ask for.
SEEN = {
    "cloudformation:ListStacks": "arn:aws:cloudformation:us-east-1:123456789012:stack/*/*",
    "cloudformation:ValidateTemplate": "*",
    "cloudwatch:GetMetricData": "*",
    "cloudwatch:ListMetrics": "*",
    "cloudwatch:PutMetricData": "*",
    "logs:DescribeLogGroups": "arn:aws:logs:us-east-1:123456789012:log-group::log-stream:",
    "SNS:ListTopics": "arn:aws:sns:us-east-1:123456789012:*",
    "ssm:DescribeParameters": "arn:aws:ssm:us-east-1:123456789012:*",
}


@functools.cache
def _reference() -> dict[str, Any]:
    text = importlib.resources.files(cfnlint.data.AdditionalSpecs).joinpath("Policies.json").read_text()
    return dict(json.loads(text))


@functools.cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _sample(service: str, name: str, shape: Shape, seen: tuple[str, ...] = ()) -> Any:
    """Return a value for a member and all that is in it; None for what contains itself."""
    if shape.name in seen:
        return None
    if isinstance(shape, StructureShape):
        inside = {
            member: _sample(service, member, inner, (*seen, shape.name)) for member, inner in shape.members.items()
        }
        return {member: value for member, value in inside.items() if value is not None}
    if isinstance(shape, ListShape):
        return [value for value in [_sample(service, name, shape.member, seen)] if value is not None]
    if isinstance(shape, MapShape):
        return {"k" * shape.key.metadata.get("min", 1): _sample(service, "v", shape.value, seen)}
    return _scalar(service, name, shape)


def _scalar(service: str, name: str, shape: Shape) -> Any:
    if name in FORMS:
        return FORMS[name]
    if shape.type_name == "string":
        return _text(service, name, shape)
    samples: dict[str, Any] = {"blob": b"x" * 64, "timestamp": "2026-01-01T00:00:00Z", "boolean": True}
    return samples.get(shape.type_name, shape.metadata.get("min", 1))


def _text(service: str, name: str, shape: Any) -> str:
    if "role" in name.lower() and service != "iam":
        return ROLE
    if name.lower().endswith(("arn", "arns")) or name == "Resource":
        return ARNS.get(service, ROLE)
    return str(shape.enum[0]) if shape.enum else "sample".ljust(shape.metadata.get("min", 1), "e")


def _takes_tags(service: str, operation: str) -> bool:
    shape = _model(service).operation_model(operation).input_shape
    members = {name.lower() for name in shape.members} if shape else set()
    return service not in ("s3", "sts") and bool(members & {"tags", "tagkeys"})


@pytest.mark.parametrize(("service", "operation"), ROWS)
def test_a_row_is_for_an_operation_of_the_service(service: str, operation: str) -> None:
    assert operation in _model(service).operation_names


@pytest.mark.parametrize(("service", "operation"), ROWS)
def test_actions_and_resources_are_the_references(
    needed: Callable[..., list[Need]], service: str, operation: str
) -> None:
    shape = _model(service).operation_model(operation).input_shape
    parameters = _sample(service, "", shape) if shape else {}
    wrong = [need for need in needed(service, operation, **parameters) if not _known(need)]
    assert not wrong


@pytest.mark.parametrize(
    ("service", "operation"), [(service, operation) for service, operation in ROWS if _takes_tags(service, operation)]
)
def test_an_operation_on_tags_tells_them(needed: Callable[..., list[Need]], service: str, operation: str) -> None:
    parameters = _sample(service, "", _model(service).operation_model(operation).input_shape)
    context = needed(service, operation, **parameters)[0].context
    assert context["aws:tagkeys"] in (("k",), ("sample",))
    if not operation.startswith(("Untag", "Remove", "Delete")):
        assert [key for key in context if key.startswith("aws:requesttag/")]


def _known(need: Need) -> bool:
    """Return whether the reference has the action, for a resource of this form."""
    if need.action in SEEN:
        return need.resource == SEEN[need.action]
    prefix, _, name = need.action.lower().partition(":")
    action = _reference()[prefix]["Actions"].get(name)
    kinds = (action or {}).get("Resources", [])
    if action is None or not kinds:
        return action is not None and need.resource == "*"
    return any(re.fullmatch(pattern, need.resource) for kind in kinds for pattern in _patterns(prefix, kind))


def _patterns(prefix: str, kind: str) -> Iterator[str]:
    variables = {"Partition": "aws", "Region": "us-east-1", "Account": "123456789012"}
    for form in _reference()[prefix]["Resources"][kind.lower()]["ARNFormats"]:
        yield re.sub(r"\$\{(\w+)\}", lambda variable: variables.get(variable[1], ".*"), form)


@pytest.mark.parametrize(("service", "operation"), ROWS)
def test_an_operation_with_a_row_is_served(client: Callable[[str], Any], service: str, operation: str) -> None:
    shape = _model(service).operation_model(operation).input_shape
    required = {name: _sample(service, name, shape.members[name]) for name in shape.required_members} if shape else {}
    try:
        getattr(client(service), xform_name(operation))(**required)
    except ClientError as error:  # what it says of a made-up request is of no interest here
        assert error.response["Error"]["Code"] != "NotImplemented"


def _served() -> Iterator[tuple[str, str]]:
    for service, responses in OURS.items():
        titles = {xform_name(operation): operation for operation in _model(service).operation_names}
        for each in responses.__mro__:
            if each.__module__.startswith("localaws."):
                methods = inspect.getmembers(each, inspect.isfunction)
                yield from ((service, titles[name]) for name, _ in methods if name in vars(each) and name in titles)


@pytest.mark.parametrize(("service", "operation"), sorted(set(_served())))
def test_an_operation_that_is_served_has_a_row(service: str, operation: str) -> None:
    assert operation in TABLES[service][1]

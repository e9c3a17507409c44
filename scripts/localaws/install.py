"""Every change that local AWS makes to moto, in one list."""

import functools
import re
import sys
from collections.abc import Callable

from moto import backend_index
from moto.awslambda import urls as lambda_urls
from moto.awslambda.models import LambdaFunction
from moto.cloudwatch import urls as cloudwatch_urls
from moto.codebuild import urls as codebuild_urls
from moto.codecommit import urls as codecommit_urls
from moto.codepipeline import urls as codepipeline_urls
from moto.core import responses as core_responses
from moto.core import utils as core_utils
from moto.core.common_models import BaseModel
from moto.core.config import default_user_config
from moto.core.errors import COMMON_ERROR_CODES
from moto.core.responses import TYPE_RESPONSE, BaseResponse
from moto.events import urls as events_urls
from moto.events.models import EventPattern, Rule
from moto.iam.models import IAMBackend
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator
from moto.iam.responses import IamResponse
from moto.kms import models as kms_models
from moto.kms import urls as kms_urls
from moto.logs import urls as logs_urls
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.s3 import models as s3_models
from moto.s3 import notifications
from moto.s3 import responses as s3_responses
from moto.s3.models import FakeBucket
from moto.sagemaker import urls as sagemaker_urls
from moto.sagemakerruntime import urls as runtime_urls
from moto.servicequotas import urls as quotas_urls
from moto.sns import urls as sns_urls
from moto.sns.models import Topic
from moto.sts import urls as sts_urls
from moto.sts.models import STSBackend

from localaws import cloudformation, codeconnections
from localaws.awslambda.asynchronous import invoke_for_service
from localaws.awslambda.configuration import describe
from localaws.awslambda.responses import FunctionsResponse
from localaws.cloudwatch.responses import AlarmsResponse
from localaws.codebuild.responses import ProjectsResponse
from localaws.codecommit.responses import RepositoriesResponse
from localaws.codepipeline.responses import PipelinesResponse
from localaws.events.engine import send_to_targets
from localaws.events.matching import matches
from localaws.events.responses import RulesResponse
from localaws.gate import serving
from localaws.iam.entities import list_entities_for_policy
from localaws.iam.policies import also_parsed, check_trust, with_boundary, with_trust_checked
from localaws.iam.users import with_keys_first, with_keys_renamed
from localaws.identity import remembering_sessions, session_of
from localaws.kms.keys import private_key_of
from localaws.kms.responses import KeysResponse
from localaws.logs.responses import EventsOfLogsResponse
from localaws.page_tokens import refusing_unknown_tokens
from localaws.refusals import error_answer
from localaws.s3.models import Object, Storage
from localaws.s3.naming import AnyCharacter
from localaws.s3.responses import StorageResponse
from localaws.s3.telling import tell
from localaws.sagemaker.responses import SageMakerResponse
from localaws.sagemakerruntime.responses import SageMakerRuntimeResponse
from localaws.servicequotas.responses import QuotasResponse
from localaws.sns.engine import publish_for_moto
from localaws.sns.responses import TopicsResponse
from localaws.ssm import urls as ssm_urls
from localaws.sts.responses import SessionsResponse


@functools.cache
def install() -> None:
    """Make the changes; once, however often it is called."""
    # A request is served as what it was authorised for.
    BaseResponse.setup_class = serving.reading_what_was_authorised(BaseResponse.setup_class)
    BaseResponse._get_action = serving.operation_of(BaseResponse._get_action)
    BaseResponse.get_region_from_url = serving.region_of(BaseResponse.get_region_from_url)
    BaseResponse.get_current_account = serving.account_of(BaseResponse.get_current_account)
    # An unknown operation: moto answers HTTP 500, which clients retry. Refuse it by name instead.
    BaseResponse.call_action = refusing_unknown_tokens(_refusing_unknown_operations(BaseResponse.call_action))
    # Errors that every service may give and no service's model has: moto would warn of them in the person's terminal.
    # https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
    COMMON_ERROR_CODES.extend(["AccessDeniedException", "ThrottlingException", "NotImplemented"])  # the last is ours
    # Every model of every service is kept for ever in moto, whether it lives or not.
    BaseModel.__new__ = staticmethod(lambda cls, *_, **__: object.__new__(cls))
    # moto looks for the service of an unsigned request in its body, and reads all of it. Here requests are signed.
    DomainDispatcherApplication._get_body = lambda _self, _environ: None
    # moto finds a request's service by listing its own folder, and its operation by listing the class: a third of a
    # request's time. Hosts are as many as services and regions, and classes do not change.
    DomainDispatcherApplication.get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)
    core_responses.method_names_from_class = functools.cache(core_responses.method_names_from_class)
    # For each service's model moto looks through the folders of all, which takes twice as long as reading it.
    core_utils.create_loader = functools.cache(core_utils.create_loader)
    # A key of S3 may have line breaks, which "." of moto's paths is not.
    werkzeug_app.RegexConverter = AnyCharacter
    # S3: bodies are on disk, streamed and checked. moto's urls are loaded anew at each use, and take what is here then.
    s3_models.FakeKey = Object
    s3_models.s3_backends.clear()  # what was made before this is moto's
    s3_models.s3_backends.backend = Storage
    s3_responses.S3Response = StorageResponse
    notifications.send_event = tell
    # KMS: keys have states, and those of AWS are made when they are first used.
    kms_models.generate_private_key = private_key_of
    kms_urls.url_paths["{0}/$"] = KeysResponse.dispatch
    # IAM: AWS managed policies exist, and a policy that could not be read is refused when it is put.
    default_user_config["iam"]["load_aws_managed_policies"] = True
    IAMPolicyDocumentValidator.validate = also_parsed(IAMPolicyDocumentValidator.validate)
    IAMTrustPolicyDocumentValidator.validate = check_trust
    IamResponse.create_user = with_boundary(IamResponse.create_user)
    IamResponse.list_entities_for_policy = list_entities_for_policy
    IAMBackend.delete_user = with_keys_first(IAMBackend.delete_user)
    IAMBackend.update_user = with_keys_renamed(IAMBackend.update_user)
    IAMBackend.create_role = with_trust_checked(IAMBackend.create_role)
    # A Deny whose Condition is not met still denies in moto, so the usual TLS-only policy would lock its bucket.
    FakeBucket.get_permission = lambda _self, _action, _resource: None
    # STS: sessions are found by their key, as every request asks for one; moto keeps all of them in a list.
    STSBackend.assume_role = remembering_sessions(STSBackend.assume_role)
    sts_urls.url_paths["{0}/$"] = SessionsResponse.dispatch
    STSBackend.get_assumed_role_from_access_key = lambda _self, access_key_id: session_of(access_key_id)
    # Lambda: functions run. Other services of moto (SNS, S3 notifications) invoke through the function itself.
    lambda_urls.url_paths.update(dict.fromkeys(lambda_urls.url_paths, FunctionsResponse.dispatch))
    LambdaFunction.invoke = invoke_for_service
    LambdaFunction.get_configuration = describe
    # CodePipeline: executions run.
    codepipeline_urls.url_paths["{0}/$"] = PipelinesResponse.dispatch
    # CodeBuild: builds run.
    codebuild_urls.url_paths["{0}/$"] = ProjectsResponse.dispatch
    # CodeCommit: repositories hold git.
    codecommit_urls.url_paths["{0}/$"] = RepositoriesResponse.dispatch
    # EventBridge: rules reach pipelines and functions.
    events_urls.url_paths["{0}/"] = RulesResponse.dispatch
    Rule.send_to_targets = send_to_targets
    EventPattern.matches_event = matches
    # CloudWatch: alarms are evaluated, and statistics are of exactly one metric.
    cloudwatch_urls.url_paths["{0}/$"] = AlarmsResponse.dispatch
    # CloudWatch Logs: searches by prefix, terms and time, and retention.
    logs_urls.url_paths["{0}/$"] = EventsOfLogsResponse.dispatch
    # Service Quotas: SageMaker's, which SageMaker keeps to.
    quotas_urls.url_paths["{0}/$"] = QuotasResponse.dispatch
    # SNS: messages are delivered. Other services of moto (S3 notifications) publish through the topic itself.
    sns_urls.url_paths["{0}/$"] = TopicsResponse.dispatch
    Topic.publish = publish_for_moto
    # SageMaker: jobs train and endpoints serve. moto's own are born Completed and answer what they were told.
    sagemaker_urls.url_paths["{0}/$"] = SageMakerResponse.dispatch
    runtime_urls.url_paths["{0}/endpoints/(?P<name>[^/]+)/invocations$"] = SageMakerRuntimeResponse.dispatch
    _replace_modules()


def _replace_modules() -> None:
    """Put modules of local AWS where moto would import its own."""
    # CloudFormation: all of it. moto's engine, which is never imported, reports success for what it did not do, runs
    # what YAML tags tell it to, and takes a second to import.
    sys.modules["moto.cloudformation"] = cloudformation
    # Parameter Store: parameters are no larger than their tier lets them be.
    sys.modules["moto.ssm.urls"] = ssm_urls
    # CodeConnections: moto has none. Both names of it are one service.
    sys.modules["moto.codeconnections"] = codeconnections
    names = re.compile(r"https?://(codeconnections|codestar-connections)\.")
    backend_index.backend_url_patterns.append(("codeconnections", names))


def _refusing_unknown_operations(call_action: Callable[[BaseResponse], TYPE_RESPONSE]) -> Callable[..., TYPE_RESPONSE]:
    @functools.wraps(call_action)
    def call(self: BaseResponse) -> TYPE_RESPONSE:
        try:
            return call_action(self)
        except NotImplementedError:
            message = f"Local AWS does not implement {self.service_name}:{self._get_action()}."
            return 400, *error_answer(self.service_name or "", "NotImplemented", message)

    return call

"""Each role may do what its owner does, on what is this pipeline's, for the one service that it trusts."""

import ast
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from .conftest import CHOICES, of_every_source, with_a_source

Template = dict[str, Any]
Statement = dict[str, Any]

# What the service authorization reference knows no resource for, so that "*" is the only one to name:
# https://docs.aws.amazon.com/service-authorization/latest/reference/
RESOURCELESS = {
    "codepipeline:PutJobFailureResult",  # list_awscodepipeline.html
    "codepipeline:PutJobSuccessResult",
    "sagemaker:ListEndpointConfigs",  # list_amazonsagemaker.html
    "sagemaker:ListModels",
    "sagemaker:ListTrainingJobs",
    "lambda:ListFunctions",  # list_awslambda.html
    "cloudwatch:PutMetricData",  # list_amazoncloudwatch.html
}
ANSWERS = {"codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"}
WRITES_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
READS_DATA = {"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"}
USES_KEY = {"kms:Decrypt", "kms:GenerateDataKey"}
_WITHOUT_SOURCES = {
    "SageMakerRole": {
        *{"s3:ListBucket", "s3:GetObject", "s3:PutObject"},
        *{"logs:CreateLogGroup", "logs:DescribeLogStreams", "cloudwatch:PutMetricData"},
        *WRITES_LOGS,
        *USES_KEY,
        "kms:Encrypt",
    },
    "TrainModelRole": {
        *{"sagemaker:AddTags", "sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob"},
        *{"sagemaker:ListTags", "sagemaker:ListTrainingJobs", "sagemaker:StopTrainingJob"},
        *{"iam:PassRole", "s3:PutObject", "s3:AbortMultipartUpload"},
        *ANSWERS,
        *WRITES_LOGS,
        *READS_DATA,
        *USES_KEY,
    },
    "GetStatusRole": {
        *{"sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob", "sagemaker:DescribeEndpoint"},
        *ANSWERS,
        *WRITES_LOGS,
    },
    "DeployModelRole": {
        *{"sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:DeleteModel", "sagemaker:ListModels"},
        *{"sagemaker:CreateEndpointConfig", "sagemaker:DescribeEndpointConfig", "sagemaker:DeleteEndpointConfig"},
        *{"sagemaker:ListEndpointConfigs", "sagemaker:AddTags", "iam:PassRole"},
        *{"sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"},
        *{"sagemaker:DescribeEndpoint", "sagemaker:DeleteEndpoint"},
        *ANSWERS,
        *WRITES_LOGS,
    },
    "EvaluateModelRole": {
        "sagemaker:InvokeEndpoint",
        *ANSWERS,
        *WRITES_LOGS,
        *READS_DATA,
        "s3:PutObject",
        *USES_KEY,
    },
    "PipelineRole": {
        *{"s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"},
        *{"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"},
        *{"lambda:InvokeFunction", "lambda:ListFunctions"},
        *USES_KEY,
    },
    "TrainingDataArrivedRole": {"codepipeline:StartPipelineExecution"},
}
_WITH_SOURCES = {
    "CodeBuildRole": {
        *{"lambda:UpdateFunctionCode", "lambda:PublishVersion", "lambda:GetFunctionConfiguration"},
        *{"s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"},
        *WRITES_LOGS,
        *USES_KEY,
    }
}
READS_REPOSITORIES = {
    *{"codecommit:GetBranch", "codecommit:GetCommit", "codecommit:GetRepository"},
    *{"codecommit:UploadArchive", "codecommit:GetUploadArchiveStatus", "codecommit:CancelUploadArchive"},
}
USES_CONNECTION = {"codeconnections:UseConnection", "codestar-connections:UseConnection"}
# Without it: "Upload to S3 failed with the following error: Access Denied", https://github.com/aws/aws-cdk/issues/13557
GIVES_ARTIFACTS = {"s3:PutObjectAcl"}
BUILDS = {"codebuild:StartBuild", "codebuild:BatchGetBuilds"}
ACTIONS = {
    "None": _WITHOUT_SOURCES,
    "CodeCommit": _WITHOUT_SOURCES
    | _WITH_SOURCES
    | {"PipelineRole": _WITHOUT_SOURCES["PipelineRole"] | BUILDS | READS_REPOSITORIES},
    "GitHub": _WITHOUT_SOURCES
    | _WITH_SOURCES
    | {"PipelineRole": _WITHOUT_SOURCES["PipelineRole"] | BUILDS | USES_CONNECTION | GIVES_ARTIFACTS},
}
# For a test to be asked of every role that there is with a source.
each_role = pytest.mark.parametrize(("source", "role"), [(one, role) for one in ACTIONS for role in ACTIONS[one]])
SAME_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
ARN = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
TRUST = {
    # No narrower: hosting comes without the ARN of an endpoint or a model.
    "SageMakerRole": (
        "sagemaker.amazonaws.com",
        {**SAME_ACCOUNT, "ArnLike": {"aws:SourceArn": {"Fn::Sub": ARN % ("sagemaker", "*")}}},
    ),
    "TrainModelRole": ("lambda.amazonaws.com", SAME_ACCOUNT),
    "GetStatusRole": ("lambda.amazonaws.com", SAME_ACCOUNT),
    "DeployModelRole": ("lambda.amazonaws.com", SAME_ACCOUNT),
    "EvaluateModelRole": ("lambda.amazonaws.com", SAME_ACCOUNT),
    # The project's name is ours: nobody else's build can have the role.
    "CodeBuildRole": (
        "codebuild.amazonaws.com",
        {"StringEquals": {"aws:SourceArn": {"Fn::Sub": ARN % ("codebuild", "project/mlops-builtinalgo-${SuffixID}")}}},
    ),
    "PipelineRole": ("codepipeline.amazonaws.com", SAME_ACCOUNT),
    "TrainingDataArrivedRole": (
        "events.amazonaws.com",
        {**SAME_ACCOUNT, "ArnLike": {"aws:SourceArn": {"Fn::Sub": ARN % ("events", "rule/*")}}},
    ),
}


def listed(value: Any) -> list[Any]:
    """IAM takes one thing where it takes a list of one."""
    return value if isinstance(value, list) else [value]


def statements(pipeline: Template, role: str) -> Iterator[Statement]:
    """A role's permissions, those included that depend on a condition."""
    for policy in pipeline["Resources"][role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def sagemaker_calls(modules: list[ast.Module]) -> set[str]:
    """What modules call of SageMaker, as IAM's actions: methods of boto3 by name, paginators by the text of theirs."""
    session = botocore.session.Session()
    actions = {
        xform_name(operation): f"sagemaker:{operation}"
        for service in ("sagemaker", "sagemaker-runtime")
        for operation in session.get_service_model(service).operation_names
        if operation != "Search"  # which regular expressions do too
    }
    nodes = [node for module in modules for node in ast.walk(module)]
    methods = {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    texts = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {actions[name] for name in (methods | texts) & set(actions)}


@pytest.fixture
def grants(pipeline: Template, role: str) -> list[Statement]:
    return list(statements(pipeline, role))


def grants_of(grants: list[Statement], action: str) -> list[Statement]:
    return [statement for statement in grants if action in listed(statement["Action"])]


@of_every_source
def test_no_role_is_forgotten(pipeline: Template, source: str) -> None:
    roles = {logical_id for logical_id, r in pipeline["Resources"].items() if r["Type"] == "AWS::IAM::Role"}

    assert roles == set(ACTIONS[source])


def test_every_choice_has_its_roles() -> None:
    assert set(ACTIONS) == set(CHOICES)
    assert {role for roles in ACTIONS.values() for role in roles} == set(TRUST)


def test_prep_has_no_role(prep: Template) -> None:
    assert [r for r in prep["Resources"].values() if r["Type"].startswith("AWS::IAM::")] == []


@each_role
def test_role_holds_its_own_policy_and_no_other(pipeline: Template, role: str) -> None:
    assert set(pipeline["Resources"][role]["Properties"]) == {"AssumeRolePolicyDocument", "Policies"}


@each_role
def test_role_trusts_one_service_on_behalf_of_this_account(pipeline: Template, role: str) -> None:
    service, condition = TRUST[role]

    assert pipeline["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", "Condition": condition}
    ]


@each_role
def test_role_may_do_this_and_no_more(grants: list[Statement], source: str, role: str) -> None:
    assert {action for statement in grants for action in listed(statement["Action"])} == ACTIONS[source][role]


@pytest.mark.parametrize(
    ("role", "handler"),
    [
        ("TrainModelRole", "train_model"),
        ("GetStatusRole", "get_status"),
        ("DeployModelRole", "deploy_model"),
        ("EvaluateModelRole", "evaluate_model"),
    ],
)
def test_role_may_ask_sagemaker_for_what_its_function_does(
    grants: list[Statement], handler: str, sources: dict[str, list[ast.Module]]
) -> None:
    allowed = {a for statement in grants for a in listed(statement["Action"]) if a.startswith("sagemaker:")}

    # No function calls AddTags: SageMaker asks for it when something is created with tags.
    assert allowed - {"sagemaker:AddTags"} == sagemaker_calls(sources[handler])


@each_role
def test_every_statement_allows_named_actions(grants: list[Statement]) -> None:
    assert {key for statement in grants for key in statement} <= {"Sid", "Effect", "Action", "Resource", "Condition"}
    assert {statement["Effect"] for statement in grants} == {"Allow"}


@each_role
def test_any_resource_is_named_only_where_the_service_knows_none(grants: list[Statement]) -> None:
    anything = {a for statement in grants if "*" in listed(statement["Resource"]) for a in listed(statement["Action"])}

    assert anything == {a for statement in grants for a in listed(statement["Action"])} & RESOURCELESS


@each_role
def test_every_other_resource_is_this_pipelines(grants: list[Statement]) -> None:
    """The stack has it, or its name holds the suffix. An account's training jobs all share one log group."""
    texts = [
        resource["Fn::Sub"]
        for statement in grants
        for resource in listed(statement["Resource"])
        if resource != "*" and "Fn::Sub" in resource
    ]
    shared = [text for text in texts if not any(own in text for own in ("${SuffixID}", "Bucket.Arn}", "${Pipeline}"))]

    assert shared in ([], [ARN % ("logs", "log-group:/aws/sagemaker/TrainingJobs*")])


@pytest.mark.parametrize("role", ["TrainModelRole", "DeployModelRole"])
def test_role_is_passed_to_sagemaker_alone(grants: list[Statement]) -> None:
    assert [(s["Resource"], s["Condition"]) for s in grants_of(grants, "iam:PassRole")] == [
        (
            {"Fn::GetAtt": ["SageMakerRole", "Arn"]},
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )
    ]


@pytest.mark.parametrize(
    ("source", "role"),
    [
        *[("None", role) for role in ("SageMakerRole", "TrainModelRole", "EvaluateModelRole", "PipelineRole")],
        *[(source, role) for source in ("CodeCommit", "GitHub") for role in ("CodeBuildRole", "PipelineRole")],
    ],
)
def test_key_is_used_through_s3(grants: list[Statement]) -> None:
    (grant,) = grants_of(grants, "kms:GenerateDataKey")

    assert grant["Resource"] == {"Ref": "SSEKMSKeyId"}
    assert grant["Condition"] == {"StringLike": {"kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.amazonaws.com*"}}}


@each_role
def test_statements_that_depend_depend_on_a_key(pipeline: Template, role: str) -> None:
    choices = [
        statement["Fn::If"]
        for policy in pipeline["Resources"][role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "Fn::If" in statement
    ]

    assert [(condition, otherwise) for condition, _, otherwise in choices] == [
        ("HasKmsKey", {"Ref": "AWS::NoValue"}) for _ in choices
    ]
    assert [statement["Sid"] for _, statement, _ in choices] == ["UseTheKeyThroughS3"] * len(choices)


@each_role
def test_no_key_no_permission(pipeline: Template, role: str) -> None:
    for policy in pipeline["Resources"][role]["Properties"]["Policies"]:
        always = [statement for statement in policy["PolicyDocument"]["Statement"] if "Fn::If" not in statement]

        assert [s for s in always if any(action.startswith("kms:") for action in listed(s["Action"]))] == []


@pytest.mark.parametrize("role", ["SageMakerRole"])
def test_metrics_are_sagemakers(grants: list[Statement]) -> None:
    (grant,) = grants_of(grants, "cloudwatch:PutMetricData")

    assert grant["Condition"] == {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}}


@pytest.mark.parametrize("role", ["TrainingDataArrivedRole"])
def test_event_starts_this_pipeline(grants: list[Statement]) -> None:
    assert [grant["Resource"] for grant in grants] == [{"Fn::Sub": ARN % ("codepipeline", "${Pipeline}")}]


@pytest.mark.parametrize("name", ["TrainModel", "GetStatus", "DeployModel", "EvaluateModel"])
def test_function_writes_to_its_own_log_group(pipeline: Template, name: str) -> None:
    (grant,) = grants_of(list(statements(pipeline, f"{name}Role")), "logs:PutLogEvents")

    assert grant["Resource"] == {"Fn::GetAtt": [f"{name}Logs", "Arn"]}


def sagemaker_arn(resource: str) -> dict[str, str]:
    return {"Fn::Sub": ARN % ("sagemaker", resource)}


JOB = sagemaker_arn("training-job/*-${SuffixID}-*")
MODEL = sagemaker_arn("model/*-${SuffixID}-*")
CONFIGURATION = sagemaker_arn("endpoint-config/${SuffixID}-*")
ENDPOINT = sagemaker_arn("endpoint/*-${SuffixID}-*")


@pytest.mark.parametrize(
    ("role", "action", "resources"),
    [
        ("TrainModelRole", "sagemaker:CreateTrainingJob", [JOB]),
        ("TrainModelRole", "sagemaker:AddTags", [JOB]),
        ("TrainModelRole", "sagemaker:DescribeTrainingJob", [JOB]),
        ("TrainModelRole", "sagemaker:StopTrainingJob", [JOB]),
        ("GetStatusRole", "sagemaker:DescribeTrainingJob", [JOB]),
        ("GetStatusRole", "sagemaker:StopTrainingJob", [JOB]),
        ("GetStatusRole", "sagemaker:DescribeEndpoint", [ENDPOINT]),
        ("DeployModelRole", "sagemaker:CreateModel", [MODEL]),
        ("DeployModelRole", "sagemaker:DeleteModel", [MODEL]),
        ("DeployModelRole", "sagemaker:CreateEndpointConfig", [CONFIGURATION]),
        ("DeployModelRole", "sagemaker:DeleteEndpointConfig", [CONFIGURATION]),
        ("DeployModelRole", "sagemaker:CreateEndpoint", [CONFIGURATION, ENDPOINT]),
        ("DeployModelRole", "sagemaker:UpdateEndpoint", [CONFIGURATION, ENDPOINT]),
        ("DeployModelRole", "sagemaker:DeleteEndpoint", [ENDPOINT]),
        ("DeployModelRole", "sagemaker:AddTags", [MODEL, CONFIGURATION, ENDPOINT]),
        ("EvaluateModelRole", "sagemaker:InvokeEndpoint", [ENDPOINT]),
    ],
)
def test_action_of_sagemaker_reaches(grants: list[Statement], action: str, resources: list[dict[str, str]]) -> None:
    assert [r for statement in grants_of(grants, action) for r in listed(statement["Resource"])] == resources


DATA = "arn:${AWS::Partition}:s3:::mlops-builtinalgo-data-${SuffixID}"
TRAINING_DATA = {"Fn::Sub": f"{DATA}/train/train.csv"}
VALIDATION_DATA = {"Fn::Sub": f"{DATA}/validation/validation.csv"}
RUNS = {"Fn::Sub": "${ModelBucket.Arn}/runs/*"}
ARTIFACTS = {"Fn::Sub": "${ArtifactBucket.Arn}/*"}
CONTINUATIONS = {"Fn::Sub": "${ArtifactBucket.Arn}/continuations/*"}


@pytest.mark.parametrize(
    ("role", "action", "resources"),
    [
        ("SageMakerRole", "s3:GetObject", [RUNS]),
        ("SageMakerRole", "s3:PutObject", [RUNS]),
        ("SageMakerRole", "s3:ListBucket", [{"Fn::GetAtt": ["ModelBucket", "Arn"]}]),
        ("TrainModelRole", "s3:GetObject", [TRAINING_DATA, VALIDATION_DATA]),
        ("TrainModelRole", "s3:GetObjectVersion", [TRAINING_DATA, VALIDATION_DATA]),
        ("TrainModelRole", "s3:PutObject", [RUNS]),
        ("TrainModelRole", "s3:ListBucket", [{"Fn::Sub": DATA}]),
        ("EvaluateModelRole", "s3:GetObject", [{"Fn::Sub": f"{DATA}/*"}, CONTINUATIONS]),
        ("EvaluateModelRole", "s3:PutObject", [CONTINUATIONS]),
        ("EvaluateModelRole", "s3:GetObjectVersion", [{"Fn::Sub": f"{DATA}/*"}]),
        ("EvaluateModelRole", "s3:ListBucket", [{"Fn::Sub": DATA}]),
        ("PipelineRole", "s3:GetObject", [ARTIFACTS, TRAINING_DATA]),
        ("PipelineRole", "s3:GetObjectVersion", [ARTIFACTS, TRAINING_DATA]),
        ("PipelineRole", "s3:PutObject", [ARTIFACTS]),
        ("PipelineRole", "s3:GetBucketVersioning", [{"Fn::GetAtt": ["ArtifactBucket", "Arn"]}, {"Fn::Sub": DATA}]),
    ],
)
def test_action_of_s3_reaches(grants: list[Statement], action: str, resources: list[dict[str, str]]) -> None:
    assert [r for statement in grants_of(grants, action) for r in listed(statement["Resource"])] == resources


def test_pipeline_invokes_its_four_functions(pipeline: Template) -> None:
    (grant,) = grants_of(list(statements(pipeline, "PipelineRole")), "lambda:InvokeFunction")

    function = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
    assert grant["Resource"] == [
        {"Fn::Sub": f"{function}{pipeline['Resources'][name]['Properties']['FunctionName']['Fn::Sub']}"}
        for name in ("TrainModelFunction", "GetStatusFunction", "DeployModelFunction", "EvaluateModelFunction")
    ]


@with_a_source
@pytest.mark.parametrize(
    ("role", "action", "resources"),
    [
        ("CodeBuildRole", "logs:PutLogEvents", [{"Fn::GetAtt": ["CodeBuildLogs", "Arn"]}]),
        ("CodeBuildRole", "s3:GetObject", [ARTIFACTS]),
        ("CodeBuildRole", "s3:PutObject", [ARTIFACTS]),
        ("PipelineRole", "s3:GetObject", [ARTIFACTS, TRAINING_DATA]),
        (
            "PipelineRole",
            "codebuild:StartBuild",
            [{"Fn::Sub": ARN % ("codebuild", "project/mlops-builtinalgo-${SuffixID}")}],
        ),
    ],
)
def test_action_of_a_build_reaches(grants: list[Statement], action: str, resources: list[dict[str, str]]) -> None:
    assert [r for statement in grants_of(grants, action) for r in listed(statement["Resource"])] == resources


@with_a_source
@pytest.mark.parametrize("role", ["CodeBuildRole"])
@pytest.mark.parametrize(
    "action", ["lambda:UpdateFunctionCode", "lambda:PublishVersion", "lambda:GetFunctionConfiguration"]
)
def test_build_changes_the_four_functions(grants: list[Statement], action: str) -> None:
    (grant,) = grants_of(grants, action)

    assert grant["Resource"] == [
        {"Fn::GetAtt": [f"{name}Function", "Arn"]}
        for name in ("TrainModel", "GetStatus", "DeployModel", "EvaluateModel")
    ]


@pytest.mark.parametrize("source", ["CodeCommit"])
@pytest.mark.parametrize("role", ["PipelineRole"])
@pytest.mark.parametrize("action", sorted(READS_REPOSITORIES))
def test_pipeline_reads_the_three_repositories(grants: list[Statement], action: str) -> None:
    (grant,) = grants_of(grants, action)

    assert grant["Resource"] == [
        {"Fn::Sub": ARN % ("codecommit", f"mlops-builtinalgo-{kind}-${{SuffixID}}")}
        for kind in ("training-config", "pipeline-lambda-code", "inference-lambda-code")
    ]


@pytest.mark.parametrize("source", ["GitHub"])
@pytest.mark.parametrize("role", ["PipelineRole"])
@pytest.mark.parametrize("action", sorted(USES_CONNECTION))
def test_pipeline_uses_the_connection_that_is_given(grants: list[Statement], action: str) -> None:
    (grant,) = grants_of(grants, action)

    assert grant["Resource"] == {"Ref": "GitHubConnectionArn"}


@pytest.mark.parametrize(("source", "role"), [("GitHub", "PipelineRole")])
def test_a_connections_source_gives_artifacts_to_the_owner_of_their_bucket(grants: list[Statement]) -> None:
    assert [grant["Resource"] for grant in grants_of(grants, "s3:PutObjectAcl")] == [
        {"Fn::Sub": "${ArtifactBucket.Arn}/*"}
    ]

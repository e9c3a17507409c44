"""Which action on which resource an operation needs: the Service Authorization Reference's, and what denials show.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from localaws.authorization.matching import Context
from localaws.gate.permissions.rows import Need

Client = Callable[[str], Any]
Resources = Callable[..., list[str]]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    }
)
HERE = "us-east-1:123456789012"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
GROUP = f"arn:aws:logs:{HERE}:log-group:/aws/lambda/f"
STACK = f"arn:aws:cloudformation:{HERE}:stack/s/51af3dc0-da77-11e4-872e-1234567db123"

CASES: list[tuple[str, str, dict[str, Any], list[str]]] = [
    # CodePipeline's ARNs have no "pipeline/".
    ("codepipeline", "GetPipelineState", {"name": "p"}, [f"GetPipelineState arn:aws:codepipeline:{HERE}:p"]),
    (
        "codepipeline",
        "StartPipelineExecution",
        {"name": "p"},
        [f"StartPipelineExecution arn:aws:codepipeline:{HERE}:p"],
    ),
    (
        "codepipeline",
        "RetryStageExecution",
        {"pipelineName": "p", "stageName": "s", "pipelineExecutionId": "i", "retryMode": "FAILED_ACTIONS"},
        [f"RetryStageExecution arn:aws:codepipeline:{HERE}:p/s"],
    ),
    (
        "codepipeline",
        "PutApprovalResult",
        {"pipelineName": "p", "stageName": "s", "actionName": "a"},
        [f"PutApprovalResult arn:aws:codepipeline:{HERE}:p/s/a"],
    ),
    ("codepipeline", "PutJobSuccessResult", {"jobId": "j"}, ["PutJobSuccessResult *"]),
    ("codepipeline", "GetJobDetails", {"jobId": "j"}, ["GetJobDetails *"]),
    (
        "codepipeline",
        "ListTagsForResource",
        {"resourceArn": f"arn:aws:codepipeline:{HERE}:p"},
        [f"ListTagsForResource arn:aws:codepipeline:{HERE}:p"],
    ),
    # Lambda: a name, a part of an ARN, an ARN; each with a version or an alias, or with a Qualifier beside it.
    ("lambda", "Invoke", {"FunctionName": "f"}, [f"InvokeFunction arn:aws:lambda:{HERE}:function:f"]),
    ("lambda", "Invoke", {"FunctionName": "f:live"}, [f"InvokeFunction arn:aws:lambda:{HERE}:function:f:live"]),
    (
        "lambda",
        "Invoke",
        {"FunctionName": "f", "Qualifier": "3"},
        [f"InvokeFunction arn:aws:lambda:{HERE}:function:f:3"],
    ),
    (
        "lambda",
        "Invoke",
        {"FunctionName": "123456789012:function:f"},
        [f"InvokeFunction arn:aws:lambda:{HERE}:function:f"],
    ),
    (
        "lambda",
        "GetFunction",
        {"FunctionName": f"arn:aws:lambda:{HERE}:function:f:live"},
        [f"GetFunction arn:aws:lambda:{HERE}:function:f:live"],
    ),
    (
        "lambda",
        "CreateAlias",
        {"FunctionName": "f", "Name": "live", "FunctionVersion": "1"},
        [f"CreateAlias arn:aws:lambda:{HERE}:function:f"],
    ),
    ("lambda", "ListFunctions", {}, ["ListFunctions *"]),
    # CloudWatch Logs: a policy names a group with ":*" at the end, but for tags.
    ("logs", "CreateLogGroup", {"logGroupName": "/aws/lambda/f"}, [f"CreateLogGroup {GROUP}:log-stream:"]),
    (
        "logs",
        "PutLogEvents",
        {"logGroupName": "/aws/lambda/f", "logStreamName": "2026/1", "logEvents": []},
        [f"PutLogEvents {GROUP}:log-stream:2026/1"],
    ),
    ("logs", "FilterLogEvents", {"logGroupIdentifier": f"{GROUP}:*"}, [f"FilterLogEvents {GROUP}:log-stream:"]),
    ("logs", "ListTagsForResource", {"resourceArn": GROUP}, [f"ListTagsForResource {GROUP}"]),
    ("logs", "ListTagsForResource", {"resourceArn": f"{GROUP}:*"}, [f"ListTagsForResource {GROUP}"]),
    # EventBridge: the default bus is not in the ARNs of its rules.
    ("events", "PutRule", {"Name": "r"}, [f"PutRule arn:aws:events:{HERE}:rule/r"]),
    (
        "events",
        "PutRule",
        {"Name": "r", "EventBusName": f"arn:aws:events:{HERE}:event-bus/b"},
        [f"PutRule arn:aws:events:{HERE}:rule/b/r"],
    ),
    ("events", "ListTargetsByRule", {"Rule": "r"}, [f"ListTargetsByRule arn:aws:events:{HERE}:rule/r"]),
    (
        "events",
        "PutEvents",
        {"Entries": [{"Source": "a", "DetailType": "t", "Detail": "{}"}, {"EventBusName": "b"}]},
        [f"PutEvents arn:aws:events:{HERE}:event-bus/default", f"PutEvents arn:aws:events:{HERE}:event-bus/b"],
    ),
    # SSM: the slash that begins a name is the one in the ARN.
    ("ssm", "GetParameter", {"Name": "/a/b"}, [f"GetParameter arn:aws:ssm:{HERE}:parameter/a/b"]),
    ("ssm", "GetParameter", {"Name": "b:3"}, [f"GetParameter arn:aws:ssm:{HERE}:parameter/b"]),
    (
        "ssm",
        "GetParameter",
        {"Name": f"arn:aws:ssm:{HERE}:parameter/a/b"},
        [f"GetParameter arn:aws:ssm:{HERE}:parameter/a/b"],
    ),
    (
        "ssm",
        "GetParameters",
        {"Names": ["a", "/aws/service/x"]},
        [
            f"GetParameters arn:aws:ssm:{HERE}:parameter/a",
            "GetParameters arn:aws:ssm:us-east-1::parameter/aws/service/x",
        ],
    ),
    ("ssm", "GetParametersByPath", {"Path": "/a/"}, [f"GetParametersByPath arn:aws:ssm:{HERE}:parameter/a/"]),
    ("ssm", "DescribeParameters", {}, [f"DescribeParameters arn:aws:ssm:{HERE}:*"]),
    # SNS.
    ("sns", "CreateTopic", {"Name": "t"}, [f"CreateTopic arn:aws:sns:{HERE}:t"]),
    ("sns", "Publish", {"TargetArn": f"arn:aws:sns:{HERE}:t", "Message": "m"}, [f"Publish arn:aws:sns:{HERE}:t"]),
    ("sns", "Publish", {"PhoneNumber": "+1555", "Message": "m"}, ["Publish *"]),
    (
        "sns",
        "PublishBatch",
        {"TopicArn": f"arn:aws:sns:{HERE}:t", "PublishBatchRequestEntries": []},
        [f"Publish arn:aws:sns:{HERE}:t"],
    ),
    (
        "sns",
        "Unsubscribe",
        {"SubscriptionArn": f"arn:aws:sns:{HERE}:t:6b0e71bd-7e97-4d97-80ce-4a0994e55286"},
        [f"Unsubscribe arn:aws:sns:{HERE}:t"],
    ),
    ("sns", "ListTopics", {}, [f"ListTopics arn:aws:sns:{HERE}:*"]),
    # CloudWatch.
    ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a"}, [f"PutMetricAlarm arn:aws:cloudwatch:{HERE}:alarm:a"]),
    (
        "cloudwatch",
        "DeleteAlarms",
        {"AlarmNames": ["a", "b"]},
        [f"DeleteAlarms arn:aws:cloudwatch:{HERE}:alarm:a", f"DeleteAlarms arn:aws:cloudwatch:{HERE}:alarm:b"],
    ),
    ("cloudwatch", "DescribeAlarms", {}, [f"DescribeAlarms arn:aws:cloudwatch:{HERE}:alarm:*"]),
    (
        "cloudwatch",
        "PutDashboard",
        {"DashboardName": "d", "DashboardBody": "{}"},
        ["PutDashboard arn:aws:cloudwatch::123456789012:dashboard/d"],
    ),
    ("cloudwatch", "PutMetricData", {"Namespace": "n"}, ["PutMetricData *"]),
    # CodeBuild: what is done to a build needs a right on its project.
    ("codebuild", "StartBuild", {"projectName": "p"}, [f"StartBuild arn:aws:codebuild:{HERE}:project/p"]),
    (
        "codebuild",
        "BatchGetBuilds",
        {"ids": ["p:1", f"arn:aws:codebuild:{HERE}:build/p:2", "q:1"]},
        [f"BatchGetBuilds arn:aws:codebuild:{HERE}:project/p", f"BatchGetBuilds arn:aws:codebuild:{HERE}:project/q"],
    ),
    (
        "codebuild",
        "BatchGetProjects",
        {"names": [f"arn:aws:codebuild:{HERE}:project/p"]},
        [f"BatchGetProjects arn:aws:codebuild:{HERE}:project/p"],
    ),
    ("codebuild", "ListProjects", {}, ["ListProjects *"]),
    # CodeCommit.
    ("codecommit", "CreateRepository", {"repositoryName": "r"}, [f"CreateRepository arn:aws:codecommit:{HERE}:r"]),
    ("codecommit", "ListRepositories", {}, ["ListRepositories *"]),
    # CloudFormation: by name while there is none, by id when there is (below).
    ("cloudformation", "CreateStack", {"StackName": "s"}, [f"CreateStack arn:aws:cloudformation:{HERE}:stack/s/*"]),
    ("cloudformation", "DescribeStacks", {"StackName": STACK}, [f"DescribeStacks {STACK}"]),
    (
        "cloudformation",
        "DescribeStacks",
        {},
        [
            f"DescribeStacks arn:aws:cloudformation:{HERE}:stack/*/*",
            f"ListStacks arn:aws:cloudformation:{HERE}:stack/*/*",
        ],
    ),
    ("cloudformation", "ListStacks", {}, [f"ListStacks arn:aws:cloudformation:{HERE}:stack/*/*"]),
    ("cloudformation", "ValidateTemplate", {"TemplateBody": "{}"}, ["ValidateTemplate *"]),
    (
        "cloudformation",
        "GetTemplateSummary",
        {"StackName": "s"},
        [f"GetTemplateSummary arn:aws:cloudformation:{HERE}:stack/s/*"],
    ),
    # SageMaker.
    (
        "sagemaker",
        "CreateTrainingJob",
        {"TrainingJobName": "t"},
        [f"CreateTrainingJob arn:aws:sagemaker:{HERE}:training-job/t"],
    ),
    (
        "sagemaker",
        "CreateTransformJob",
        {"TransformJobName": "t", "ModelName": "m", "Tags": [{"Key": "a", "Value": "b"}]},
        [
            f"CreateTransformJob arn:aws:sagemaker:{HERE}:transform-job/t",
            f"AddTags arn:aws:sagemaker:{HERE}:transform-job/t",
        ],
    ),
    (
        "sagemaker",
        "UpdateEndpoint",
        {"EndpointName": "e", "EndpointConfigName": "c"},
        [
            f"UpdateEndpoint arn:aws:sagemaker:{HERE}:endpoint/e",
            f"UpdateEndpoint arn:aws:sagemaker:{HERE}:endpoint-config/c",
        ],
    ),
    ("sagemaker", "ListEndpoints", {}, ["ListEndpoints *"]),
    (
        "sagemaker",
        "DescribeModelPackage",
        {"ModelPackageName": f"arn:aws:sagemaker:{HERE}:model-package/g/1"},
        [f"DescribeModelPackage arn:aws:sagemaker:{HERE}:model-package/g/1"],
    ),
    (
        "sagemaker-runtime",
        "InvokeEndpoint",
        {"EndpointName": "Wine-Dev", "Body": b"1,2"},
        [f"InvokeEndpoint arn:aws:sagemaker:{HERE}:endpoint/wine-dev"],
    ),
    # IAM: ARNs without a region, with the path of what is new.
    ("iam", "CreateRole", {"RoleName": "r"}, ["CreateRole arn:aws:iam::123456789012:role/r"]),
    ("iam", "CreateRole", {"RoleName": "r", "Path": "/a/b/"}, ["CreateRole arn:aws:iam::123456789012:role/a/b/r"]),
    ("iam", "CreatePolicy", {"PolicyName": "p"}, ["CreatePolicy arn:aws:iam::123456789012:policy/p"]),
    (
        "iam",
        "CreatePolicyVersion",
        {"PolicyArn": "arn:aws:iam::123456789012:policy/x/p"},
        ["CreatePolicyVersion arn:aws:iam::123456789012:policy/x/p"],
    ),
    ("iam", "GetUser", {"UserName": "nobody"}, ["GetUser arn:aws:iam::123456789012:user/nobody"]),
    (
        "iam",
        "AddUserToGroup",
        {"GroupName": "g", "UserName": "u"},
        ["AddUserToGroup arn:aws:iam::123456789012:group/g"],
    ),
    ("iam", "ListRoles", {}, ["ListRoles *"]),
    # Service Quotas: only requests are about one quota.
    ("service-quotas", "ListServiceQuotas", {"ServiceCode": "sagemaker"}, ["ListServiceQuotas *"]),
    (
        "service-quotas",
        "RequestServiceQuotaIncrease",
        {"ServiceCode": "sagemaker", "QuotaCode": "L-611FA074", "DesiredValue": 1.0},
        [f"RequestServiceQuotaIncrease arn:aws:servicequotas:{HERE}:sagemaker/L-611FA074"],
    ),
    # KMS: what is not there stands for itself.
    ("kms", "DescribeKey", {"KeyId": KEY_ID}, [f"DescribeKey arn:aws:kms:{HERE}:key/{KEY_ID}"]),
    ("kms", "DescribeKey", {"KeyId": "alias/none"}, [f"DescribeKey arn:aws:kms:{HERE}:alias/none"]),
    ("kms", "CreateKey", {}, ["CreateKey *"]),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "expected"), CASES)
def test_an_operation_needs(
    resources: Resources, service: str, operation: str, parameters: dict[str, Any], expected: list[str]
) -> None:
    prefix = {"sagemaker-runtime": "sagemaker", "service-quotas": "servicequotas", "sns": "SNS"}.get(service, service)
    assert resources(service, operation, **parameters) == [f"{prefix}:{line}" for line in expected]


def test_a_missing_parameter_needs_the_action_on_everything(resources: Resources) -> None:
    assert resources("sagemaker", "DescribeModel") == ["sagemaker:DescribeModel *"]
    assert resources("iam", "DeleteRole") == ["iam:DeleteRole *"]


@pytest.fixture
def key(client: Client) -> dict[str, str]:
    """A KMS key with an alias."""
    key = client("kms").create_key()["KeyMetadata"]
    alias = f"alias/{uuid4().hex}"
    client("kms").create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    return {"id": key["KeyId"], "arn": key["Arn"], "alias": alias, "alias_arn": f"arn:aws:kms:{HERE}:{alias}"}


@pytest.mark.parametrize("name", ["id", "arn", "alias", "alias_arn"])
def test_a_key_is_its_arn_however_it_is_named(key: dict[str, str], resources: Resources, name: str) -> None:
    assert resources("kms", "GenerateDataKey", KeyId=key[name]) == [f"kms:GenerateDataKey {key['arn']}"]


def test_a_ciphertext_knows_its_key(client: Client, key: dict[str, str], resources: Resources) -> None:
    sealed = client("kms").encrypt(KeyId=key["id"], Plaintext=b"secret")["CiphertextBlob"]
    assert resources("kms", "Decrypt", CiphertextBlob=sealed) == [f"kms:Decrypt {key['arn']}"]


def test_encrypting_anew_needs_both_keys(client: Client, key: dict[str, str], resources: Resources) -> None:
    other = client("kms").create_key()["KeyMetadata"]["Arn"]
    sealed = client("kms").encrypt(KeyId=key["id"], Plaintext=b"secret")["CiphertextBlob"]
    assert resources("kms", "ReEncrypt", CiphertextBlob=sealed, DestinationKeyId=other) == [
        f"kms:ReEncryptFrom {key['arn']}",
        f"kms:ReEncryptTo {other}",
    ]


def test_an_alias_needs_a_right_on_itself_and_on_its_keys(
    client: Client, key: dict[str, str], resources: Resources
) -> None:
    # https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html
    other = client("kms").create_key()["KeyMetadata"]["Arn"]
    assert resources("kms", "CreateAlias", AliasName="alias/new", TargetKeyId=key["id"]) == [
        f"kms:CreateAlias arn:aws:kms:{HERE}:alias/new",
        f"kms:CreateAlias {key['arn']}",
    ]
    assert resources("kms", "UpdateAlias", AliasName=key["alias"], TargetKeyId=other) == [
        f"kms:UpdateAlias {key['alias_arn']}",
        f"kms:UpdateAlias {key['arn']}",
        f"kms:UpdateAlias {other}",
    ]
    assert resources("kms", "DeleteAlias", AliasName=key["alias"]) == [
        f"kms:DeleteAlias {key['alias_arn']}",
        f"kms:DeleteAlias {key['arn']}",
    ]


def test_an_entity_of_iam_has_its_path(client: Client, resources: Resources) -> None:
    name = uuid4().hex[:20]
    iam = client("iam")
    iam.create_user(UserName=name, Path="/people/")
    iam.create_group(GroupName=name, Path="/teams/")
    iam.create_role(RoleName=name, Path="/roles/", AssumeRolePolicyDocument=TRUST)
    assert resources("iam", "DeleteUser", UserName=name) == [
        f"iam:DeleteUser arn:aws:iam::123456789012:user/people/{name}"
    ]
    assert resources("iam", "GetGroup", GroupName=name) == [
        f"iam:GetGroup arn:aws:iam::123456789012:group/teams/{name}"
    ]
    assert resources("iam", "GetRole", RoleName=name) == [f"iam:GetRole arn:aws:iam::123456789012:role/roles/{name}"]


def test_who_names_no_user_means_the_own_one(client: Client, resources: Resources) -> None:
    name = uuid4().hex[:20]
    client("iam").create_user(UserName=name)
    key = client("iam").create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    assert resources("iam", "ListAccessKeys", key) == [f"iam:ListAccessKeys arn:aws:iam::123456789012:user/{name}"]


def test_a_stack_that_exists_is_its_id(client: Client, resources: Resources) -> None:
    name = f"s-{uuid4().hex[:8]}"
    body = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'
    made = client("cloudformation").create_change_set(
        StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body
    )
    stack, change_set = made["StackId"], made["Id"]
    assert resources("cloudformation", "DeleteStack", StackName=name) == [f"cloudformation:DeleteStack {stack}"]
    assert resources("cloudformation", "ExecuteChangeSet", ChangeSetName=change_set) == [
        f"cloudformation:ExecuteChangeSet {stack}"
    ]


def test_a_resource_that_is_named_stands_for_its_stack(client: Client, resources: Resources) -> None:
    name = f"s-{uuid4().hex[:8]}"
    body = f'{{"Resources": {{"T": {{"Type": "AWS::SNS::Topic", "Properties": {{"TopicName": "{name}"}}}}}}}}'
    stack = client("cloudformation").create_stack(StackName=name, TemplateBody=body)["StackId"]
    client("cloudformation").get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 1000}
    )
    topic = f"arn:aws:sns:{HERE}:{name}"
    assert resources("cloudformation", "DescribeStackResources", PhysicalResourceId=topic) == [
        f"cloudformation:DescribeStackResources {stack}"
    ]


@pytest.fixture
def secret(client: Client, key: dict[str, str]) -> str:
    """The name of a SecureString under a key of one's own, beside one under the key of AWS."""
    path = f"/{uuid4().hex[:8]}"
    client("ssm").put_parameter(Name=f"{path}/own", Value="v", Type="SecureString", KeyId=key["alias"])
    client("ssm").put_parameter(Name=f"{path}/default", Value="v", Type="SecureString")
    return f"{path}/own"


def test_a_secret_is_written_with_a_right_on_its_key(key: dict[str, str], needed: Callable[..., list[Need]]) -> None:
    needs = needed("ssm", "PutParameter", Name="/a/b", Value="v", Type="SecureString", KeyId=key["id"])
    context: Context = {
        "kms:viaservice": "ssm.us-east-1.amazonaws.com",
        "kms:calleraccount": "123456789012",
        "kms:encryptioncontext:parameter_arn": f"arn:aws:ssm:{HERE}:parameter/a/b",
        "kms:encryptioncontextkeys": ("PARAMETER_ARN",),
    }
    assert needs[1:] == [Need("kms:Encrypt", key["arn"], context)]


def test_a_secret_is_read_in_clear_with_a_right_on_its_key(
    key: dict[str, str], secret: str, resources: Resources
) -> None:
    parameter = f"arn:aws:ssm:{HERE}:parameter{secret}"
    path = secret.removesuffix("/own")
    decrypt = f"kms:Decrypt {key['arn']}"
    assert resources("ssm", "GetParameter", Name=secret) == [f"ssm:GetParameter {parameter}"]
    assert resources("ssm", "GetParameter", Name=secret, WithDecryption=True)[1:] == [decrypt]
    assert resources("ssm", "GetParameter", Name=parameter, WithDecryption=True)[1:] == [decrypt]
    assert resources("ssm", "GetParameters", Names=[f"{secret}:1", "none"], WithDecryption=True)[2:] == [decrypt]
    assert resources("ssm", "GetParametersByPath", Path=path, WithDecryption=True)[1:] == [decrypt]


def test_a_secret_under_the_key_of_aws_needs_no_more(secret: str, resources: Resources) -> None:
    name = secret.replace("/own", "/default")
    assert resources("ssm", "GetParameter", Name=name, WithDecryption=True) == [
        f"ssm:GetParameter arn:aws:ssm:{HERE}:parameter{name}"
    ]

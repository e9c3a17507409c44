"""Whoever hands a role to a service needs iam:PassRole on it, for that service.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from collections.abc import Callable
from typing import Any

import pytest

from localaws.gate.permissions.rows import Need

R = "arn:aws:iam::123456789012:role/r"
S = "arn:aws:iam::123456789012:role/path/s"
PIPELINE = {
    "name": "p",
    "roleArn": R,
    "stages": [{"name": "a", "actions": [{"name": "x"}, {"name": "y", "roleArn": S}]}],
}

CASES: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("cloudformation", "CreateStack", {"StackName": "s", "RoleARN": R}, [R]),
    ("cloudformation", "UpdateStack", {"StackName": "s", "RoleARN": R}, [R]),
    ("cloudformation", "DeleteStack", {"StackName": "s", "RoleARN": R}, [R]),
    ("cloudformation", "CreateChangeSet", {"StackName": "s", "ChangeSetName": "c", "RoleARN": R}, [R]),
    ("cloudformation", "ContinueUpdateRollback", {"StackName": "s", "RoleARN": R}, [R]),
    ("cloudformation", "RollbackStack", {"StackName": "s", "RoleARN": R}, [R]),
    ("cloudformation", "CreateStack", {"StackName": "s"}, []),
    ("codebuild", "CreateProject", {"name": "p", "serviceRole": R}, [R]),
    ("codebuild", "UpdateProject", {"name": "p", "serviceRole": R}, [R]),
    ("codebuild", "UpdateProject", {"name": "p", "serviceRole": R, "tags": [{"value": "without a key"}]}, [R]),
    ("codebuild", "StartBuild", {"projectName": "p", "serviceRoleOverride": R}, [R]),
    ("codebuild", "StartBuild", {"projectName": "p"}, []),
    ("codepipeline", "CreatePipeline", {"pipeline": PIPELINE}, [R, S]),
    ("codepipeline", "UpdatePipeline", {"pipeline": PIPELINE}, [R, S]),
    ("events", "PutRule", {"Name": "r", "RoleArn": R}, [R]),
    (
        "events",
        "PutTargets",
        {"Rule": "r", "Targets": [{"Id": "1", "RoleArn": R}, {"Id": "2"}, {"Id": "3", "RoleArn": S}]},
        [R, S],
    ),
    ("lambda", "CreateFunction", {"FunctionName": "f", "Role": R, "Code": {"S3Bucket": "b", "S3Key": "k"}}, [R]),
    ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Role": R}, [R]),
    ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Timeout": 3}, []),
    ("sagemaker", "CreateTrainingJob", {"TrainingJobName": "t", "RoleArn": R}, [R]),
    ("sagemaker", "CreateModel", {"ModelName": "m", "ExecutionRoleArn": R}, [R]),
    ("sagemaker", "CreateEndpointConfig", {"EndpointConfigName": "c", "ExecutionRoleArn": R}, [R]),
    ("sagemaker", "CreateNotebookInstance", {"NotebookInstanceName": "n", "RoleArn": R}, [R]),
    ("sagemaker", "UpdateNotebookInstance", {"NotebookInstanceName": "n", "RoleArn": R}, [R]),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "roles"), CASES)
def test_a_role_is_passed_to_the_service(
    needed: Callable[..., list[Need]], service: str, operation: str, parameters: dict[str, Any], roles: list[str]
) -> None:
    passed = [need for need in needed(service, operation, **parameters) if need.action == "iam:PassRole"]
    to_the_service = {"iam:passedtoservice": f"{service}.amazonaws.com"}
    assert passed == [Need("iam:PassRole", role, to_the_service) for role in roles]


def test_a_role_in_an_instance_profile_is_passed_to_ec2(needed: Callable[..., list[Need]]) -> None:
    needs = needed("iam", "AddRoleToInstanceProfile", InstanceProfileName="p", RoleName="r")
    assert needs == [
        Need("iam:AddRoleToInstanceProfile", "arn:aws:iam::123456789012:instance-profile/p"),
        Need("iam:PassRole", R, {"iam:passedtoservice": "ec2.amazonaws.com"}),
    ]

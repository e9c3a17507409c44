"""The model registry: groups, versions, approval, and models made of approved versions."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ARN = "arn:aws:sagemaker:us-east-1:123456789012"


@pytest.fixture
def group(client: Client, name: Callable[[], str]) -> str:
    """A group without versions."""
    made = name()
    client("sagemaker").create_model_package_group(ModelPackageGroupName=made, Tags=[{"Key": "team", "Value": "wine"}])
    return made


@pytest.fixture
def register(client: Client, group: str, completed_job: Any) -> Callable[..., str]:
    """A function that registers the next version of the group's model and returns its ARN."""
    container = {"Image": IMAGE, "ModelDataUrl": completed_job["ModelArtifacts"]["S3ModelArtifacts"]}

    def create(**settings: Any) -> str:
        whole = {"ModelPackageGroupName": group, "InferenceSpecification": {"Containers": [container]}} | settings
        return str(client("sagemaker").create_model_package(**whole)["ModelPackageArn"])

    return create


def test_versions_are_numbered_and_wait_for_approval(client: Client, group: str, register: Callable[..., str]) -> None:
    assert [register(), register()] == [f"{ARN}:model-package/{group}/1", f"{ARN}:model-package/{group}/2"]
    found = client("sagemaker").describe_model_package(ModelPackageName=f"{ARN}:model-package/{group}/2")
    assert (found["ModelPackageGroupName"], found["ModelPackageVersion"], found["ModelPackageStatus"]) == (
        group,
        2,
        "Completed",
    )
    assert found["ModelApprovalStatus"] == "PendingManualApproval"


def test_a_deleted_version_keeps_its_number(client: Client, group: str, register: Callable[..., str]) -> None:
    client("sagemaker").delete_model_package(ModelPackageName=register())
    assert register() == f"{ARN}:model-package/{group}/2"


def test_an_approved_version_serves(
    client: Client,
    register: Callable[..., str],
    role: str,
    name: Callable[[], str],
    *,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
) -> None:
    package, model = register(), name()
    client("sagemaker").update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    container = {"ModelPackageName": package}
    client("sagemaker").create_model(ModelName=model, ExecutionRoleArn=role, Containers=[container])
    assert client("sagemaker").describe_model(ModelName=model)["Containers"] == [container]
    serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    endpoint = create_endpoint(create_config({"VariantName": "A", "ModelName": model, "ServerlessConfig": serverless}))
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body="0,5", ContentType="text/csv")
    assert answer["Body"].read() == b"1.0\n"


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_only_an_approved_version_becomes_a_model(
    client: Client, register: Callable[..., str], role: str, name: Callable[[], str], status: str
) -> None:
    container = {"ModelPackageName": register(ModelApprovalStatus=status)}
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_model(ModelName=name(), ExecutionRoleArn=role, PrimaryContainer=container)
    code, message = _words(error)
    assert (code, message.startswith(f"Model Package {container['ModelPackageName']} is not approved")) == (
        "ValidationException",
        True,
    )


def test_an_update_changes_what_is_known_of_a_version(client: Client, register: Callable[..., str]) -> None:
    package = register(CustomerMetadataProperties={"rmse": "0.6", "owner": "me"})
    client("sagemaker").update_model_package(
        ModelPackageArn=package,
        ModelApprovalStatus="Rejected",
        ApprovalDescription="too old",
        CustomerMetadataProperties={"rmse": "0.7"},
        CustomerMetadataPropertiesToRemove=["owner"],
    )
    found = client("sagemaker").describe_model_package(ModelPackageName=package)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == ("Rejected", "too old")
    assert found["CustomerMetadataProperties"] == {"rmse": "0.7"}


def test_a_request_delivered_twice_registers_once(register: Callable[..., str], name: Callable[[], str]) -> None:
    token = name()
    assert register(ClientToken=token) == register(ClientToken=token)


def test_versions_are_listed_by_group_and_approval(client: Client, group: str, register: Callable[..., str]) -> None:
    register()
    approved = register(ModelApprovalStatus="Approved")
    asked = {"ModelPackageGroupName": group, "ModelApprovalStatus": "Approved"}
    listed = client("sagemaker").list_model_packages(**asked)["ModelPackageSummaryList"]
    assert [package["ModelPackageArn"] for package in listed] == [approved]


def test_packages_without_a_group_are_listed_by_default(
    client: Client, register: Callable[..., str], completed_job: Any, name: Callable[[], str]
) -> None:
    own = name()
    register()
    container = {"Image": IMAGE, "ModelDataUrl": completed_job["ModelArtifacts"]["S3ModelArtifacts"]}
    client("sagemaker").create_model_package(ModelPackageName=own, InferenceSpecification={"Containers": [container]})
    pages = client("sagemaker").get_paginator("list_model_packages").paginate()
    listed = [package for page in pages for package in page["ModelPackageSummaryList"]]
    assert {"ModelPackageGroupName" in package for package in listed} == {False}
    assert own in [package["ModelPackageName"] for package in listed]


def test_groups_are_listed_and_keep_their_tags(client: Client, group: str) -> None:
    (listed,) = client("sagemaker").list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]
    arn = f"{ARN}:model-package-group/{group}"
    assert (listed["ModelPackageGroupArn"], listed["ModelPackageGroupStatus"]) == (arn, "Completed")
    assert client("sagemaker").list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "wine"}]


def test_a_group_with_versions_is_not_deleted(client: Client, group: str, register: Callable[..., str]) -> None:
    package = register()
    with pytest.raises(ClientError) as error:
        client("sagemaker").delete_model_package_group(ModelPackageGroupName=group)
    message = f"Model Package Group {ARN}:model-package-group/{group} has model versions. Delete them first."
    assert _words(error) == ("ConflictException", message)
    client("sagemaker").delete_model_package(ModelPackageName=package)
    client("sagemaker").delete_model_package_group(ModelPackageGroupName=group)
    with pytest.raises(ClientError) as error:
        client("sagemaker").describe_model_package_group(ModelPackageGroupName=group)
    missing = f"ModelPackageGroup {ARN}:model-package-group/{group} does not exist."
    assert _words(error) == ("ValidationException", missing)


def test_a_group_is_made_once(client: Client, group: str) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_model_package_group(ModelPackageGroupName=group)
    code, message = _words(error)
    assert (code, message[: len("Model Package Group already exists")]) == (
        "ValidationException",
        "Model Package Group already exists",
    )


def test_a_missing_version_is_named(client: Client, group: str) -> None:
    arn = f"{ARN}:model-package/{group}/7"
    with pytest.raises(ClientError) as error:
        client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    assert _words(error) == ("ValidationException", f"ModelPackage {arn} does not exist.")


# id, the settings of the request, how the message begins
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "a name and a group",
        {"ModelPackageName": "mine"},
        "Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.",
    ),
    (
        "tags on a version",
        {"Tags": [{"Key": "a", "Value": "b"}]},
        "Model package versions have no tags of their own.",
    ),
    (
        "two containers",
        {"InferenceSpecification": {"Containers": [{"Image": "a"}, {"Image": "b"}]}},
        "Local AWS needs an InferenceSpecification with one container in CreateModelPackage.",
    ),
    (
        "a validation",
        {"ValidationSpecification": {"ValidationRole": "arn:aws:iam::123456789012:role/x", "ValidationProfiles": []}},
        "Local AWS does not implement ValidationSpecification of CreateModelPackage.",
    ),
]


@pytest.mark.parametrize(("settings", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_package_is_refused(register: Callable[..., str], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as error:
        register(**settings)
    code, text = _words(error)
    assert (code, text[: len(message)]) == ("ValidationException", message)


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]

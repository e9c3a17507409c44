"""Models: what is checked when one is created, and what is remembered."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


def test_a_model_is_described(client: Client, create_model: Callable[..., str], role: str, completed_job: Any) -> None:
    name = create_model(Environment={"A": "b"})
    model = client("sagemaker").describe_model(ModelName=name)
    data = completed_job["ModelArtifacts"]["S3ModelArtifacts"]
    assert model["PrimaryContainer"] == {"Image": IMAGE, "ModelDataUrl": data, "Environment": {"A": "b"}}
    assert model["ExecutionRoleArn"] == role
    assert model["ModelArn"] == f"arn:aws:sagemaker:us-east-1:123456789012:model/{name}"


def test_models_are_listed_by_name(client: Client, create_model: Callable[..., str]) -> None:
    name = create_model()
    found = client("sagemaker").list_models(NameContains=name)["Models"]
    assert [model["ModelName"] for model in found] == [name]


def test_a_deleted_model_is_not_found(client: Client, create_model: Callable[..., str]) -> None:
    name = create_model()
    client("sagemaker").delete_model(ModelName=name)
    with pytest.raises(ClientError) as error:
        client("sagemaker").delete_model(ModelName=name)
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:model/{name}"
    assert _words(error) == ("ValidationException", f'Could not find model "{arn}".')


def test_a_name_is_used_once(client: Client, create_model: Callable[..., str], role: str, completed_job: Any) -> None:
    name = create_model()
    container = {"Image": IMAGE, "ModelDataUrl": completed_job["ModelArtifacts"]["S3ModelArtifacts"]}
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:model/{name}"
    assert _words(error) == ("ValidationException", f'Cannot create already existing model "{arn}".')


@pytest.mark.parametrize("broken", ["data", "role"])
def test_access_to_the_data_is_checked(
    client: Client, name: Callable[[], str], role: str, completed_job: Any, broken: str
) -> None:
    url = (
        "s3://nobody-has-this/model.tar.gz" if broken == "data" else completed_job["ModelArtifacts"]["S3ModelArtifacts"]
    )
    arn = "arn:aws:iam::123456789012:role/nobody" if broken == "role" else role
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_model(
            ModelName=name(), ExecutionRoleArn=arn, PrimaryContainer={"Image": IMAGE, "ModelDataUrl": url}
        )
    assert _words(error) == (
        "ValidationException",
        f'Could not access model data at {url}. Please ensure that the role "{arn}" exists and that its trust '
        'relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". '
        'Also ensure that the role has "s3:GetObject" permissions and that the object is located in us-east-1.',
    )


@pytest.mark.parametrize(("source", "created"), [("*", True), ("model/*", False), ("endpoint/*", False)])
def test_hosting_comes_without_the_arn_of_a_model(
    client: Client, name: Callable[[], str], completed_job: Any, source: str, created: bool
) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:sagemaker:us-east-1:123456789012:{source}"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    narrow = client("iam").create_role(RoleName=name(), AssumeRolePolicyDocument=document)["Role"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    client("iam").put_role_policy(RoleName=narrow["RoleName"], PolicyName="all", PolicyDocument=json.dumps(everything))
    container = {"Image": IMAGE, "ModelDataUrl": completed_job["ModelArtifacts"]["S3ModelArtifacts"]}
    request = {"ModelName": name(), "ExecutionRoleArn": narrow["Arn"], "PrimaryContainer": container}
    with contextlib.nullcontext() if created else pytest.raises(ClientError, match="Could not access model data"):
        client("sagemaker").create_model(**request)


# id, the container's wrong members, how the message begins
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("an image of somebody", {"Image": "mine:latest"}, "Requested image mine:latest not found."),
    (
        "many models",
        {"Mode": "MultiModel"},
        "Local AWS does not implement PrimaryContainer.Mode MultiModel of CreateModel.",
    ),
    (
        "a model package beside an image",
        {"ModelPackageName": "mine"},
        "A container has either ModelPackageName or Image.",
    ),
    (
        "script mode",
        {"Environment": {"SAGEMAKER_PROGRAM": "inference.py"}},
        "Local AWS does not implement the environment variable SAGEMAKER_PROGRAM of the XGBoost image.",
    ),
    (
        "data from the web",
        {"ModelDataUrl": "https://example.com/model.tar.gz"},
        "Local AWS reads and writes s3:// URIs alone: ModelDataUrl is https://example.com/model.tar.gz.",
    ),
    (
        "a large environment",
        {"Environment": {f"A{number}": "b" * 1000 for number in range(33)}},
        "The environment of a container must not exceed 32768 bytes.",
    ),
    (
        "a long value",
        {"Environment": {"A": "b" * 1025}},
        "1 validation error detected: Value ",
    ),
]


@pytest.mark.parametrize(("container", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_container_is_refused(create_model: Callable[..., str], container: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as error:
        create_model(**container)
    code, text = _words(error)
    assert (code, text[: len(message)]) == ("ValidationException", message)


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]

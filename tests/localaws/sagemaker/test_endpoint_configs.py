"""Endpoint configurations: the rules of variants, serverless and on instances."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
ON_INSTANCES = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def serverless(**changes: int) -> dict[str, Any]:
    return {"VariantName": "A", "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1} | changes}


# id, the variants
ACCEPTED: list[tuple[str, list[dict[str, Any]]]] = [
    ("serverless", [serverless()]),
    ("the largest serverless", [serverless(MemorySizeInMB=6144, MaxConcurrency=200, ProvisionedConcurrency=200)]),
    ("an instance", [ON_INSTANCES]),
    ("an instance type of today", [ON_INSTANCES | {"InstanceType": "ml.c7g.large"}]),
    ("two variants", [ON_INSTANCES, ON_INSTANCES | {"VariantName": "B", "InitialVariantWeight": 0.5}]),
]


@pytest.mark.parametrize("variants", [row[1] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_variants_are_remembered(
    client: Client, create_config: Callable[..., str], create_model: Callable[..., str], variants: list[dict[str, Any]]
) -> None:
    model = create_model()
    wanted = [{"InitialVariantWeight": 1.0, "ModelName": model} | variant for variant in variants]
    config = create_config(*({"ModelName": model} | variant for variant in variants))
    assert client("sagemaker").describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"] == wanted


# id, the variants, how the message begins
REFUSED: list[tuple[str, list[dict[str, Any]], str]] = [
    (
        "an odd memory",
        [serverless(MemorySizeInMB=1500)],
        "MemorySizeInMB must be one of 1024, 2048, 3072, 4096, 5120 or 6144.",
    ),
    (
        "too much memory",
        [serverless(MemorySizeInMB=7168)],
        "1 validation error detected: Value '7168' at 'productionVariants.1.member.serverlessConfig.memorySizeInMB' "
        "failed to satisfy constraint: Member must have value less than or equal to 6144",
    ),
    (
        "too much concurrency",
        [serverless(MaxConcurrency=201)],
        "1 validation error detected: Value '201' at 'productionVariants.1.member.serverlessConfig.maxConcurrency' "
        "failed to satisfy constraint: Member must have value less than or equal to 200",
    ),
    (
        "more provisioned than all",
        [serverless(ProvisionedConcurrency=2)],
        "ProvisionedConcurrency must be less than or equal to MaxConcurrency.",
    ),
    (
        "two serverless variants",
        [serverless(), serverless() | {"VariantName": "B"}],
        "Serverless endpoints do not support multiple production variants.",
    ),
    (
        "serverless on an instance",
        [serverless() | {"InstanceType": "ml.m5.large"}],
        "A production variant with a ServerlessConfig must not have InstanceType.",
    ),
    (
        "neither kind",
        [{"VariantName": "A"}],
        "Production variant A needs InstanceType and InitialInstanceCount, or a ServerlessConfig.",
    ),
    (
        "the same name twice",
        [ON_INSTANCES, ON_INSTANCES],
        "Production variant names must be unique in an endpoint configuration.",
    ),
    (
        "a core dump",
        [ON_INSTANCES | {"CoreDumpConfig": {"DestinationS3Uri": "s3://b/c"}}],
        "Local AWS does not implement ProductionVariants.CoreDumpConfig of CreateEndpointConfig.",
    ),
    (
        "a model that does not exist",
        [serverless() | {"ModelName": "nobody"}],
        'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/nobody".',
    ),
]


@pytest.mark.parametrize(("variants", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_variants_are_refused(create_config: Callable[..., str], variants: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ClientError) as error:
        create_config(*variants)
    code, text = _words(error)
    assert (code, text[: len(message)]) == ("ValidationException", message)


CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 1,
    "DestinationS3Uri": "s3://b/c",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


@pytest.mark.parametrize(
    ("variant", "change", "message"),
    [
        (serverless(), {}, "Serverless endpoints do not support DataCaptureConfig."),
        (
            ON_INSTANCES,
            {"DestinationS3Uri": "https://example.com/c"},
            "Local AWS reads and writes s3:// URIs alone: DestinationS3Uri is https://example.com/c.",
        ),
        (
            ON_INSTANCES,
            {"InitialSamplingPercentage": 101},
            "1 validation error detected: Value '101' at 'dataCaptureConfig.initialSamplingPercentage' failed to "
            "satisfy constraint: Member must have value less than or equal to 100",
        ),
    ],
)
def test_data_capture_is_refused(
    client: Client, create_model: Callable[..., str], variant: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_endpoint_config(
            EndpointConfigName="captured",
            ProductionVariants=[variant | {"ModelName": create_model()}],
            DataCaptureConfig=CAPTURE | change,
        )
    assert _words(error) == ("ValidationException", message)


def test_a_name_is_used_once(
    client: Client, create_config: Callable[..., str], create_model: Callable[..., str]
) -> None:
    config = create_config()
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_endpoint_config(
            EndpointConfigName=config, ProductionVariants=[ON_INSTANCES | {"ModelName": create_model()}]
        )
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/{config}"
    assert _words(error) == ("ValidationException", f'Cannot create already existing endpoint configuration "{arn}".')


def test_configurations_are_listed_by_name(client: Client, create_config: Callable[..., str]) -> None:
    config = create_config()
    found = client("sagemaker").list_endpoint_configs(NameContains=config)["EndpointConfigs"]
    assert [listed["EndpointConfigName"] for listed in found] == [config]


def test_a_deleted_configuration_is_not_found(client: Client, create_config: Callable[..., str]) -> None:
    config = create_config()
    client("sagemaker").delete_endpoint_config(EndpointConfigName=config)
    with pytest.raises(ClientError) as error:
        client("sagemaker").describe_endpoint_config(EndpointConfigName=config)
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/{config}"
    assert _words(error) == ("ValidationException", f'Could not find endpoint configuration "{arn}".')


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]

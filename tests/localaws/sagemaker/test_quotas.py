"""Quotas: what AWS answers when an account asks for more than it has."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.sagemaker.quotas import UNVERIFIED_CONCURRENCY_UNIT
from localaws.servicequotas.catalogue import SERVERLESS_CONCURRENCY as CONCURRENCY
from localaws.servicequotas.catalogue import limits

Client = Callable[[str], Any]
ON_INSTANCES = {"VariantName": "A", "InstanceType": "ml.c5.large", "InitialInstanceCount": 1}
ADVICE = (
    "Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, "
    "contact AWS support to request an increase for this quota."
)


@pytest.fixture
def lower(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """A function that lowers a quota for a test."""
    return lambda name, value: monkeypatch.setitem(limits, name, value)


def refusal(name: str, limit: int, used: int, wanted: int, unit: str = "Instances") -> str:
    return (
        f"The account-level service limit '{name}' is {limit} {unit}, with current utilization of {used} {unit} and a "
        f"request delta of {wanted} {unit}. {ADVICE}"
    )


@pytest.mark.parametrize(
    ("spot", "quota"),
    [
        ({}, "ml.c5.4xlarge for training job usage"),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
            },
            "ml.c5.4xlarge for spot training job usage",
        ),
    ],
    ids=["on demand", "spot"],
)
def test_training_instances_are_counted_by_type(
    client: Client,
    job_request: Callable[..., dict[str, Any]],
    lower: Callable[[str, int], None],
    spot: dict[str, Any],
    quota: str,
) -> None:
    lower(quota, 0)
    resources = {"InstanceType": "ml.c5.4xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_training_job(**job_request(ResourceConfig=resources, **spot))
    assert _words(error) == ("ResourceLimitExceeded", refusal(quota, 0, 0, 1))


def test_a_job_that_has_ended_uses_nothing(train: Callable[..., Any], lower: Callable[[str, int], None]) -> None:
    lower("ml.c5.xlarge for training job usage", 1)
    resources = {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}
    wrong = {"num_round": "0"}  # fails at once
    jobs = [train(ResourceConfig=resources, HyperParameters=wrong) for _ in range(2)]
    assert [job["TrainingJobStatus"] for job in jobs] == ["Failed", "Failed"]


def test_variants_of_a_type_are_counted_together(
    client: Client, create_config: Callable[..., str], name: Callable[[], str], lower: Callable[[str, int], None]
) -> None:
    lower("ml.c5.large for endpoint usage", 1)
    config = create_config(ON_INSTANCES, ON_INSTANCES | {"VariantName": "B"})
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_endpoint(EndpointName=name(), EndpointConfigName=config)
    assert _words(error) == ("ResourceLimitExceeded", refusal("ml.c5.large for endpoint usage", 1, 0, 2))


def test_an_update_needs_its_instances_beside_those_that_serve(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    lower: Callable[[str, int], None],
) -> None:
    large = ON_INSTANCES | {"InstanceType": "ml.c5.2xlarge"}
    lower("ml.c5.2xlarge for endpoint usage", 1)
    endpoint = create_endpoint(create_config(large))
    with pytest.raises(ClientError) as error:
        client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=create_config(large))
    assert _words(error) == ("ResourceLimitExceeded", refusal("ml.c5.2xlarge for endpoint usage", 1, 1, 1))
    with pytest.raises(ClientError) as error:
        client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=endpoint, DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredInstanceCount": 4}]
        )
    assert _words(error) == ("ResourceLimitExceeded", refusal("ml.c5.2xlarge for endpoint usage", 1, 1, 3))


def test_a_new_account_has_three_gigabytes_for_a_serverless_endpoint(
    client: Client, create_config: Callable[..., str], name: Callable[[], str]
) -> None:
    serverless = {"VariantName": "A", "ServerlessConfig": {"MemorySizeInMB": 4096, "MaxConcurrency": 1}}
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_endpoint(EndpointName=name(), EndpointConfigName=create_config(serverless))
    message = refusal("Memory size in MB per serverless endpoint", 3072, 0, 4096, "MBs")
    assert _words(error) == ("ResourceLimitExceeded", message)


def test_the_concurrency_of_all_serverless_endpoints_is_counted_together(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    lower: Callable[[str, int], None],
) -> None:
    serverless = {"VariantName": "A", "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 3}}
    endpoint = create_endpoint(create_config(serverless))
    lower(CONCURRENCY, 0)
    larger = create_config({"VariantName": "A", "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 5}})
    with pytest.raises(ClientError) as error:
        client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=larger)
    used = int(_words(error)[1].partition("current utilization of ")[2].split()[0])
    assert used >= 3  # other tests have endpoints too
    # An update asks for the difference.
    assert _words(error) == ("ResourceLimitExceeded", refusal(CONCURRENCY, 0, used, 2, UNVERIFIED_CONCURRENCY_UNIT))


def test_no_more_concurrency_than_before_is_never_refused(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    settle: Callable[[str], Any],
    lower: Callable[[str, int], None],
) -> None:
    serverless = {"VariantName": "A", "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 3}}
    endpoint = create_endpoint(create_config(serverless))
    lower(CONCURRENCY, 0)
    same = create_config(serverless)
    client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=same)
    assert settle(endpoint)["EndpointConfigName"] == same


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]

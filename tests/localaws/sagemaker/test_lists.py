"""The List operations: filters, order, pages, alike for every kind of resource."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

Client = Callable[[str], Any]


@pytest.fixture
def models(create_model: Callable[..., str]) -> list[str]:
    """Three models, in the order of their creation."""
    return [create_model() for _ in range(3)]


def test_the_latest_come_first(client: Client, models: list[str]) -> None:
    since = client("sagemaker").describe_model(ModelName=models[0])["CreationTime"]
    listed = client("sagemaker").list_models(CreationTimeAfter=since, MaxResults=100)["Models"]
    assert [model["ModelName"] for model in listed if model["ModelName"] in models] == models[::-1]


def test_an_order_may_be_asked_for(client: Client, models: list[str]) -> None:
    asked = {"SortBy": "Name", "SortOrder": "Ascending"}
    pages = client("sagemaker").get_paginator("list_models").paginate(**asked)
    listed = [model["ModelName"] for page in pages for model in page["Models"]]
    assert listed == sorted(listed)
    assert set(models) <= set(listed)


@pytest.mark.parametrize(
    ("operation", "key"),
    [
        ("list_training_jobs", "TrainingJobSummaries"),
        ("list_models", "Models"),
        ("list_endpoint_configs", "EndpointConfigs"),
        ("list_endpoints", "Endpoints"),
        ("list_model_package_groups", "ModelPackageGroupSummaryList"),
        ("list_notebook_instances", "NotebookInstances"),
        ("list_notebook_instance_lifecycle_configs", "NotebookInstanceLifecycleConfigs"),
    ],
)
def test_nothing_was_made_before_all(client: Client, models: list[str], operation: str, key: str) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert models
    assert getattr(client("sagemaker"), operation)(CreationTimeBefore=yesterday)[key] == []


def test_a_filter_that_is_not_honoured_is_named(client: Client) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").list_training_jobs(WarmPoolStatusEquals="Available")
    assert _words(error) == ("ValidationException", "Local AWS does not implement the filter WarmPoolStatusEquals.")


def test_a_token_of_nobody_is_refused(client: Client) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").list_models(NextToken="mine")
    assert _words(error) == ("ValidationException", "Invalid NextToken.")


# What other workshops of this kind may call, and local AWS has not.
@pytest.mark.parametrize(
    "operation",
    [
        "ListPipelines",
        "ListProcessingJobs",
        "ListHyperParameterTuningJobs",
        "ListAutoMLJobs",
        "ListInferenceRecommendationsJobs",
        "ListFeatureGroups",
        "ListDomains",
        "ListExperiments",
        "ListMonitoringSchedules",
        "ListInferenceComponents",
        "ListLabelingJobs",
    ],
)
def test_an_operation_that_is_not_there_is_named(client: Client, operation: str) -> None:
    with pytest.raises(ClientError) as error:
        getattr(client("sagemaker"), xform_name(operation))()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert f"sagemaker:{operation}" in _words(error)[1]


def test_asynchronous_inference_is_named(client: Client) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker-runtime").invoke_endpoint_async(EndpointName="e", InputLocation="s3://b/k")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "sagemaker-runtime:InvokeEndpointAsync" in _words(error)[1]


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]

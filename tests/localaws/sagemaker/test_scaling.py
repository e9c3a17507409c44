"""Weights and capacities of the variants of an endpoint that serves."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import durations

Client = Callable[[str], Any]
ON_INSTANCES = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


@pytest.fixture
def two_variants(create_config: Callable[..., str], create_endpoint: Callable[[str], str]) -> str:
    """An endpoint whose variants A and B share its requests."""
    return create_endpoint(create_config(ON_INSTANCES, ON_INSTANCES | {"VariantName": "B"}))


def test_a_variant_without_weight_gets_no_request(
    client: Client, two_variants: str, settle: Callable[[str], Any]
) -> None:
    client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=two_variants, DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredWeight": 0}]
    )
    settle(two_variants)
    runtime = client("sagemaker-runtime")
    answers = [runtime.invoke_endpoint(EndpointName=two_variants, Body="0,5", ContentType="text/csv") for _ in range(9)]
    assert {answer["InvokedProductionVariant"] for answer in answers} == {"B"}


def test_what_is_wanted_is_told_before_it_is_so(
    client: Client, two_variants: str, settle: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "sagemaker_step", 0.5)
    change = {"VariantName": "A", "DesiredWeight": 0.25, "DesiredInstanceCount": 2}
    client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=two_variants, DesiredWeightsAndCapacities=[change]
    )
    during = client("sagemaker").describe_endpoint(EndpointName=two_variants)
    assert during["EndpointStatus"] == "Updating"
    assert _weights_and_counts(during) == (1.0, 0.25, 1, 2)
    assert _weights_and_counts(settle(two_variants)) == (0.25, 0.25, 2, 2)


def _weights_and_counts(endpoint: Any) -> tuple[float, ...]:
    (variant,) = [found for found in endpoint["ProductionVariants"] if found["VariantName"] == "A"]
    names = ("CurrentWeight", "DesiredWeight", "CurrentInstanceCount", "DesiredInstanceCount")
    return tuple(variant[name] for name in names)


@pytest.mark.parametrize(
    ("retain", "count", "weight"),
    [
        ({"RetainAllVariantProperties": True}, 3, 0.5),
        ({"RetainAllVariantProperties": False}, 1, 1.0),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
            },
            3,
            1.0,
        ),
    ],
    ids=["all", "nothing", "all but weights"],
)
def test_an_update_keeps_capacities_when_asked_to(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    settle: Callable[[str], Any],
    *,
    retain: dict[str, Any],
    count: int,
    weight: float,
) -> None:
    endpoint = create_endpoint(create_config(ON_INSTANCES))
    client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=endpoint,
        DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredInstanceCount": 3, "DesiredWeight": 0.5}],
    )
    assert settle(endpoint)["ProductionVariants"][0]["CurrentInstanceCount"] == 3
    client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=create_config(ON_INSTANCES), **retain)
    (variant,) = settle(endpoint)["ProductionVariants"]
    assert (variant["DesiredInstanceCount"], variant["DesiredWeight"]) == (count, weight)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"VariantName": "C", "DesiredWeight": 1}, 'Could not find variant "C" of endpoint "'),
        (
            {"VariantName": "A", "ServerlessUpdateConfig": {"MaxConcurrency": 1}},
            "ServerlessUpdateConfig does not apply to variant A, which is hosted on instances.",
        ),
        (
            {"VariantName": "A", "DesiredInstanceCount": 0},
            "DesiredInstanceCount must be greater than or equal to 1.",
        ),
    ],
    ids=["a variant that does not exist", "serverless", "nothing"],
)
def test_a_change_is_refused(client: Client, two_variants: str, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=two_variants, DesiredWeightsAndCapacities=[change]
        )
    answer = error.value.response["Error"]
    assert (answer["Code"], answer["Message"][: len(message)]) == ("ValidationException", message)

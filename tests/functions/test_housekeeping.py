"""A deployment removes what its environment no longer needs, and nothing that is somebody else's."""

from typing import Any

import pytest

import deploy_model
from functions.documents import CONFIG, ENDPOINT, JOB, TRAINING
from functions.fake_aws import Aws, Context, recorded

SERVED = "sde-dev-444444444444-aaaaaa"


@pytest.fixture
def event(aws: Aws) -> Any:
    """DeployToDev's event, its input artifact in place."""
    event = recorded("deploy_to_dev")
    aws.put_artifact(event, TRAINING, "training.json")
    return event


def put(aws: Aws, config: str, model: str, made: float) -> None:
    variant = {"VariantName": "AllTraffic", "ModelName": model, "ServerlessConfig": {}}
    described = {"EndpointConfigName": config, "ProductionVariants": [variant], "CreationTime": made}
    aws.sagemaker.configs[config] = described
    aws.sagemaker.models[model] = {"ModelName": model}


def run_of(digit: int) -> str:
    return str(digit) * 12


@pytest.fixture
def history(aws: Aws) -> Aws:
    """Dev after five deployments: the fourth is served, since the fifth was rolled back."""
    for digit in (1, 2, 3, 4, 5):
        put(aws, f"sde-dev-{run_of(digit)}-aaaaaa", f"winequality-sde-{run_of(digit)}", made=digit)
    endpoint = {"EndpointName": ENDPOINT, "EndpointStatus": "InService", "EndpointConfigName": SERVED}
    aws.sagemaker.endpoints[ENDPOINT] = endpoint
    return aws


def test_the_served_configuration_and_the_one_before_stay(history: Aws, event: Any, context: Context) -> None:
    deploy_model.lambda_handler(event, context)

    assert history.codepipeline.answer.done
    assert set(history.sagemaker.configs) == {SERVED, f"sde-dev-{run_of(3)}-aaaaaa", CONFIG}


def test_models_without_a_configuration_go(history: Aws, event: Any, context: Context) -> None:
    history.sagemaker.models[f"winequality-sde-{run_of(9)}"] = {"ModelName": f"winequality-sde-{run_of(9)}"}

    deploy_model.lambda_handler(event, context)

    assert set(history.sagemaker.models) == {f"winequality-sde-{run_of(4)}", f"winequality-sde-{run_of(3)}", JOB}


def test_it_tidies_before_it_makes_anything(history: Aws, event: Any, context: Context) -> None:
    deploy_model.lambda_handler(event, context)

    operations = history.sagemaker.operations()
    last_deletion = max(index for index, name in enumerate(operations) if name.startswith("Delete"))
    assert last_deletion < operations.index("CreateModel")


@pytest.mark.parametrize(
    ("config", "model"),
    [
        (f"sde-test-{run_of(1)}-cccccc", f"winequality-sde-{run_of(1)}"),
        (f"abc-dev-{run_of(1)}-cccccc", f"winequality-abc-{run_of(1)}"),
        (f"xsde-dev-{run_of(1)}-cccccc", f"winequality-xsde-{run_of(1)}"),
        (f"sde-dev-{run_of(1)}-cccccc-mine", f"winequality-sde-{run_of(1)}-mine"),
        ("sde-dev-by-hand", "winequality-sde-by-hand"),
        (f"sde-dev-{run_of(1)}-cccccc", f"othermodel-sde-{run_of(1)}"),
    ],
    ids=["another environment", "another suffix", "a longer suffix", "a longer name", "by hand", "another model-name"],
)
def test_what_is_somebody_elses_stays(history: Aws, event: Any, context: Context, config: str, model: str) -> None:
    put(history, config, model, made=0.5)

    deploy_model.lambda_handler(event, context)

    assert history.codepipeline.answer.done
    assert config in history.sagemaker.configs
    assert model in history.sagemaker.models


def test_what_its_role_may_not_see_is_not_looked_at(history: Aws, event: Any, context: Context) -> None:
    put(history, f"xsde-dev-{run_of(1)}-cccccc", f"winequality-xsde-{run_of(1)}", made=0.5)

    deploy_model.lambda_handler(event, context)

    seen = {members["EndpointConfigName"] for members in history.sagemaker.called("DescribeEndpointConfig")}
    assert {name.partition("-")[0] for name in seen} == {"sde"}


def test_without_an_endpoint_the_newest_configuration_stays(history: Aws, event: Any, context: Context) -> None:
    del history.sagemaker.endpoints[ENDPOINT]

    deploy_model.lambda_handler(event, context)

    assert set(history.sagemaker.configs) == {f"sde-dev-{run_of(5)}-aaaaaa", CONFIG}


def test_what_somebody_else_has_just_deleted_is_no_failure(history: Aws, event: Any, context: Context) -> None:
    history.sagemaker.refuse(
        "DeleteEndpointConfig", "ValidationException", 'Could not find endpoint configuration "a".'
    )
    history.sagemaker.refuse("DeleteModel", "ValidationException", 'Could not find model "a".')

    deploy_model.lambda_handler(event, context)

    assert history.codepipeline.answer.done


def test_a_configuration_that_goes_while_it_is_listed_is_no_failure(history: Aws, event: Any, context: Context) -> None:
    del history.sagemaker.endpoints[ENDPOINT]
    history.sagemaker.refuse("DescribeEndpointConfig", "ValidationException", "Could not find endpoint configuration")

    deploy_model.lambda_handler(event, context)

    assert history.codepipeline.answer.done


def test_a_deletion_that_is_not_allowed_is_a_failure(history: Aws, event: Any, context: Context) -> None:
    history.sagemaker.refuse("DeleteEndpointConfig", "AccessDeniedException", "not authorized")

    deploy_model.lambda_handler(event, context)

    assert "DeleteEndpointConfig failed while deleting the endpoint conf" in history.codepipeline.answer.failure

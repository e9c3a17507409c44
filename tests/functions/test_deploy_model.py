"""DeployToDev, through its handler: what it makes, changes, waits for, makes again and hands on."""

import json
import time
from typing import Any

import pytest

import deploy_model
from functions.documents import CONFIG, CONFIGURED, DEPLOYMENT, ENDPOINT, IMAGE, JOB, MODEL_URL, TRAINING
from functions.fake_aws import EXECUTION, Aws, Context, recorded, with_parameters

FILE = "deployment.json"
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
OLD = "sde-dev-aaaaaaaaaaaa-bbbbbb"
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
INSTANCES = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
DONE = {"environment": "Dev", "endpoint": ENDPOINT, "endpoint_config": CONFIG, "model": JOB}


@pytest.fixture
def event(aws: Aws) -> Any:
    """DeployToDev's event, its input artifact in place."""
    event = recorded("deploy_to_dev")
    aws.put_artifact(event, TRAINING, "training.json")
    return event


@pytest.fixture
def serving(aws: Aws) -> Aws:
    """The environment's endpoint, serving an older run."""
    put_config(aws, OLD, "winequality-sde-aaaaaaaaaaaa", SERVERLESS)
    put_endpoint(aws, "InService", OLD)
    return aws


def put_config(aws: Aws, name: str, model: str, hosting: dict[str, Any], made: float = 1.0) -> None:
    variant = {"VariantName": "AllTraffic", "ModelName": model, **hosting}
    config = {"EndpointConfigName": name, "ProductionVariants": [variant], "CreationTime": made}
    aws.sagemaker.configs[name] = config
    aws.sagemaker.models.setdefault(model, {"ModelName": model})


def put_endpoint(aws: Aws, status: str, config: str) -> None:
    endpoint = {"EndpointName": ENDPOINT, "EndpointStatus": status, "EndpointConfigName": config}
    aws.sagemaker.endpoints[ENDPOINT] = endpoint


def continued(event: Any, note: str = "", minutes_ago: float = 0) -> Any:
    """The event as it comes again after a wait: another job id, and the token of the first."""
    token = {
        "version": 2,
        "started": time.time() - 60 * minutes_ago,
        "first_job": event["CodePipeline.job"]["id"],
        "note": note,
        "place": None,
    }
    again = json.loads(json.dumps(event))
    again["CodePipeline.job"]["id"] = "2923ffff-4567-4890-abcd-ef0123456789"
    again["CodePipeline.job"]["data"]["continuationToken"] = json.dumps(token)
    return again


def test_the_first_deployment_makes_model_configuration_and_endpoint(aws: Aws, event: Any, context: Context) -> None:
    deploy_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.done == DONE
    suffix, run = (
        {"Key": "mlops-builtinalgo:suffix", "Value": "sde"},
        {"Key": "mlops-builtinalgo:run-id", "Value": "0123abcd4567"},
    )
    environment = {"Key": "mlops-builtinalgo:environment", "Value": "Dev"}
    assert aws.sagemaker.called("CreateModel") == [
        {
            "ModelName": JOB,
            "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": MODEL_URL},
            "ExecutionRoleArn": ROLE,
            "Tags": [suffix, run],
        }
    ]
    variant = {"VariantName": "AllTraffic", "ModelName": JOB, "InitialVariantWeight": 1.0, **SERVERLESS}
    assert aws.sagemaker.called("CreateEndpointConfig") == [
        {"EndpointConfigName": CONFIG, "ProductionVariants": [variant], "Tags": [suffix, environment, run]}
    ]
    assert aws.sagemaker.called("CreateEndpoint") == [
        {"EndpointName": ENDPOINT, "EndpointConfigName": CONFIG, "Tags": [suffix, environment]}
    ]


def test_it_hands_on_deployment_json(aws: Aws, event: Any, context: Context) -> None:
    deploy_model.lambda_handler(event, context)

    assert aws.output(event, FILE) == DEPLOYMENT


def test_the_configuration_is_handed_on(aws: Aws, event: Any, context: Context) -> None:
    aws.put_artifact(event, TRAINING | CONFIGURED, "training.json")

    deploy_model.lambda_handler(event, context)

    assert aws.output(event, FILE)["training"] == TRAINING | CONFIGURED
    tag = {"Key": "mlops-builtinalgo:config-commit", "Value": CONFIGURED["config_commit"]}
    assert tag in aws.sagemaker.models[JOB]["Tags"]
    assert tag in aws.sagemaker.configs[CONFIG]["Tags"]


def test_another_environment_has_names_of_its_own_and_the_same_model(aws: Aws, event: Any, context: Context) -> None:
    deploy_model.lambda_handler(event, context)
    other = with_parameters(json.loads(json.dumps(event)), {"env": "Test", "execution-id": EXECUTION})
    other["CodePipeline.job"]["id"] = "7773abcd-4567-4890-abcd-ef0123456789"

    deploy_model.lambda_handler(other, context)

    assert aws.output(other, FILE)["environment"] == "Test"
    assert set(aws.sagemaker.endpoints) == {ENDPOINT, "winequality-sde-test"}
    assert set(aws.sagemaker.configs) == {CONFIG, "sde-test-0123abcd4567-7773ab"}
    assert set(aws.sagemaker.models) == {JOB}


def test_instances_by_parameter(aws: Aws, event: Any, context: Context, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HOSTING_INSTANCE_TYPE", "ml.m5.large")
    environment.setenv("HOSTING_INSTANCE_COUNT", "2")

    deploy_model.lambda_handler(event, context)

    [config] = aws.sagemaker.called("CreateEndpointConfig")
    [variant] = config["ProductionVariants"]
    assert variant["InstanceType"] == "ml.m5.large"
    assert variant["InitialInstanceCount"] == 2
    assert "ServerlessConfig" not in variant


def test_an_endpoint_that_serves_is_updated_in_place(serving: Aws, event: Any, context: Context) -> None:
    deploy_model.lambda_handler(event, context)

    assert serving.codepipeline.answer.done == DONE
    assert serving.sagemaker.called("UpdateEndpoint") == [{"EndpointName": ENDPOINT, "EndpointConfigName": CONFIG}]
    assert serving.sagemaker.called("DeleteEndpoint") == []
    assert OLD in serving.sagemaker.configs
    assert "again" not in serving.codepipeline.answer.summary


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"])
def test_an_endpoint_that_changes_is_waited_for(serving: Aws, event: Any, context: Context, status: str) -> None:
    put_endpoint(serving, status, OLD)

    deploy_model.lambda_handler(event, context)

    assert serving.codepipeline.answer.token["first_job"] == event["CodePipeline.job"]["id"]
    assert serving.codepipeline.answer.summary == f"Endpoint {ENDPOINT} is {status}: waiting"
    assert serving.sagemaker.operations() == ["DescribeEndpoint", "DescribeEndpointConfig"]


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed"])
def test_an_endpoint_that_is_broken_is_deleted(serving: Aws, event: Any, context: Context, status: str) -> None:
    put_endpoint(serving, status, OLD)

    deploy_model.lambda_handler(event, context)

    assert serving.codepipeline.answer.token["note"] == f"it was {status}"
    assert serving.sagemaker.endpoints[ENDPOINT]["EndpointStatus"] == "Deleting"
    assert "CreateEndpoint" not in serving.sagemaker.operations()


def test_an_unknown_status_fails_with_its_name(serving: Aws, event: Any, context: Context) -> None:
    put_endpoint(serving, "Napping", OLD)

    deploy_model.lambda_handler(event, context)

    assert "has the status 'Napping', which this function does not know" in serving.codepipeline.answer.failure


def test_after_the_deletion_it_is_made_again_and_the_summary_says_so(aws: Aws, event: Any, context: Context) -> None:
    again = continued(event, note="it was Failed")

    deploy_model.lambda_handler(again, context)

    assert aws.codepipeline.answer.done == DONE  # names come from the first job
    assert aws.codepipeline.answer.summary.endswith("It was deleted and made again: it was Failed")


@pytest.mark.parametrize(
    ("had", "asked_for", "change"),
    [(INSTANCES, "", "instances to serverless"), (SERVERLESS, "ml.m5.large", "serverless to instances")],
)
def test_an_endpoint_that_changes_its_kind_of_hosting_is_deleted(
    serving: Aws, event: Any, had: Any, asked_for: str, change: str
) -> None:
    put_config(serving, OLD, "winequality-sde-aaaaaaaaaaaa", had)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HOSTING_INSTANCE_TYPE", asked_for)
        deploy_model.lambda_handler(event, Context())

    assert serving.codepipeline.answer.token["note"] == f"it changes from {change}"
    assert serving.sagemaker.endpoints[ENDPOINT]["EndpointStatus"] == "Deleting"


def test_an_endpoint_whose_configuration_is_gone_is_deleted(serving: Aws, event: Any, context: Context) -> None:
    del serving.sagemaker.configs[OLD]

    deploy_model.lambda_handler(event, context)

    assert serving.codepipeline.answer.token["note"] == f"its configuration {OLD} is gone"


@pytest.mark.parametrize("message", ["Could not find endpoint", "Cannot update in-progress endpoint"])
def test_a_deletion_that_is_under_way_already_is_waited_for(
    serving: Aws, event: Any, context: Context, message: str
) -> None:
    put_endpoint(serving, "Failed", OLD)
    serving.sagemaker.refuse("DeleteEndpoint", "ValidationException", f'{message} "arn".')

    deploy_model.lambda_handler(event, context)

    assert serving.codepipeline.answer.token["note"] == "it was Failed"


def test_it_does_not_wait_for_ever(serving: Aws, event: Any, context: Context) -> None:
    put_endpoint(serving, "Updating", OLD)

    deploy_model.lambda_handler(continued(event, minutes_ago=61), context)

    assert f"Endpoint {ENDPOINT} is Updating, after waiting for 60 minutes" in serving.codepipeline.answer.failure


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("CreateEndpointConfig", 'Could not find model "arn".'),
        ("UpdateEndpoint", 'Could not find endpoint configuration "arn".'),
        ("UpdateEndpoint", 'Cannot update in-progress endpoint "arn".'),
    ],
)
def test_what_sagemaker_does_not_see_yet_is_tried_again(
    serving: Aws, event: Any, context: Context, operation: str, message: str
) -> None:
    serving.sagemaker.refuse(operation, "ValidationException", message)

    deploy_model.lambda_handler(event, context)
    assert serving.codepipeline.answer.summary == f"Endpoint {ENDPOINT}: {message.removesuffix('.')}: waiting"
    serving.codepipeline.calls.clear()
    deploy_model.lambda_handler(continued(event), context)

    assert serving.codepipeline.answer.done == DONE
    assert len(serving.sagemaker.models) == 2
    assert set(serving.sagemaker.configs) == {OLD, CONFIG}


def test_delivered_twice_the_second_leaves_the_change_alone(serving: Aws, event: Any, context: Context) -> None:
    deploy_model.lambda_handler(event, context)
    deploy_model.lambda_handler(event, context)

    assert len(serving.sagemaker.called("UpdateEndpoint")) == 1
    assert serving.codepipeline.operations() == ["PutJobSuccessResult", "PutJobSuccessResult"]
    assert serving.output(event, FILE) == DEPLOYMENT


def test_its_own_work_done_before_is_not_done_again(aws: Aws, event: Any, context: Context) -> None:
    put_config(aws, CONFIG, JOB, SERVERLESS)
    put_endpoint(aws, "InService", CONFIG)

    deploy_model.lambda_handler(continued(event), context)

    assert aws.codepipeline.answer.done == DONE
    assert aws.sagemaker.operations() == ["DescribeEndpoint", "DescribeEndpointConfig"]
    assert aws.output(event, FILE) == DEPLOYMENT


def test_a_model_of_that_name_that_is_not_ours_is_a_failure(aws: Aws, event: Any, context: Context) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": "s3://elsewhere/model.tar.gz"}
    aws.sagemaker.models[JOB] = {"ModelName": JOB, "PrimaryContainer": container}

    deploy_model.lambda_handler(event, context)

    assert f"The model {JOB} exists already and is not what this action makes" in aws.codepipeline.answer.failure
    assert aws.sagemaker.endpoints == {}


@pytest.mark.parametrize(("model", "hosting"), [("other", SERVERLESS), (JOB, INSTANCES)])
def test_a_configuration_of_that_name_that_is_not_ours_is_a_failure(
    aws: Aws, event: Any, context: Context, model: str, hosting: Any
) -> None:
    put_config(aws, CONFIG, model, hosting)
    del aws.sagemaker.models[model]

    deploy_model.lambda_handler(event, context)

    assert f"The endpoint configuration {CONFIG} exists already" in aws.codepipeline.answer.failure
    assert aws.sagemaker.endpoints == {}


@pytest.mark.parametrize(
    ("operation", "doing", "message"),
    [
        ("CreateModel", f"making the model {JOB}", "Could not access model data at s3://..."),
        ("CreateEndpointConfig", f"making the endpoint configuration {CONFIG}", "One or more instance types"),
        ("CreateEndpoint", f"giving the endpoint {ENDPOINT} its configuration {CONFIG}", "The account-level limit"),
        ("DescribeEndpoint", f"looking at the endpoint {ENDPOINT}", "1 validation error"),
    ],
)
def test_any_other_refusal_is_told(  # noqa: PLR0917 - fixtures and a row
    aws: Aws, event: Any, context: Context, operation: str, doing: str, message: str
) -> None:
    aws.sagemaker.refuse(operation, "ValidationException", message)

    deploy_model.lambda_handler(event, context)

    assert f"{operation} failed while {doing}: " in aws.codepipeline.answer.failure
    assert message in aws.codepipeline.answer.failure
    assert not aws.has_output(event)


@pytest.mark.parametrize("operation", ["CreateEndpoint", "UpdateEndpoint"])
def test_a_quota_that_is_used_up_is_told_with_what_to_do(
    serving: Aws, event: Any, context: Context, operation: str
) -> None:
    if operation == "CreateEndpoint":
        del serving.sagemaker.endpoints[ENDPOINT]
    serving.sagemaker.refuse(operation, "ResourceLimitExceeded", "The account-level limit is 10")

    deploy_model.lambda_handler(event, context)

    message = serving.codepipeline.answer.failure
    assert f"{operation} failed while giving the endpoint" in message
    assert "The account-level limit is 10. Request an increase in Service Quotas" in message
    assert "or use another traincompute (training) or HostingInstanceType (endpoints)." in message


@pytest.mark.parametrize(
    ("env", "says"),
    [
        (None, "env is missing, expected a letter, then up to 9 letters and digits"),
        ("pre-prod", "env is 'pre-prod', expected a letter"),
        ("1st", "env is '1st', expected a letter"),
        ("Preproduction", "env is 'Preproduction', expected"),
    ],
)
def test_a_bad_environment_is_named(aws: Aws, event: Any, context: Context, env: str | None, says: str) -> None:
    parameters = {"execution-id": EXECUTION} | ({"env": env} if env else {})

    deploy_model.lambda_handler(with_parameters(event, parameters), context)

    assert says in aws.codepipeline.answer.failure
    assert aws.sagemaker.calls == []


def test_a_training_that_is_not_completed_cannot_be_deployed(aws: Aws, event: Any, context: Context) -> None:
    started = {key: value for key, value in TRAINING.items() if key != "model_data_url"}
    aws.put_artifact(event, started, "training.json")

    deploy_model.lambda_handler(event, context)

    assert "training.json lacks model_data_url" in aws.codepipeline.answer.failure

"""DeployToDev, DeployToTest: put a run's model behind the environment's endpoint.

In: training.json. Out: deployment.json. An environment has one endpoint with a stable name; each deployment has a
configuration of its own, and each run one model, which its environments share. The step looks at the endpoint, decides
(`decide`, pure) and acts once; GetDeployStatus waits for the result. What must be over first (a change under way, a
deletion) is waited for by continuation, after which the step runs again from the start: everything that it makes has a
name built from the run and the action's first job, so what exists already is its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from botocore.exceptions import ClientError

import names
from artifacts import Artifacts
from clients import Clients
from continuation import Token
from documents import DEPLOYMENT_FILE, VERSION, Deployment, Training
from hosting import Hosting, Instances, Serverless, config_request, kind_of, model_request
from housekeeping import tidy
from outcomes import ActionError, Done, Failed, Outcome, Waiting
from pipeline_answer import Context, Progress, answer
from pipeline_job import Event, Job
from sagemaker_errors import is_busy, is_duplicate, is_missing
from settings import number, variable
from user_parameters import UserParameters

CLIENTS = Clients()

# CodePipeline would let an action wait for 24 hours; an endpoint that changes for an hour is not going to be ready.
WAIT_MINUTES = 60

# Every word of botocore's EndpointStatus (a test compares); any other word fails with its name.
ENDPOINT_STATUS: Mapping[str, Literal["wait", "update", "remake"]] = {
    "Creating": "wait",
    "Updating": "wait",
    "SystemUpdating": "wait",
    "RollingBack": "wait",
    "Deleting": "wait",
    "InService": "update",
    "Failed": "remake",  # botocore: only DeleteEndpoint is allowed
    "OutOfService": "remake",
    "UpdateRollbackFailed": "remake",  # serves a mix of two configurations
}


def lambda_handler(event: Event, context: Context) -> None:
    """The function's entry point."""
    answer(event, context, CLIENTS, lambda job, progress: deploy(job, Settings.read(), CLIENTS, progress))


@dataclass(frozen=True)
class Settings:
    """The function's environment variables."""

    suffix: str
    role_arn: str
    hosting: Hosting

    @classmethod
    def read(cls) -> "Settings":
        """Read the variables that the template sets; no instance type means serverless."""
        instance_type = variable("HOSTING_INSTANCE_TYPE")
        return cls(
            suffix=variable("SUFFIX_ID"),
            role_arn=variable("SAGEMAKER_ROLE_ARN"),
            hosting=Instances(instance_type, number("HOSTING_INSTANCE_COUNT"))
            if instance_type
            else Serverless(number("SERVERLESS_MEMORY_MB"), number("SERVERLESS_MAX_CONCURRENCY")),
        )


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as it is; `kind` is None when the configuration that it serves is gone."""

    status: str
    config: str
    kind: str | None


@dataclass(frozen=True)
class Decision:
    """What to do with the environment's endpoint, and why when it must be made again."""

    act: Literal["wait", "create", "update", "remake", "nothing"]
    why: str = ""


def deploy(job: Job, settings: Settings, clients: Clients, progress: Progress) -> Outcome:
    """The step: look, decide, act."""
    given = UserParameters(job.user_parameters, ("env", "execution-id"))
    env, execution = given.environment(), given.execution_id()
    token = Token.of(job.continuation_token, job.id)
    progress.resume = lambda: token
    progress("reading the input artifact")
    artifacts = Artifacts(job, clients)
    wanted = deployment_document(artifacts.training(), settings.suffix, env, execution, token)
    name, config = wanted["endpoint"], wanted["endpoint_config"]
    progress(f"looking at the endpoint {name}")
    endpoint = _look(clients.sagemaker, name)
    decision = decide(endpoint, config, settings.hosting.kind)
    match decision.act:
        case "wait":
            return _wait(f"Endpoint {name} is {endpoint.status if endpoint else 'missing'}", token)
        case "remake":
            token = replace(token, note=decision.why)  # which progress.resume sees too
            progress(f"deleting the endpoint {name}")
            return _remove(clients.sagemaker, name, token)
        case "create" | "update":
            if not_yet := _roll_out(endpoint, wanted, settings, clients.sagemaker, progress):
                return _wait(not_yet, token)
    progress(f"handing on {DEPLOYMENT_FILE}")
    artifacts.write(DEPLOYMENT_FILE, wanted)
    again = f". It was deleted and made again: {token.note}" if token.note else ""
    return Done(
        f"{env}: endpoint {name} gets {config} ({settings.hosting.kind}, {decision.act}){again}",
        {"environment": env, "endpoint": name, "endpoint_config": config, "model": wanted["model"]},
    )


def decide(endpoint: Endpoint | None, config: str, kind: str) -> Decision:
    """What the state of the endpoint asks for, to make it serve a configuration of some kind of hosting."""
    if endpoint is None:
        return Decision("create")
    match ENDPOINT_STATUS.get(endpoint.status):
        case "wait":
            return Decision("wait")
        case "remake":
            return Decision("remake", f"it was {endpoint.status}")
        case "update":
            return _change(endpoint, config, kind)
        case _:
            raise ActionError(f"The endpoint has the status {endpoint.status!r}, which this function does not know.")


def _change(endpoint: Endpoint, config: str, kind: str) -> Decision:
    if endpoint.config == config:
        return Decision("nothing")  # this action's own work, before it ran out of time
    if endpoint.kind is None:
        return Decision("remake", f"its configuration {endpoint.config} is gone")
    if endpoint.kind != kind:
        # An endpoint cannot change its kind: https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
        return Decision("remake", f"it changes from {endpoint.kind} to {kind}")
    return Decision("update")


def deployment_document(training: Training, suffix: str, env: str, execution: str, token: Token) -> Deployment:
    """deployment.json: the names of what is to be, all known beforehand."""
    return Deployment(
        version=VERSION,
        environment=env,
        endpoint=names.endpoint(training["model_name"], suffix, env),
        endpoint_config=names.endpoint_config(suffix, env, training["run_id"], token.first_job),
        model=training["training_job"],
        execution_id=execution,
        training=training,
    )


def _look(sagemaker: Any, name: str) -> Endpoint | None:
    endpoint = _described(sagemaker.describe_endpoint, EndpointName=name)
    if endpoint is None:
        return None
    config = _described(sagemaker.describe_endpoint_config, EndpointConfigName=endpoint["EndpointConfigName"])
    kind = kind_of(config) if config else None
    return Endpoint(endpoint["EndpointStatus"], endpoint["EndpointConfigName"], kind)


def _described(call: Any, **what: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = call(**what)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return found


def _wait(why: str, token: Token) -> Outcome:
    if token.is_older_than(WAIT_MINUTES):
        return Failed(f"{why}, after waiting for {WAIT_MINUTES} minutes: see the endpoint in the SageMaker console.")
    return Waiting(token, f"{why}: waiting")


def _remove(sagemaker: Any, name: str, token: Token) -> Outcome:
    try:
        sagemaker.delete_endpoint(EndpointName=name)
    except ClientError as error:
        if not (is_missing(error) or is_busy(error)):
            raise
    return _wait(f"Endpoint {name} is deleted to be made again ({token.note})", token)


def _roll_out(
    endpoint: Endpoint | None, wanted: Deployment, settings: Settings, sagemaker: Any, progress: Progress
) -> str:
    """Tidy up, make the model and the configuration, and give the endpoint to it; why to try again, or nothing."""
    env, name, config, model = (wanted[key] for key in ("environment", "endpoint", "endpoint_config", "model"))
    tidy(sagemaker, settings.suffix, wanted, endpoint.config if endpoint else None, progress)
    progress(f"making the model {model}")
    _make_model(sagemaker, wanted["training"], settings)
    try:
        progress(f"making the endpoint configuration {config}")
        _make_config(sagemaker, wanted, settings)
        progress(f"giving the endpoint {name} its configuration {config}")
        if endpoint is None:
            tags = names.tags(settings.suffix, environment=env)
            sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=tags)
        else:
            sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    except ClientError as error:
        # The new model or configuration is not seen yet, or another delivery of this job was faster.
        if is_missing(error) or is_duplicate(error) or is_busy(error):
            return f"Endpoint {name}: {error.response['Error']['Message'].rstrip('.')}"
        raise
    return ""


def _make_model(sagemaker: Any, training: Training, settings: Settings) -> None:
    name, image, data_url = training["training_job"], training["image"], training["model_data_url"]
    tags = _tags(training, settings)
    try:
        sagemaker.create_model(**model_request(name, image, data_url, settings.role_arn, tags))
    except ClientError as error:
        if not is_duplicate(error):
            raise
        container = sagemaker.describe_model(ModelName=name)["PrimaryContainer"]
        if (container["Image"], container["ModelDataUrl"]) != (image, data_url):
            raise _not_ours("model", name) from error


def _make_config(sagemaker: Any, wanted: Deployment, settings: Settings) -> None:
    name, model = wanted["endpoint_config"], wanted["model"]
    tags = _tags(wanted["training"], settings, environment=wanted["environment"])
    try:
        sagemaker.create_endpoint_config(**config_request(name, model, settings.hosting, tags))
    except ClientError as error:
        if not is_duplicate(error):
            raise
        existing = sagemaker.describe_endpoint_config(EndpointConfigName=name)
        if (existing["ProductionVariants"][0]["ModelName"], kind_of(existing)) != (model, settings.hosting.kind):
            raise _not_ours("endpoint configuration", name) from error


def _tags(training: Training, settings: Settings, **more: str) -> list[dict[str, str]]:
    commit = training.get("config_commit", "")
    return names.tags(settings.suffix, **more, run_id=training["run_id"], config_commit=commit)


def _not_ours(what: str, name: str) -> ActionError:
    return ActionError(
        f"The {what} {name} exists already and is not what this action makes:"
        " delete it, then choose Retry stage with all actions."
    )

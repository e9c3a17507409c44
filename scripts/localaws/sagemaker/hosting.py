"""Runs endpoints: their variants are replaced when one is updated, at once or in steps, and scaled, and ended."""

import logging
import threading
import time
from collections.abc import Container, Mapping
from typing import Any

from botocore.exceptions import ClientError

from localaws.clock import durations
from localaws.sagemaker.backend import SageMakerBackend
from localaws.sagemaker.containers import DeploymentError
from localaws.sagemaker.deployments import Plan
from localaws.sagemaker.models import Endpoint, EndpointConfig, Model
from localaws.sagemaker.variants import Variant

# FailureReason beside those of variants: people report a text like this, AWS publishes none.
UNVERIFIED_ALARM = "The deployment was rolled back, since these alarms are in ALARM: {names}"
# https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html calls alarms a prerequisite,
# and does not say what becomes of a deployment that names one which does not exist.
UNVERIFIED_ALARMS_MISSING = "The deployment was rolled back, since these alarms do not exist: {names}"
UNVERIFIED_ALARMS_UNKNOWN = "The deployment was rolled back, since its alarms could not be looked at: {error}"
UNVERIFIED_INTERNAL_ERROR = "Request to service failed. If failure persists after retry, contact customer support."
_log = logging.getLogger(__name__)


def deploy(
    endpoint: Endpoint, config: EndpointConfig, backend: SageMakerBackend, plan: Plan, *, retain: Container[str] = ()
) -> None:
    """Begin to serve a configuration; the endpoint's status tells how it goes on.

    ``retain`` names what variants keep that have the same name (DesiredWeight, DesiredInstanceCount), and whether data
    are captured as before (DataCaptureConfig).
    """
    kept = {
        name: {key: value for key, value in variant.desired().items() if key in retain}
        for name, variant in endpoint.serving.items()
    }
    wanted = [
        (settings, backend.model(settings["ModelName"]), kept.get(settings["VariantName"], {}))
        for settings in config.variants
    ]
    capture = endpoint.capture if "DataCaptureConfig" in retain else config.capture
    arguments = (endpoint, config, wanted, capture, plan)
    threading.Thread(target=_deploy, args=arguments, daemon=True, name=f"deploy-{endpoint.name}").start()


def _deploy(
    endpoint: Endpoint,
    config: EndpointConfig,
    wanted: list[tuple[Mapping[str, Any], Model, Mapping[str, Any]]],
    capture: dict[str, Any] | None,
    plan: Plan,
) -> None:
    variants: dict[str, Variant] = {}
    region = endpoint.arn.split(":")[3]
    time.sleep(durations.sagemaker_step)
    try:
        for settings, model, kept in wanted:
            name = settings["VariantName"]
            variants[name] = Variant(endpoint, settings, model, region)
            variants[name].scale(kept)
            if capture:
                variants[name].capture_to(capture, f"{endpoint.name}/{name}", region)
        for variant in variants.values():
            variant.check()
        if endpoint.serving:
            _shift(endpoint, variants, plan, region)
    except DeploymentError as failure:
        _give_up(endpoint, variants, str(failure))
    except Exception:  # noqa: BLE001 - an endpoint must not stay Creating for ever
        _log.exception("endpoint %s", endpoint.name)
        _give_up(endpoint, variants, UNVERIFIED_INTERNAL_ERROR)
    else:
        replaced, endpoint.serving, endpoint.share = endpoint.serving, variants, 0.0
        endpoint.config_name, endpoint.capture = config.name, capture
        endpoint.pending = None
        endpoint.to("InService")
        _end(replaced)


def _shift(endpoint: Endpoint, variants: dict[str, Variant], plan: Plan, region: str) -> None:
    """Move requests to new variants, step by step; raise DeploymentError when an alarm goes off."""
    credentials = next(iter(variants.values())).credentials
    cloudwatch = credentials.client("cloudwatch", region) if plan.alarms else None
    endpoint.incoming = variants
    waits = [plan.wait] * len(plan.shares)
    waits[-1] += plan.termination_wait
    for share, wait in zip(plan.shares, waits, strict=True):
        endpoint.share, began = share, time.monotonic()
        while True:
            if cloudwatch:
                _look_at(cloudwatch, plan.alarms)
            left = began + wait * durations.deployment_second - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, durations.alarm_evaluation))


def _look_at(cloudwatch: Any, alarms: tuple[str, ...]) -> None:
    """Raise DeploymentError when an alarm is in ALARM, does not exist, or when the role of the model may not know."""
    try:
        found = cloudwatch.describe_alarms(AlarmNames=list(alarms))["MetricAlarms"]
    except ClientError as error:
        raise DeploymentError(UNVERIFIED_ALARMS_UNKNOWN.format(error=error.response["Error"]["Message"])) from error
    states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}
    if missing := [name for name in alarms if name not in states]:
        raise DeploymentError(UNVERIFIED_ALARMS_MISSING.format(names=", ".join(missing)))
    if tripped := [name for name in alarms if states[name] == "ALARM"]:
        raise DeploymentError(UNVERIFIED_ALARM.format(names=", ".join(tripped)))


def _give_up(endpoint: Endpoint, variants: Mapping[str, Variant], reason: str) -> None:
    """End what was started; an endpoint that served before goes on (its reason then: not proven on AWS)."""
    endpoint.share, endpoint.pending = 0.0, None
    if endpoint.serving:
        endpoint.to("RollingBack", reason)
        time.sleep(durations.sagemaker_step)
    endpoint.to("InService" if endpoint.serving else "Failed", reason)
    _end(variants)


def scale(endpoint: Endpoint, wanted: list[dict[str, Any]]) -> None:
    """Begin to give variants other weights and capacities."""

    def work() -> None:
        time.sleep(durations.sagemaker_step)
        for change in wanted:
            endpoint.serving[change["VariantName"]].scale(change)
        endpoint.to("InService")

    for change in wanted:
        endpoint.serving[change["VariantName"]].wanted = change
    endpoint.to("Updating")
    threading.Thread(target=work, daemon=True, name=f"scale-{endpoint.name}").start()


def delete(endpoint: Endpoint, backend: SageMakerBackend) -> None:
    """End the endpoint's processes, then forget it."""

    def work() -> None:
        time.sleep(durations.sagemaker_step)
        _end(endpoint.serving)
        backend.endpoints.pop(endpoint.name.lower())

    endpoint.to("Deleting")
    threading.Thread(target=work, daemon=True, name=f"delete-{endpoint.name}").start()


def _end(variants: Mapping[str, Variant]) -> None:
    for variant in variants.values():
        variant.end()

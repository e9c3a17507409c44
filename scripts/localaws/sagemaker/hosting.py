"""Runs endpoints: their variants are replaced all at once when one is updated, and scaled, and ended."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from localaws.clock import durations
from localaws.sagemaker.backend import SageMakerBackend
from localaws.sagemaker.containers import DeploymentError
from localaws.sagemaker.models import Endpoint, EndpointConfig, Model
from localaws.sagemaker.variants import Variant

# FailureReason beside those of variants: people report a text like this, AWS publishes none.
UNVERIFIED_INTERNAL_ERROR = "Request to service failed. If failure persists after retry, contact customer support."
_log = logging.getLogger(__name__)


def deploy(endpoint: Endpoint, config: EndpointConfig, backend: SageMakerBackend, *, retain: bool = False) -> None:
    """Begin to serve a configuration; the endpoint's status tells how it goes on.

    ``retain`` keeps the weights and capacities of variants of the same name (RetainAllVariantProperties).
    """
    models = [backend.model(variant["ModelName"]) for variant in config.variants]
    kept = {name: variant.desired() for name, variant in endpoint.serving.items()} if retain else {}
    arguments = (endpoint, config, models, backend.region_name, kept)
    threading.Thread(target=_deploy, args=arguments, daemon=True, name=f"deploy-{endpoint.name}").start()


def _deploy(
    endpoint: Endpoint, config: EndpointConfig, models: list[Model], region: str, kept: Mapping[str, Mapping[str, Any]]
) -> None:
    variants: dict[str, Variant] = {}
    time.sleep(durations.sagemaker_step)
    try:
        for settings, model in zip(config.variants, models, strict=True):
            name = settings["VariantName"]
            variants[name] = Variant(endpoint, settings, model, region)
            variants[name].scale(kept.get(name, {}))
        for variant in variants.values():
            variant.check()
    except DeploymentError as failure:
        _give_up(endpoint, variants, str(failure))
    except Exception:  # noqa: BLE001 - an endpoint must not stay Creating for ever
        _log.exception("endpoint %s", endpoint.name)
        _give_up(endpoint, variants, UNVERIFIED_INTERNAL_ERROR)
    else:
        replaced, endpoint.serving = endpoint.serving, variants
        endpoint.config_name = config.name
        endpoint.pending = None
        endpoint.to("InService")
        _end(replaced)


def _give_up(endpoint: Endpoint, variants: Mapping[str, Variant], reason: str) -> None:
    """End what was started; an endpoint that served before goes on (its reason then: not proven on AWS)."""
    endpoint.pending = None
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

"""Whether what is asked for keeps within the account's quotas, which ``localaws.servicequotas.catalogue`` holds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from localaws.sagemaker.backend import SageMakerBackend
from localaws.sagemaker.errors import SageMakerError
from localaws.sagemaker.models import Endpoint, EndpointConfig
from localaws.servicequotas.catalogue import SERVERLESS_CONCURRENCY, SERVERLESS_MEMORY, limits

UNVERIFIED_CONCURRENCY_UNIT = "Invocations"  # people quote instances, megabytes and much else, but not this


def check_training(backend: SageMakerBackend, request: Mapping[str, Any]) -> None:
    """Raise ResourceLimitExceeded when a training job needs more instances than are left."""

    def usage(of: Mapping[str, Any]) -> str:
        spot = "spot " if of.get("EnableManagedSpotTraining") else ""
        return f"{of['ResourceConfig']['InstanceType']} for {spot}training job usage"

    running = [job.request for job in list(backend.training_jobs.values()) if job.status in ("InProgress", "Stopping")]
    used = sum(other["ResourceConfig"]["InstanceCount"] for other in running if usage(other) == usage(request))
    _check(usage(request), used, request["ResourceConfig"]["InstanceCount"])


def check_transform(backend: SageMakerBackend, request: Mapping[str, Any]) -> None:
    """Raise ResourceLimitExceeded when a transform job needs more instances than are left."""
    kind = request["TransformResources"]["InstanceType"]
    running = [job.request for job in list(backend.transform_jobs.values()) if job.status in ("InProgress", "Stopping")]
    resources = [other["TransformResources"] for other in running]
    used = sum(other["InstanceCount"] for other in resources if other["InstanceType"] == kind)
    _check(f"{kind} for transform job usage", used, request["TransformResources"]["InstanceCount"])


def check_hosting(backend: SageMakerBackend, config: EndpointConfig, endpoint: Endpoint | None = None) -> None:
    """Raise ResourceLimitExceeded when a new endpoint, or the update of one, needs more than is left.

    An update needs its instances beside those that serve until it is done.
    """
    wanted: Counter[str] = Counter()
    for variant in config.variants:
        if "ServerlessConfig" in variant:
            _check(SERVERLESS_MEMORY, 0, variant["ServerlessConfig"]["MemorySizeInMB"], "MBs")
        else:
            wanted[variant["InstanceType"]] += variant["InitialInstanceCount"]
    _check_instances(backend, wanted)
    more = config.concurrency - (endpoint.concurrency if endpoint else 0)
    if more > 0:
        used = sum(each.concurrency for each in list(backend.endpoints.values()))
        _check(SERVERLESS_CONCURRENCY, used, more, UNVERIFIED_CONCURRENCY_UNIT)


def check_notebook(backend: SageMakerBackend, instance_type: str) -> None:
    """Raise ResourceLimitExceeded when there is no instance left for another notebook."""
    notebooks = list(backend.notebooks.values())
    used = sum(notebook.in_use and notebook.request["InstanceType"] == instance_type for notebook in notebooks)
    _check(f"{instance_type} for notebook instance usage", used, 1)


def check_scaling(backend: SageMakerBackend, endpoint: Endpoint, wanted: Iterable[Mapping[str, Any]]) -> None:
    """Raise ResourceLimitExceeded when variants that grow need more instances than are left."""
    more: Counter[str] = Counter()
    for change in wanted:
        variant = endpoint.serving[change["VariantName"]]
        if "DesiredInstanceCount" in change:
            more[variant.settings["InstanceType"]] += change["DesiredInstanceCount"] - variant.count
    _check_instances(backend, +more)


def _check_instances(backend: SageMakerBackend, wanted: Mapping[str, int]) -> None:
    for kind, count in wanted.items():
        used = sum(endpoint.instances(kind) for endpoint in list(backend.endpoints.values()))
        _check(f"{kind} for endpoint usage", used, count)


def _check(quota: str, used: int, wanted: int, unit: str = "Instances") -> None:
    limit = limits.get(quota)
    if limit is not None and used + wanted > limit:
        raise SageMakerError(
            "ResourceLimitExceeded",
            f"The account-level service limit '{quota}' is {limit} {unit}, with current utilization of {used} {unit} "
            f"and a request delta of {wanted} {unit}. Please use AWS Service Quotas to request an increase for this "
            "quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.",
        )

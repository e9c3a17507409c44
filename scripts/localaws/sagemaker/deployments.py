"""How an update moves requests to new variants: at once or in steps, each watched by alarms that turn it back.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html. A step is a share of the requests: one
process stands for all instances of a variant. The rules are those of botocore's descriptions.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localaws.sagemaker.errors import invalid
from localaws.sagemaker.models import EndpointConfig
from localaws.sagemaker.rules import refuse_unknown

UNVERIFIED_SERVERLESS = "DeploymentConfig applies to real-time and asynchronous endpoints alone, not to serverless."
UNVERIFIED_BOTH_POLICIES = "A deployment has either BlueGreenUpdatePolicy or RollingUpdatePolicy."
UNVERIFIED_TOO_SHORT = "MaximumExecutionTimeoutInSeconds must be larger than all waiting times together."
UNVERIFIED_SIZE_MISSING = "A deployment of type {} needs {}."
UNVERIFIED_SIZE_UNUSED = "A deployment of type {} must not have {}."
UNVERIFIED_SIZE = "{name} must be {bounds} percent of the {count} instances of the variant: it is {percent:g}."
_ANY: dict[str, Any] = {}
_SIZE = {"Type": _ANY, "Value": _ANY}
_KNOWN = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": _ANY,
            "WaitIntervalInSeconds": _ANY,
            "CanarySize": _SIZE,
            "LinearStepSize": _SIZE,
        },
        "TerminationWaitInSeconds": _ANY,
        "MaximumExecutionTimeoutInSeconds": _ANY,
    },
    "RollingUpdatePolicy": {
        "MaximumBatchSize": _SIZE,
        "WaitIntervalInSeconds": _ANY,
        "MaximumExecutionTimeoutInSeconds": _ANY,
        "RollbackMaximumBatchSize": _SIZE,  # stored: requests go back at once
    },
    "AutoRollbackConfiguration": {"Alarms": _ANY},
}
_ROLLING = "rolling update"
# The member that says how large a step is, and how small and large it may be: percent of the instances.
_STEPS = {
    "CANARY": ("CanarySize", 0, 50),
    "LINEAR": ("LinearStepSize", 10, 50),
    _ROLLING: ("MaximumBatchSize", 5, 50),
}


@dataclass(frozen=True)
class Plan:
    """The steps of a deployment (shares of the requests), the seconds after each and after the last, its alarms."""

    shares: Sequence[float] = (1.0,)
    wait: int = 0
    termination_wait: int = 0
    alarms: tuple[str, ...] = ()

    @classmethod
    def of(cls, deployment: Mapping[str, Any], config: EndpointConfig) -> "Plan":
        """Read a DeploymentConfig; raise ValidationException for one that AWS, or local AWS, does not follow."""
        refuse_unknown("UpdateEndpoint", {"DeploymentConfig": _KNOWN}, {"DeploymentConfig": deployment})
        if deployment and config.hosting == "serverless":
            raise invalid(UNVERIFIED_SERVERLESS)
        if "BlueGreenUpdatePolicy" in deployment and "RollingUpdatePolicy" in deployment:
            raise invalid(UNVERIFIED_BOTH_POLICIES)
        rolling = deployment.get("RollingUpdatePolicy", {})
        policy = rolling or deployment.get("BlueGreenUpdatePolicy", {})
        routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0})
        alarms = deployment.get("AutoRollbackConfiguration", {}).get("Alarms", ())
        plan = cls(
            shares=_batches(rolling, config.variants) if rolling else _shares(routing, config.variants),
            wait=(rolling or routing)["WaitIntervalInSeconds"],
            termination_wait=policy.get("TerminationWaitInSeconds", 0),
            alarms=tuple(alarm["AlarmName"] for alarm in alarms),
        )
        longest = policy.get("MaximumExecutionTimeoutInSeconds")
        if longest is not None and longest <= len(plan.shares) * plan.wait + plan.termination_wait:
            raise invalid(UNVERIFIED_TOO_SHORT)
        return plan


def _shares(routing: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]) -> list[float]:
    kind = routing["Type"]
    wanted = _STEPS[kind][0] if kind in _STEPS else None
    for name in ("CanarySize", "LinearStepSize"):
        if (name in routing) != (name == wanted):
            raise invalid((UNVERIFIED_SIZE_MISSING if name == wanted else UNVERIFIED_SIZE_UNUSED).format(kind, name))
    if not wanted:
        return [1.0]
    share = _share(kind, routing[wanted], variants)
    return [share, 1.0] if kind == "CANARY" else _steps(share)


def _batches(rolling: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]) -> list[float]:
    return _steps(_share(_ROLLING, rolling["MaximumBatchSize"], variants))


def _steps(share: float) -> list[float]:
    return [*itertools.takewhile(lambda so_far: so_far < 1, (step * share for step in itertools.count(1))), 1.0]


def _share(kind: str, size: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]) -> float:
    """Return the share of the requests that a CapacitySize is; raise ValidationException outside its bounds."""
    if len(variants) > 1:
        raise invalid(f"Local AWS deploys one production variant by {kind}, and several ALL_AT_ONCE.")
    name, least, most = _STEPS[kind]
    count = variants[0]["InitialInstanceCount"]
    percent: float = size["Value"] if size["Type"] == "CAPACITY_PERCENT" else 100 * size["Value"] / count
    if not least <= percent <= most:
        bounds = f"{least} to {most}" if least else f"at most {most}"
        raise invalid(UNVERIFIED_SIZE.format(name=name, bounds=bounds, count=count, percent=percent))
    return percent / 100

"""How an update moves requests to new variants: at once or in steps, each watched by alarms that turn it back.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html. A step is a share of the requests: one
process stands for all instances of a variant. The rules are AWS's (botocore's descriptions); their words are ours.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localaws.sagemaker.errors import invalid
from localaws.sagemaker.models import EndpointConfig
from localaws.sagemaker.rules import refuse_unknown

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
    "AutoRollbackConfiguration": {"Alarms": _ANY},
}
# The member that says how large a step is, and how small and large it may be: percent of the instances.
_STEPS = {"CANARY": ("CanarySize", 0, 50), "LINEAR": ("LinearStepSize", 10, 50)}


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
            raise invalid("DeploymentConfig applies to real-time and asynchronous endpoints alone, not to serverless.")
        policy = deployment.get("BlueGreenUpdatePolicy", {})
        routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0})
        plan = cls(
            _shares(routing, config.variants),
            routing["WaitIntervalInSeconds"],
            policy.get("TerminationWaitInSeconds", 0),
            tuple(alarm["AlarmName"] for alarm in deployment.get("AutoRollbackConfiguration", {}).get("Alarms", ())),
        )
        longest = policy.get("MaximumExecutionTimeoutInSeconds")
        if longest is not None and longest <= len(plan.shares) * plan.wait + plan.termination_wait:
            raise invalid("MaximumExecutionTimeoutInSeconds must be larger than all waiting times together.")
        return plan


def _shares(routing: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]) -> list[float]:
    kind = routing["Type"]
    wanted, least, most = _STEPS.get(kind, ("", 0, 0))
    for name in ("CanarySize", "LinearStepSize"):
        if (name in routing) != (name == wanted):
            raise invalid(f"A deployment of type {kind} {'needs' if name == wanted else 'must not have'} {name}.")
    if not wanted:
        return [1.0]
    if len(variants) > 1:
        raise invalid(f"Local AWS deploys one production variant by {kind}, and several ALL_AT_ONCE.")
    size, count = routing[wanted], variants[0]["InitialInstanceCount"]
    percent = size["Value"] if size["Type"] == "CAPACITY_PERCENT" else 100 * size["Value"] / count
    if not least <= percent <= most:
        bounds = f"{least} to {most}" if least else f"at most {most}"
        raise invalid(f"{wanted} must be {bounds} percent of the {count} instances of the variant: it is {percent:g}.")
    if kind == "CANARY":
        return [percent / 100, 1.0]
    return [*itertools.takewhile(lambda share: share < 1, (step * percent / 100 for step in itertools.count(1))), 1.0]

"""How a model is hosted: serverless, or on instances. Builds the requests, makes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VARIANT = "AllTraffic"


@dataclass(frozen=True)
class Serverless:
    """Billed by use; the first request after a pause waits for a cold start."""

    memory_mb: int
    max_concurrency: int
    kind = "serverless"

    def variant(self) -> dict[str, Any]:
        """The hosting part of a production variant."""
        return {"ServerlessConfig": {"MemorySizeInMB": self.memory_mb, "MaxConcurrency": self.max_concurrency}}


@dataclass(frozen=True)
class Instances:
    """Billed by the hour for as long as the endpoint exists."""

    type: str
    count: int
    kind = "instances"

    def variant(self) -> dict[str, Any]:
        """The hosting part of a production variant."""
        return {"InstanceType": self.type, "InitialInstanceCount": self.count}


Hosting = Serverless | Instances


def kind_of(config: Mapping[str, Any]) -> str:
    """The kind of hosting of an endpoint configuration that DescribeEndpointConfig returned."""
    return Serverless.kind if "ServerlessConfig" in config["ProductionVariants"][0] else Instances.kind


def config_request(name: str, model: str, hosting: Hosting, tags: list[dict[str, str]]) -> dict[str, Any]:
    """CreateEndpointConfig."""
    variant = {"VariantName": VARIANT, "ModelName": model, "InitialVariantWeight": 1.0, **hosting.variant()}
    return {"EndpointConfigName": name, "ProductionVariants": [variant], "Tags": tags}


def model_request(name: str, image: str, data_url: str, role_arn: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    """CreateModel."""
    return {
        "ModelName": name,
        "PrimaryContainer": {"Image": image, "ModelDataUrl": data_url},
        "ExecutionRoleArn": role_arn,
        "Tags": tags,
    }

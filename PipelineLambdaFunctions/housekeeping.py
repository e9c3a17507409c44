"""Removes what earlier deployments left: an environment's old endpoint configurations, and models without any.

Only what has a name of this pipeline is looked at (see `names`). Of an environment stays what its endpoints serve, and
the configuration before that, to go back to.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

import names
from documents import Deployment
from pipeline_answer import Progress
from sagemaker_errors import is_missing


def tidy(sagemaker: Any, suffix: str, wanted: Deployment, progress: Progress) -> None:
    """Remove the leftovers of the environment that is about to be changed to `wanted`."""
    env = wanted["environment"].lower()
    progress("looking for old endpoint configurations")
    served = _served(sagemaker, suffix, env)
    configs = _configs(sagemaker, suffix)
    mine = {name: made for name, made in configs.items() if names.config_environment(name, suffix) == env}
    old = old_configs(mine, served.get(wanted["endpoint"]), {*served.values(), wanted["endpoint_config"]})
    for name in old:
        progress(f"deleting the endpoint configuration {name}")
        _delete(sagemaker.delete_endpoint_config, EndpointConfigName=name)
    progress("looking for unused models")
    used = {model for name in configs.keys() - old for model in _models_of(sagemaker, name)}
    for name in _models(sagemaker, suffix) - used - {wanted["model"]}:
        progress(f"deleting the model {name}")
        _delete(sagemaker.delete_model, ModelName=name)


def old_configs(configs: Mapping[str, datetime], served: str | None, keep: Collection[str]) -> set[str]:
    """Of an environment's configurations, with their creation times, those that nobody needs any more."""
    unused = {name: made for name, made in configs.items() if name not in keep}
    before = [name for name, made in unused.items() if served is None or made <= configs.get(served, made)]
    return unused.keys() - {max(before, key=lambda name: unused[name], default="")}


def _served(sagemaker: Any, suffix: str, env: str) -> dict[str, str]:
    """The environment's endpoints (another model-name makes another one) and what they serve."""
    found: dict[str, str] = {}
    for page in sagemaker.get_paginator("list_endpoints").paginate(NameContains=f"-{suffix}-{env}"):
        for endpoint in page["Endpoints"]:
            name = endpoint["EndpointName"]
            if names.is_endpoint(name, suffix, env):
                found[name] = sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    return found


def _configs(sagemaker: Any, suffix: str) -> dict[str, datetime]:
    return {
        config["EndpointConfigName"]: config["CreationTime"]
        for page in sagemaker.get_paginator("list_endpoint_configs").paginate(NameContains=f"{suffix}-")
        for config in page["EndpointConfigs"]
        if names.config_environment(config["EndpointConfigName"], suffix)
    }


def _models(sagemaker: Any, suffix: str) -> set[str]:
    return {
        model["ModelName"]
        for page in sagemaker.get_paginator("list_models").paginate(NameContains=f"-{suffix}-")
        for model in page["Models"]
        if names.is_model(model["ModelName"], suffix)
    }


def _models_of(sagemaker: Any, config: str) -> set[str]:
    try:
        described = sagemaker.describe_endpoint_config(EndpointConfigName=config)
    except ClientError as error:
        if is_missing(error):  # another environment's deployment has just removed it
            return set()
        raise
    return {variant["ModelName"] for variant in described["ProductionVariants"]}


def _delete(call: Any, **what: str) -> None:
    try:
        call(**what)
    except ClientError as error:
        if not is_missing(error):
            raise

"""Removes what earlier deployments left: an environment's old endpoint configurations, and models without any.

Only what has a name of this pipeline is looked at (see `names`). Of an environment stays what its endpoint serves, and
the configuration before that, to go back to. An endpoint of an earlier model-name in the same environment stays, with
all that it has, until teardown.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

import names
from documents import Deployment
from pipeline_answer import Progress
from sagemaker_errors import is_missing


@dataclass(frozen=True)
class Config:
    """One of this pipeline's endpoint configurations."""

    name: str
    made: datetime
    model: str


def tidy(sagemaker: Any, suffix: str, wanted: Deployment, served: str | None, progress: Progress) -> None:
    """Remove the leftovers of the environment whose endpoint serves `served` and is about to be changed to `wanted`."""
    progress("looking for old endpoint configurations")
    configs = set(_configs(sagemaker, suffix))
    env, model_name = wanted["environment"].lower(), wanted["training"]["model_name"]
    mine = {
        config
        for config in configs
        if names.config_environment(config.name, suffix) == env and config.model.startswith(f"{model_name}-")
    }
    old = old_configs(mine, served, wanted["endpoint_config"])
    for config in old:
        progress(f"deleting the endpoint configuration {config.name}")
        _delete(sagemaker.delete_endpoint_config, EndpointConfigName=config.name)
    progress("looking for unused models")
    used = {config.model for config in configs - old}
    for name in _models(sagemaker, suffix) - used - {wanted["model"]}:
        progress(f"deleting the model {name}")
        _delete(sagemaker.delete_model, ModelName=name)


def old_configs(configs: Collection[Config], served: str | None, wanted: str) -> set[Config]:
    """Of an endpoint's configurations, those that nobody needs: not served, not wanted, not the last one before."""
    unused = {config for config in configs if config.name not in (served, wanted)}
    since = max((config.made for config in configs if config.name == served), default=None)
    before = [config for config in unused if since is None or config.made <= since]
    return unused - set(sorted(before, key=lambda config: config.made)[-1:])


def _configs(sagemaker: Any, suffix: str) -> Iterator[Config]:
    for page in sagemaker.get_paginator("list_endpoint_configs").paginate(NameContains=f"{suffix}-"):
        for listed in page["EndpointConfigs"]:
            name = listed["EndpointConfigName"]
            if names.config_environment(name, suffix) and (model := _model_of(sagemaker, name)):
                yield Config(name, listed["CreationTime"], model)


def _model_of(sagemaker: Any, config: str) -> str | None:
    try:
        described = sagemaker.describe_endpoint_config(EndpointConfigName=config)
    except ClientError as error:
        if is_missing(error):  # another environment's deployment has just removed it
            return None
        raise
    return str(described["ProductionVariants"][0]["ModelName"])


def _models(sagemaker: Any, suffix: str) -> set[str]:
    return {
        model["ModelName"]
        for page in sagemaker.get_paginator("list_models").paginate(NameContains=f"-{suffix}-")
        for model in page["Models"]
        if names.is_model(model["ModelName"], suffix)
    }


def _delete(call: Any, **what: str) -> None:
    try:
        call(**what)
    except ClientError as error:
        if not is_missing(error):
            raise

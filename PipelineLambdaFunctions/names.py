"""The names of what the functions create: a contract with policies and teardown.

No part but the last holds a hyphen, so `<suffix>-<env>-` and `-<suffix>-` mean one pipeline and nobody else's.
"""

import re

RUN_ID_DIGITS = 12
_JOB_DIGITS = 6


def run_id(job_id: str) -> str:
    """A run's id: the first digits of the id (a UUID) of StartTraining's job."""
    return job_id.replace("-", "")[:RUN_ID_DIGITS].lower()


def training_job(model_name: str, suffix: str, run: str) -> str:
    """The training job of a run, and the model that is made of it."""
    return f"{model_name}-{suffix}-{run}"


def endpoint(model_name: str, suffix: str, env: str) -> str:
    """The endpoint of an environment: stable, whatever it serves."""
    return f"{model_name}-{suffix}-{env.lower()}"


def endpoint_config(suffix: str, env: str, run: str, job_id: str) -> str:
    """The endpoint configuration of one deployment."""
    return f"{suffix}-{env.lower()}-{run}-{job_id.replace('-', '')[:_JOB_DIGITS].lower()}"


def is_model(name: str, suffix: str) -> bool:
    """Whether a name is that of one of this pipeline's models, and of the training job that made it."""
    return bool(re.fullmatch(rf"[a-z0-9]+-{suffix}-[0-9a-f]{{{RUN_ID_DIGITS}}}", name))


def config_environment(name: str, suffix: str) -> str | None:
    """The environment (lower case) of one of this pipeline's endpoint configurations; None for somebody else's."""
    found = re.fullmatch(rf"{suffix}-([a-z0-9]+)-[0-9a-f]{{{RUN_ID_DIGITS}}}-[0-9a-f]{{{_JOB_DIGITS}}}", name)
    return found[1] if found else None


def tags(suffix: str, **more: str) -> list[dict[str, str]]:
    """Tags for what the functions create, for bills and for people; what is empty is left out."""
    values = {"suffix": suffix, **more}
    return [
        {"Key": f"mlops-builtinalgo:{key.replace('_', '-')}", "Value": value} for key, value in values.items() if value
    ]

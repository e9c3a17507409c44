"""The state of SageMaker in an account and region: every resource by its name."""

import threading
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

from localaws.sagemaker.errors import UNVERIFIED_JOB_NOT_FOUND, SageMakerError, invalid, not_found
from localaws.sagemaker.models import Endpoint, EndpointConfig, Model, Resource, TrainingJob
from localaws.sagemaker.notebooks import LifecycleConfig, NotebookInstance
from localaws.sagemaker.packages import ModelPackage, ModelPackageGroup
from localaws.sagemaker.transforms import TransformJob


class SageMakerBackend(BaseBackend):
    """The state of SageMaker in one account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()  # held from looking at the state to changing it
        self.training_jobs: dict[str, TrainingJob] = {}
        self.transform_jobs: dict[str, TransformJob] = {}
        self.models: dict[str, Model] = {}
        self.endpoint_configs: dict[str, EndpointConfig] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.package_groups: dict[str, ModelPackageGroup] = {}
        self.packages: dict[str, ModelPackage] = {}  # by name, or group/version
        self.notebooks: dict[str, NotebookInstance] = {}
        self.lifecycle_configs: dict[str, LifecycleConfig] = {}

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a resource. Names of endpoints are case-insensitive: their ARNs are lower-case."""
        written = name.lower() if kind == "endpoint" else name
        return f"arn:{self.partition}:sagemaker:{self.region_name}:{self.account_id}:{kind}/{written}"

    def training_job(self, name: str) -> TrainingJob:
        """Return a training job, or raise AWS's error."""
        if name not in self.training_jobs:
            raise invalid(UNVERIFIED_JOB_NOT_FOUND)
        return self.training_jobs[name]

    def transform_job(self, name: str) -> TransformJob:
        """Return a transform job, or raise AWS's error."""
        if name not in self.transform_jobs:
            raise invalid(UNVERIFIED_JOB_NOT_FOUND)
        return self.transform_jobs[name]

    def model(self, name: str) -> Model:
        """Return a model, or raise AWS's error."""
        if name not in self.models:
            raise not_found("model", self.arn("model", name))
        return self.models[name]

    def endpoint_config(self, name: str) -> EndpointConfig:
        """Return an endpoint configuration, or raise AWS's error."""
        if name not in self.endpoint_configs:
            raise not_found("endpoint configuration", self.arn("endpoint-config", name))
        return self.endpoint_configs[name]

    def endpoint(self, name: str) -> Endpoint:
        """Return an endpoint, whatever the case of its name, or raise AWS's error."""
        if name.lower() not in self.endpoints:
            raise not_found("endpoint", self.arn("endpoint", name))
        return self.endpoints[name.lower()]

    def package_group(self, name_or_arn: str) -> ModelPackageGroup:
        """Return a model package group by its name or ARN, or raise AWS's error."""
        name = name_or_arn.rpartition("/")[2]
        if name not in self.package_groups:
            raise invalid(f"ModelPackageGroup {self.arn('model-package-group', name)} does not exist.")
        return self.package_groups[name]

    def package(self, name_or_arn: str) -> ModelPackage:
        """Return a model package by its name, its group and version, or its ARN, or raise AWS's error."""
        name = name_or_arn.partition(":model-package/")[2] or name_or_arn
        if name not in self.packages:
            raise invalid(f"ModelPackage {self.arn('model-package', name)} does not exist.")
        return self.packages[name]

    def notebook(self, name: str) -> NotebookInstance:
        """Return a notebook instance, or raise AWS's error."""
        if name not in self.notebooks:
            raise invalid("RecordNotFound")
        return self.notebooks[name]

    def lifecycle_config(self, name: str, verb: str) -> LifecycleConfig:
        """Return a lifecycle configuration, or raise AWS's error, which names what was to be done with it."""
        if name not in self.lifecycle_configs:
            arn = self.arn("notebook-instance-lifecycle-config", name)
            raise invalid(
                f"Unable to {verb} Notebook Instance Lifecycle Config '{arn}'. (Details: Notebook Instance Lifecycle "
                "Config does not exist.)"
            )
        return self.lifecycle_configs[name]

    def resource(self, arn: str) -> Resource:
        """Return what an ARN names, for its tags."""
        groups: tuple[dict[str, Any], ...] = (
            self.training_jobs,
            self.transform_jobs,
            self.models,
            self.endpoint_configs,
            self.endpoints,
            self.package_groups,
            self.packages,
            self.notebooks,
            self.lifecycle_configs,
        )
        for group in groups:
            for resource in list(group.values()):
                if resource.arn == arn:
                    found: Resource = resource
                    return found
        raise SageMakerError("ResourceNotFound", f"Could not find resource {arn}.")


sagemaker_backends = BackendDict(SageMakerBackend, "sagemaker")

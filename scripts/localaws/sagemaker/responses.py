"""The operations of SageMaker: parameters in, documents out."""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from localaws import constraints
from localaws.sagemaker import hosting, listing, rules, storage
from localaws.sagemaker.errors import (
    UNVERIFIED_FAILED_ENDPOINT,
    UNVERIFIED_KIND_CHANGED,
    SageMakerError,
    already_exists,
    invalid,
)
from localaws.sagemaker.images import version_of
from localaws.sagemaker.models import (
    BUSY,
    TERMINAL,
    Endpoint,
    EndpointConfig,
    Model,
    Resource,
    SageMakerBackend,
    TrainingJob,
    sagemaker_backends,
)
from localaws.sagemaker.training import Training


class SageMakerResponse(BaseResponse):
    """Answers SageMaker's API."""

    def __init__(self) -> None:
        super().__init__(service_name="sagemaker")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> SageMakerBackend:
        """The state of the caller's account and region."""
        backend: SageMakerBackend = sagemaker_backends[self.current_account][self.region]
        return backend

    def _checked(self) -> dict[str, Any]:
        """Return the parameters, after AWS's checks of their form."""
        parameters = dict(self.params)
        constraints.check("sagemaker", self._get_action(), parameters)
        return parameters

    # Training jobs

    def create_training_job(self) -> ActionResult:
        """Check everything that AWS checks before it starts, then start."""
        request = self._checked()
        rules.check_training_job(request)
        name = request["TrainingJobName"]
        version = version_of(request["AlgorithmSpecification"]["TrainingImage"], self.region)
        arn = self.backend.arn("training-job", name)
        _check_data(request, self.region, arn)
        job = TrainingJob(name, arn, request)
        training = Training(job, version, self.region)
        if self.backend.training_jobs.setdefault(name, job) is not job:
            raise SageMakerError(
                "ResourceInUse",
                "Training job names must be unique within an AWS account and region, and a training job with this "
                f"name already exists ({arn})",
            )
        training.start()
        return ActionResult({"TrainingJobArn": arn})

    def describe_training_job(self) -> ActionResult:
        """Tell everything about a job."""
        return ActionResult(self.backend.training_job(self._checked()["TrainingJobName"]).describe())

    def stop_training_job(self) -> ActionResult:
        """Stop a job that runs."""
        job = self.backend.training_job(self._checked()["TrainingJobName"])
        if job.status in TERMINAL:
            raise invalid(f"The request was rejected because the training job is in status {job.status}.")
        job.stop()
        return EmptyResult()

    def delete_training_job(self) -> ActionResult:
        """Forget a job that has ended, which frees its name."""
        job = self.backend.training_job(self._checked()["TrainingJobName"])
        if job.status not in TERMINAL:
            raise invalid(f"The request was rejected because the training job is in status {job.status}.")
        del self.backend.training_jobs[job.name]
        return EmptyResult()

    def list_training_jobs(self) -> ActionResult:
        """List jobs."""
        jobs, more = listing.page(list(self.backend.training_jobs.values()), self._checked(), "Ascending")
        summaries = [
            {
                "TrainingJobName": job.name,
                "TrainingJobArn": job.arn,
                "CreationTime": job.created,
                "TrainingEndTime": job.ended,
                "LastModifiedTime": job.modified,
                "TrainingJobStatus": job.status,
                "SecondaryStatus": job.secondary_status,
            }
            for job in jobs
        ]
        return ActionResult({"TrainingJobSummaries": summaries} | more)

    # Models

    def create_model(self) -> ActionResult:
        """Check that the role can read the model's data, then remember the model."""
        request = self._checked()
        rules.check_model(request)
        version_of(request["PrimaryContainer"]["Image"], self.region)
        name = request["ModelName"]
        arn = self.backend.arn("model", name)
        _check_model_data(request, self.region, arn)
        model = Model(name, arn, request)
        if self.backend.models.setdefault(name, model) is not model:
            raise already_exists("model", arn)
        return ActionResult({"ModelArn": arn})

    def describe_model(self) -> ActionResult:
        """Tell everything about a model."""
        model = self.backend.model(self._checked()["ModelName"])
        return ActionResult(_stored(model) | {"ModelArn": model.arn, "CreationTime": model.created})

    def delete_model(self) -> ActionResult:
        """Forget a model; endpoints that serve it go on."""
        del self.backend.models[self.backend.model(self._checked()["ModelName"]).name]
        return EmptyResult()

    def list_models(self) -> ActionResult:
        """List models."""
        models, more = listing.page(list(self.backend.models.values()), self._checked(), "Descending")
        summaries = [
            {"ModelName": model.name, "ModelArn": model.arn, "CreationTime": model.created} for model in models
        ]
        return ActionResult({"Models": summaries} | more)

    # Endpoint configurations

    def create_endpoint_config(self) -> ActionResult:
        """Check the variants and that their models exist, then remember the configuration."""
        request = self._checked()
        rules.check_endpoint_config(request)
        for variant in request["ProductionVariants"]:
            model = self.backend.model(variant["ModelName"])
            if "ServerlessConfig" in variant and model.request.get("EnableNetworkIsolation"):
                raise invalid("Serverless endpoints do not support models with EnableNetworkIsolation.")
        name = request["EndpointConfigName"]
        arn = self.backend.arn("endpoint-config", name)
        config = EndpointConfig(name, arn, request)
        if self.backend.endpoint_configs.setdefault(name, config) is not config:
            raise already_exists("endpoint configuration", arn)
        return ActionResult({"EndpointConfigArn": arn})

    def describe_endpoint_config(self) -> ActionResult:
        """Tell everything about an endpoint configuration."""
        config = self.backend.endpoint_config(self._checked()["EndpointConfigName"])
        variants = [{"InitialVariantWeight": 1.0} | variant for variant in config.variants]
        document = _stored(config) | {"ProductionVariants": variants}
        return ActionResult(document | {"EndpointConfigArn": config.arn, "CreationTime": config.created})

    def delete_endpoint_config(self) -> ActionResult:
        """Forget an endpoint configuration; endpoints that use it go on."""
        del self.backend.endpoint_configs[self.backend.endpoint_config(self._checked()["EndpointConfigName"]).name]
        return EmptyResult()

    def list_endpoint_configs(self) -> ActionResult:
        """List endpoint configurations."""
        configs, more = listing.page(list(self.backend.endpoint_configs.values()), self._checked(), "Descending")
        summaries = [
            {"EndpointConfigName": config.name, "EndpointConfigArn": config.arn, "CreationTime": config.created}
            for config in configs
        ]
        return ActionResult({"EndpointConfigs": summaries} | more)

    # Endpoints

    def create_endpoint(self) -> ActionResult:
        """Begin to serve a configuration under a name."""
        request = self._checked()
        rules.refuse_unknown("CreateEndpoint", rules.ENDPOINT, request)
        config = self.backend.endpoint_config(request["EndpointConfigName"])
        self._check_models(config)
        name = request["EndpointName"]
        arn = self.backend.arn("endpoint", name)
        endpoint = Endpoint(name, arn, request, config_name=config.name)
        if self.backend.endpoints.setdefault(name.lower(), endpoint) is not endpoint:
            raise already_exists("endpoint", arn)
        hosting.deploy(endpoint, config, self.backend)
        return ActionResult({"EndpointArn": arn})

    def update_endpoint(self) -> ActionResult:
        """Begin to serve another configuration, and go on with the present one until the other is ready."""
        request = self._checked()
        rules.refuse_unknown("UpdateEndpoint", rules.ENDPOINT_UPDATE, request)
        if request.get("RetainAllVariantProperties"):
            raise invalid("Local AWS does not implement RetainAllVariantProperties of UpdateEndpoint.")
        endpoint = self._idle(request["EndpointName"])
        config = self.backend.endpoint_config(request["EndpointConfigName"])
        self._check_models(config)
        if endpoint.status == "Failed":
            raise invalid(UNVERIFIED_FAILED_ENDPOINT.format(arn=endpoint.arn))
        if config.hosting != endpoint.hosting:
            raise invalid(UNVERIFIED_KIND_CHANGED.format(arn=endpoint.arn, old=endpoint.hosting, new=config.hosting))
        endpoint.begin_update(config)
        hosting.deploy(endpoint, config, self.backend)
        return ActionResult({"EndpointArn": endpoint.arn})

    def describe_endpoint(self) -> ActionResult:
        """Tell everything about an endpoint."""
        return ActionResult(self.backend.endpoint(self._checked()["EndpointName"]).describe())

    def delete_endpoint(self) -> ActionResult:
        """End an endpoint."""
        hosting.delete(self._idle(self._checked()["EndpointName"]), self.backend)
        return EmptyResult()

    def list_endpoints(self) -> ActionResult:
        """List endpoints."""
        endpoints, more = listing.page(list(self.backend.endpoints.values()), self._checked(), "Descending")
        summaries = [
            {
                "EndpointName": endpoint.name,
                "EndpointArn": endpoint.arn,
                "CreationTime": endpoint.created,
                "LastModifiedTime": endpoint.modified,
                "EndpointStatus": endpoint.status,
            }
            for endpoint in endpoints
        ]
        return ActionResult({"Endpoints": summaries} | more)

    def _idle(self, name: str) -> Endpoint:
        endpoint = self.backend.endpoint(name)
        if endpoint.status in BUSY:
            raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        return endpoint

    def _check_models(self, config: EndpointConfig) -> None:
        for variant in config.variants:
            self.backend.model(variant["ModelName"])

    # Tags

    def add_tags(self) -> ActionResult:
        """Add tags to whatever an ARN names, or change them."""
        request = self._checked()
        resource = self.backend.resource(request["ResourceArn"])
        resource.tags |= {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        return ActionResult({"Tags": _tags(resource)})

    def list_tags(self) -> ActionResult:
        """List the tags of whatever an ARN names."""
        return ActionResult({"Tags": _tags(self.backend.resource(self._checked()["ResourceArn"]))})

    def delete_tags(self) -> ActionResult:
        """Remove tags from whatever an ARN names."""
        request = self._checked()
        resource = self.backend.resource(request["ResourceArn"])
        resource.tags = {key: value for key, value in resource.tags.items() if key not in request["TagKeys"]}
        return EmptyResult()


def _stored(resource: Resource) -> dict[str, Any]:
    return {name: value for name, value in resource.request.items() if name != "Tags"}


def _tags(resource: Resource) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in resource.tags.items()]


def _check_data(request: Mapping[str, Any], region: str, job_arn: str) -> None:
    """Raise AWS's errors for a role that cannot be assumed and for a channel without data."""
    role = request["RoleArn"]
    s3 = storage.open_storage(role, region, job_arn)
    if s3 is None:
        raise invalid(
            f"Could not assume role {role}. Please ensure that the role exists and allows principal "
            f"'{storage.PRINCIPAL}' to assume the role."
        )
    for channel in request.get("InputDataConfig", ()):
        uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
        if not s3.has_objects(uri):
            raise invalid(
                f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
                f"exists in the selected region ({region}), that objects exist under that S3 prefix, and that the role "
                f'"{role}" has "s3:ListBucket" permissions on bucket "{storage.split(uri)[0]}".'
            )


def _check_model_data(request: Mapping[str, Any], region: str, model_arn: str) -> None:
    """Raise AWS's one error for whatever keeps the role from reading the model."""
    role, url = request["ExecutionRoleArn"], request["PrimaryContainer"]["ModelDataUrl"]
    s3 = storage.open_storage(role, region, storage.hosting_source(model_arn))
    if s3 is None or not s3.exists(url):
        raise invalid(
            f'Could not access model data at {url}. Please ensure that the role "{role}" exists and that its trust '
            f'relationship policy allows the action "sts:AssumeRole" for the service principal "{storage.PRINCIPAL}". '
            f'Also ensure that the role has "s3:GetObject" permissions and that the object is located in {region}.'
        )

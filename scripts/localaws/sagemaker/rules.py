"""What a request may hold: AWS's rules that botocore's model does not say, and what local AWS does not honour.

The rules are AWS's (botocore's descriptions, the Developer Guide); their words are ours, except that of metric
definitions: AWS publishes none.
"""

from collections.abc import Mapping
from typing import Any

from localaws.sagemaker.errors import invalid
from localaws.sagemaker.models import Endpoint

_LONGEST_RUN = 28 * 24 * 60 * 60  # botocore: MaxRuntimeInSeconds' description
_LARGEST_ENVIRONMENT = 32 * 1024  # botocore: ContainerDefinition's Environment, all of it
_ANY: dict[str, Any] = {}  # a member that is taken whole

# Members that take effect, and (marked) those that are only stored and returned.
_CHANNEL = {
    "ChannelName": _ANY,
    "ContentType": _ANY,
    "InputMode": _ANY,
    "CompressionType": _ANY,  # None alone, see below
    "RecordWrapperType": _ANY,  # None alone, see below
    "DataSource": {"S3DataSource": {"S3DataType": _ANY, "S3Uri": _ANY, "S3DataDistributionType": _ANY}},
}
TRAINING_JOB = {
    "TrainingJobName": _ANY,
    "HyperParameters": _ANY,
    "AlgorithmSpecification": {
        "TrainingImage": _ANY,
        "TrainingInputMode": _ANY,
        "EnableSageMakerMetricsTimeSeries": _ANY,  # stored
    },
    "RoleArn": _ANY,
    "InputDataConfig": _CHANNEL,
    "OutputDataConfig": {"S3OutputPath": _ANY, "KmsKeyId": _ANY, "CompressionType": _ANY},
    "ResourceConfig": {
        "InstanceType": _ANY,  # stored
        "InstanceCount": _ANY,
        "VolumeSizeInGB": _ANY,  # stored
        "VolumeKmsKeyId": _ANY,  # stored
    },
    "CheckpointConfig": {"S3Uri": _ANY, "LocalPath": _ANY},
    "StoppingCondition": {"MaxRuntimeInSeconds": _ANY, "MaxWaitTimeInSeconds": _ANY},
    "Tags": _ANY,
    "Environment": _ANY,
    "EnableNetworkIsolation": _ANY,  # stored: the image makes no calls
    "EnableInterContainerTrafficEncryption": _ANY,  # stored: containers are processes of one machine
    "EnableManagedSpotTraining": _ANY,  # stored: nothing interrupts it
}
_CONTAINER = {
    "Image": _ANY,
    "ModelDataUrl": _ANY,
    "ModelPackageName": _ANY,
    "Environment": _ANY,
    "Mode": _ANY,
    "ContainerHostname": _ANY,  # stored
}
MODEL = {
    "ModelName": _ANY,
    "PrimaryContainer": _CONTAINER,
    "Containers": _CONTAINER,
    "ExecutionRoleArn": _ANY,
    "Tags": _ANY,
    "EnableNetworkIsolation": _ANY,  # stored: the image makes no calls
}
ENDPOINT_CONFIG = {
    "EndpointConfigName": _ANY,
    "ProductionVariants": {
        "VariantName": _ANY,
        "ModelName": _ANY,
        "InitialVariantWeight": _ANY,
        "InitialInstanceCount": _ANY,  # stored
        "InstanceType": _ANY,  # stored
        "VolumeSizeInGB": _ANY,  # stored
        "ModelDataDownloadTimeoutInSeconds": _ANY,  # stored
        "ContainerStartupHealthCheckTimeoutInSeconds": _ANY,
        "ServerlessConfig": _ANY,
    },
    "DataCaptureConfig": {
        "EnableCapture": _ANY,
        "InitialSamplingPercentage": _ANY,
        "DestinationS3Uri": _ANY,
        "KmsKeyId": _ANY,
        "CaptureOptions": {"CaptureMode": _ANY},
        "CaptureContentTypeHeader": {"CsvContentTypes": _ANY, "JsonContentTypes": _ANY},
    },
    "Tags": _ANY,
    "KmsKeyId": _ANY,  # stored
}
ENDPOINT = {"EndpointName": _ANY, "EndpointConfigName": _ANY, "Tags": _ANY}
ENDPOINT_UPDATE = dict.fromkeys(
    (
        "EndpointName",
        "EndpointConfigName",
        "RetainAllVariantProperties",
        "ExcludeRetainedVariantProperties",
        "DeploymentConfig",
        "RetainDeploymentConfig",
    ),
    _ANY,
)


def refuse_unknown(operation: str, known: Mapping[str, Any], parameters: Mapping[str, Any], path: str = "") -> None:
    """Raise ValidationException that names the first member that local AWS does not honour."""
    for name, value in parameters.items():
        if name not in known:
            raise invalid(f"Local AWS does not implement {path}{name} of {operation}.")
        if known[name]:
            for item in value if isinstance(value, list) else [value]:
                refuse_unknown(operation, known[name], item, f"{path}{name}.")


def check_training_job(request: Mapping[str, Any]) -> None:
    """Raise ValidationException for a training job that AWS, or local AWS, does not start."""
    specification = request.get("AlgorithmSpecification") or {}
    if "MetricDefinitions" in specification:
        raise invalid(
            "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
            "without specifying metric definitions."
        )
    refuse_unknown("CreateTrainingJob", TRAINING_JOB, request)
    # botocore stopped requiring these when serverless jobs came; a classic job needs them (botocore 1.35.0).
    required = {
        "algorithmSpecification": request.get("AlgorithmSpecification"),
        "algorithmSpecification.trainingImage": specification.get("TrainingImage"),
        "resourceConfig": request.get("ResourceConfig"),
        "resourceConfig.instanceType": (request.get("ResourceConfig") or {}).get("InstanceType"),
        "resourceConfig.instanceCount": (request.get("ResourceConfig") or {}).get("InstanceCount"),
        "resourceConfig.volumeSizeInGB": (request.get("ResourceConfig") or {}).get("VolumeSizeInGB"),
        "stoppingCondition": request.get("StoppingCondition"),
    }
    for member, value in required.items():
        if value is None:
            raise invalid(
                f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: "
                "Member must not be null"
            )
    instances = request["ResourceConfig"]["InstanceCount"]
    if instances < 1:  # botocore: 0 is for instance groups
        raise invalid("ResourceConfig.InstanceCount must be at least 1.")
    if instances > 1 and "_kfold" in request.get("HyperParameters", {}):
        raise invalid("Local AWS cross-validates (_kfold) on one instance: ResourceConfig.InstanceCount must be 1.")
    if request["OutputDataConfig"].get("CompressionType", "GZIP") != "GZIP":
        raise invalid("Local AWS does not implement OutputDataConfig.CompressionType NONE of CreateTrainingJob.")
    check_uri("S3OutputPath", request["OutputDataConfig"]["S3OutputPath"])
    if "CheckpointConfig" in request:
        check_uri("CheckpointConfig.S3Uri", request["CheckpointConfig"]["S3Uri"])
    _check_times(request)
    _check_channels(request.get("InputDataConfig") or [])


def check_uri(member: str, uri: str) -> None:
    """Raise ValidationException for a URI that is not s3://."""
    if not uri.startswith("s3://"):
        raise invalid(f"Local AWS reads and writes s3:// URIs alone: {member} is {uri}.")


def _check_times(request: Mapping[str, Any]) -> None:
    condition = request["StoppingCondition"]
    if condition.get("MaxRuntimeInSeconds", 0) > _LONGEST_RUN:
        raise invalid(f"MaxRuntimeInSeconds must be less than or equal to {_LONGEST_RUN} (28 days).")
    longest_wait = condition.get("MaxWaitTimeInSeconds")
    if not request.get("EnableManagedSpotTraining"):
        if longest_wait is not None:
            raise invalid("MaxWaitTimeInSeconds is only supported when EnableManagedSpotTraining is true.")
    elif longest_wait is None or longest_wait < condition.get("MaxRuntimeInSeconds", 0):
        raise invalid("MaxWaitTimeInSeconds must be greater than or equal to MaxRuntimeInSeconds.")


def _check_channels(channels: list[dict[str, Any]]) -> None:
    names = [channel["ChannelName"] for channel in channels]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"Input data configuration has more than one channel named {name}.")
    for channel in channels:
        source = (channel.get("DataSource") or {}).get("S3DataSource")
        if not source:
            raise invalid(
                f"Local AWS reads channels from S3 alone: channel {channel['ChannelName']} has no S3DataSource."
            )
        check_uri("S3Uri", source["S3Uri"])
        if source["S3DataType"] != "S3Prefix":
            raise invalid(f"Local AWS does not implement S3DataType {source['S3DataType']} of CreateTrainingJob.")
        for member in ("CompressionType", "RecordWrapperType"):
            if channel.get(member, "None") != "None":
                raise invalid(f"Local AWS does not implement {member} {channel[member]} of CreateTrainingJob.")


def check_model(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one container of a model; raise ValidationException for what AWS, or local AWS, does not create."""
    refuse_unknown("CreateModel", MODEL, request)
    if not request.get("ExecutionRoleArn"):
        raise invalid("Local AWS needs ExecutionRoleArn in CreateModel.")
    containers = [request["PrimaryContainer"]] if "PrimaryContainer" in request else request.get("Containers", [])
    if len(containers) != 1 or ("PrimaryContainer" in request and "Containers" in request):
        raise invalid("Local AWS serves a model from one container: PrimaryContainer, or one of Containers.")
    (container,) = containers
    if "ModelPackageName" in container:
        for name in ("Image", "ModelDataUrl"):
            if name in container:
                raise invalid(f"A container has either ModelPackageName or {name}.")
    else:
        for name in ("Image", "ModelDataUrl"):
            if not container.get(name):
                raise invalid(f"Local AWS needs {name} in the container of CreateModel.")
        check_uri("ModelDataUrl", container["ModelDataUrl"])
    if container.get("Mode", "SingleModel") != "SingleModel":
        raise invalid("Local AWS does not implement PrimaryContainer.Mode MultiModel of CreateModel.")
    environment = container.get("Environment", {})
    if sum(len(name) + len(value) for name, value in environment.items()) > _LARGEST_ENVIRONMENT:
        raise invalid(f"The environment of a container must not exceed {_LARGEST_ENVIRONMENT} bytes.")
    for name in ("SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"):
        if name in environment:
            raise invalid(f"Local AWS does not implement the environment variable {name} of the XGBoost image.")
    return dict(container)


def check_endpoint_config(request: Mapping[str, Any]) -> None:
    """Raise ValidationException for an endpoint configuration that AWS, or local AWS, does not create."""
    serverless = any("ServerlessConfig" in variant for variant in request["ProductionVariants"])
    if serverless:
        _check_serverless(request)
    refuse_unknown("CreateEndpointConfig", ENDPOINT_CONFIG, request)
    if "DataCaptureConfig" in request:
        check_uri("DestinationS3Uri", request["DataCaptureConfig"]["DestinationS3Uri"])
    names = [variant["VariantName"] for variant in request["ProductionVariants"]]
    if len(set(names)) < len(names):
        raise invalid("Production variant names must be unique in an endpoint configuration.")
    for variant in request["ProductionVariants"]:
        if not variant.get("ModelName"):
            raise invalid("Local AWS does not implement inference components: a production variant needs a ModelName.")
        if not serverless and not (variant.get("InstanceType") and variant.get("InitialInstanceCount")):
            raise invalid(
                f"Production variant {variant['VariantName']} needs InstanceType and InitialInstanceCount, "
                "or a ServerlessConfig."
            )


def retained(request: Mapping[str, Any]) -> set[str]:
    """Return what an update leaves as it is: VariantPropertyTypes, and what the capacity of serverless variants is."""
    if not request.get("RetainAllVariantProperties"):
        return set()
    excluded = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", ())}
    kept = {"DesiredInstanceCount", "DesiredWeight", "DataCaptureConfig"} - excluded
    return kept | ({"ServerlessUpdateConfig"} if "DesiredInstanceCount" in kept else set())


def check_capacities(endpoint: Endpoint, wanted: list[dict[str, Any]]) -> None:
    """Raise ValidationException for weights and capacities that the variants of an endpoint cannot have."""
    for change in wanted:
        name = change["VariantName"]
        if name not in endpoint.serving:
            raise invalid(f'Could not find variant "{name}" of endpoint "{endpoint.arn}".')
        refused = "DesiredInstanceCount" if endpoint.serving[name].is_serverless else "ServerlessUpdateConfig"
        if refused in change:
            raise invalid(f"{refused} does not apply to variant {name}, which is hosted on {endpoint.hosting}.")
        if change.get("DesiredInstanceCount") == 0:
            raise invalid("DesiredInstanceCount must be greater than or equal to 1.")


def _check_serverless(request: Mapping[str, Any]) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html, "Feature exclusions"
    if len(request["ProductionVariants"]) > 1:
        raise invalid("Serverless endpoints do not support multiple production variants.")
    for name in ("DataCaptureConfig", "VpcConfig", "EnableNetworkIsolation", "ShadowProductionVariants"):
        if request.get(name):
            raise invalid(f"Serverless endpoints do not support {name}.")
    variant = request["ProductionVariants"][0]
    for name in ("InstanceType", "InitialInstanceCount", "VolumeSizeInGB"):
        if name in variant:
            raise invalid(f"A production variant with a ServerlessConfig must not have {name}.")
    config = variant["ServerlessConfig"]
    if config["MemorySizeInMB"] % 1024:
        raise invalid("MemorySizeInMB must be one of 1024, 2048, 3072, 4096, 5120 or 6144.")
    if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
        raise invalid("ProvisionedConcurrency must be less than or equal to MaxConcurrency.")

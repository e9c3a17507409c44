"""SageMaker and its runtime: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html"""

from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, rows, values

_JOB = "training-job/{TrainingJobName}"
_TRANSFORM = "transform-job/{TransformJobName}"
_MODEL = "model/{ModelName}"
_CONFIG = "endpoint-config/{EndpointConfigName}"
_NOTEBOOK = "notebook-instance/{NotebookInstanceName}"
_LIFECYCLE = "notebook-instance-lifecycle-config/{NotebookInstanceLifecycleConfigName}"
_ANY = "{ResourceArn}"
_ADD_TAGS = "sagemaker:AddTags"

_NETWORK = {
    "sagemaker:networkisolation": "EnableNetworkIsolation",
    "sagemaker:vpcsecuritygroupids": "VpcConfig.SecurityGroupIds",
    "sagemaker:vpcsubnets": "VpcConfig.Subnets",
}
_JOB_KEYS = _NETWORK | {
    "sagemaker:instancetypes": "ResourceConfig.InstanceType",
    "sagemaker:maxruntimeinseconds": "StoppingCondition.MaxRuntimeInSeconds",
    "sagemaker:outputkmskey": "OutputDataConfig.KmsKeyId",
    "sagemaker:volumekmskey": "ResourceConfig.VolumeKmsKeyId",
    "sagemaker:intercontainertrafficencryption": "EnableInterContainerTrafficEncryption",
}
_TRANSFORM_KEYS = {
    "sagemaker:instancetypes": "TransformResources.InstanceType",
    "sagemaker:outputkmskey": "TransformOutput.KmsKeyId",
    "sagemaker:volumekmskey": "TransformResources.VolumeKmsKeyId",
}
_CONFIG_KEYS = {
    "sagemaker:instancetypes": "ProductionVariants.InstanceType",
    "sagemaker:serverlessmaxconcurrency": "ProductionVariants.ServerlessConfig.MaxConcurrency",
    "sagemaker:serverlessmemorysize": "ProductionVariants.ServerlessConfig.MemorySizeInMB",
    "sagemaker:volumekmskey": "KmsKeyId",
}
_NOTEBOOK_KEYS = {
    "sagemaker:instancetypes": "InstanceType",
    "sagemaker:directinternetaccess": "DirectInternetAccess",
    "sagemaker:rootaccess": "RootAccess",
    "sagemaker:volumekmskey": "KmsKeyId",
}
_PACKAGE_KEYS = {"sagemaker:modelapprovalstatus": "ModelApprovalStatus"}


def _endpoint(call: Call) -> list[str]:
    """Return an endpoint, whose ARN is in lower case: https://github.com/philschmid/cdk-samples/issues/2"""
    return [f"endpoint/{call.parameters['EndpointName'].lower()}"]


def _endpoint_and_config(call: Call) -> list[str]:
    return [*_endpoint(call), f"endpoint-config/{call.parameters['EndpointConfigName']}"]


def _group(call: Call) -> list[str]:
    """Return a group of model packages, which may be named by its ARN."""
    return [f"model-package-group/{call.parameters['ModelPackageGroupName'].rpartition('/')[2]}"]


def _package(call: Call) -> list[str]:
    """Return a model package: by ARN, by name, or one to be made or listed in a group."""
    names = [*values(call, "ModelPackageArn"), *values(call, "ModelPackageName")]
    groups = [group.rpartition("/")[2] for group in values(call, "ModelPackageGroupName")]
    return [name if name.startswith("arn:") else f"model-package/{name}" for name in names] or [
        f"model-package/{group}/*" for group in groups
    ]


TABLE: Table = {
    "CreateTrainingJob": Row(_JOB, keys=_JOB_KEYS, tags="Tags", tagging=_ADD_TAGS, passes=("RoleArn",)),
    **rows(_JOB, "DescribeTrainingJob", "StopTrainingJob", "DeleteTrainingJob"),
    "CreateTransformJob": Row(_TRANSFORM, keys=_TRANSFORM_KEYS, tags="Tags", tagging=_ADD_TAGS),
    **rows(_TRANSFORM, "DescribeTransformJob", "StopTransformJob"),
    "CreateModel": Row(_MODEL, keys=_NETWORK, tags="Tags", tagging=_ADD_TAGS, passes=("ExecutionRoleArn",)),
    **rows(_MODEL, "DescribeModel", "DeleteModel"),
    "CreateEndpointConfig": Row(
        _CONFIG, keys=_CONFIG_KEYS, tags="Tags", tagging=_ADD_TAGS, passes=("ExecutionRoleArn",)
    ),
    **rows(_CONFIG, "DescribeEndpointConfig", "DeleteEndpointConfig"),
    "CreateEndpoint": Row(_endpoint_and_config, tags="Tags", tagging=_ADD_TAGS),
    "UpdateEndpoint": Row(_endpoint_and_config),
    **rows(_endpoint, "DescribeEndpoint", "DeleteEndpoint", "UpdateEndpointWeightsAndCapacities"),
    "CreateModelPackageGroup": Row(_group, tags="Tags", tagging=_ADD_TAGS),
    **rows(_group, "DescribeModelPackageGroup", "DeleteModelPackageGroup"),
    "CreateModelPackage": Row(_package, keys=_PACKAGE_KEYS, tags="Tags", tagging=_ADD_TAGS),
    "UpdateModelPackage": Row(_package, keys=_PACKAGE_KEYS),
    **rows(_package, "DescribeModelPackage", "DeleteModelPackage", "ListModelPackages"),
    "CreateNotebookInstance": Row(_NOTEBOOK, keys=_NOTEBOOK_KEYS, tags="Tags", tagging=_ADD_TAGS, passes=("RoleArn",)),
    "UpdateNotebookInstance": Row(_NOTEBOOK, keys=_NOTEBOOK_KEYS, passes=("RoleArn",)),
    **rows(_NOTEBOOK, "DescribeNotebookInstance", "DeleteNotebookInstance"),
    **rows(_NOTEBOOK, "StartNotebookInstance", "StopNotebookInstance"),
    "CreateNotebookInstanceLifecycleConfig": Row(_LIFECYCLE, tags="Tags", tagging=_ADD_TAGS),
    **rows(_LIFECYCLE, "DescribeNotebookInstanceLifecycleConfig", "UpdateNotebookInstanceLifecycleConfig"),
    **rows(_LIFECYCLE, "DeleteNotebookInstanceLifecycleConfig"),
    **rows(
        "*",
        "ListTrainingJobs",
        "ListTransformJobs",
        "ListModels",
        "ListEndpointConfigs",
        "ListEndpoints",
        "ListModelPackageGroups",
    ),
    **rows("*", "ListNotebookInstances", "ListNotebookInstanceLifecycleConfigs"),
    "AddTags": Row(_ANY, tags="Tags"),
    "ListTags": Row(_ANY),
    "DeleteTags": Row(_ANY, keys={"aws:tagkeys": "TagKeys"}),
}
RUNTIME_TABLE: Table = {
    "InvokeEndpoint": Row(_endpoint, keys={"sagemaker:targetmodel": "TargetModel"}),
}

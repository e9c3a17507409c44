"""What a request for a record may hold: of the model registry, of notebook instances and lifecycle configurations."""

import base64
from collections.abc import Mapping
from typing import Any

from localaws.sagemaker.errors import UNVERIFIED_VERSION_TAGS, invalid
from localaws.sagemaker.rules import check_uri, refuse_unknown

_ANY: dict[str, Any] = {}  # a member that is taken whole

# The model registry
MODEL_PACKAGE_GROUP = {"ModelPackageGroupName": _ANY, "ModelPackageGroupDescription": _ANY, "Tags": _ANY}
_STORED_WITH_PACKAGE = (
    "ModelPackageDescription",
    "CertifyForMarketplace",
    "Tags",
    "MetadataProperties",
    "ModelMetrics",
    "DriftCheckBaselines",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "SkipModelValidation",
    "AdditionalInferenceSpecifications",
)
MODEL_PACKAGE_UPDATE = dict.fromkeys(
    (
        "ModelPackageArn",
        "ModelApprovalStatus",
        "ApprovalDescription",
        "CustomerMetadataProperties",
        "CustomerMetadataPropertiesToRemove",
        "InferenceSpecification",
        "SourceUri",
        "ModelLifeCycle",
    ),
    _ANY,
)
MODEL_PACKAGE = dict.fromkeys(
    (
        "ModelPackageName",
        "ModelPackageGroupName",
        "InferenceSpecification",
        "ModelApprovalStatus",
        "CustomerMetadataProperties",
        "SourceUri",
        "ModelLifeCycle",
        "ClientToken",
        *_STORED_WITH_PACKAGE,
    ),
    _ANY,
)


def check_model_package(request: Mapping[str, Any]) -> None:
    """Raise ValidationException for a model package that AWS, or local AWS, does not create."""
    refuse_unknown("CreateModelPackage", MODEL_PACKAGE, request)
    named, grouped = "ModelPackageName" in request, "ModelPackageGroupName" in request
    if named and grouped:
        raise invalid(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to "
            "use."
        )
    if not named and not grouped:
        raise invalid("Missing ARN.")
    if grouped and request.get("Tags"):
        raise invalid(UNVERIFIED_VERSION_TAGS)
    containers = (request.get("InferenceSpecification") or {}).get("Containers", [])
    if len(containers) != 1:
        raise invalid("Local AWS needs an InferenceSpecification with one container in CreateModelPackage.")
    if url := containers[0].get("ModelDataUrl"):
        check_uri("ModelDataUrl", url)


# Notebook instances: what is kept as it is
NOTEBOOK_UPDATE = dict.fromkeys(
    (
        "NotebookInstanceName",
        "InstanceType",
        "IpAddressType",
        "PlatformIdentifier",
        "RoleArn",
        "LifecycleConfigName",
        "DisassociateLifecycleConfig",
        "VolumeSizeInGB",
        "DefaultCodeRepository",
        "DisassociateDefaultCodeRepository",
        "AdditionalCodeRepositories",
        "DisassociateAdditionalCodeRepositories",
        "RootAccess",
        "InstanceMetadataServiceConfiguration",
    ),
    _ANY,
)
NOTEBOOK = NOTEBOOK_UPDATE | dict.fromkeys(
    ("SubnetId", "SecurityGroupIds", "KmsKeyId", "Tags", "DirectInternetAccess"), _ANY
)


def check_notebook(request: Mapping[str, Any]) -> None:
    """Raise ValidationException for a notebook instance that AWS, or local AWS, does not create."""
    refuse_unknown("CreateNotebookInstance", NOTEBOOK, request)
    # botocore: "If you set this to Disabled, ... you must specify SubnetId" (DirectInternetAccess).
    if request.get("DirectInternetAccess") == "Disabled" and "SubnetId" not in request:
        raise invalid("A notebook instance with DirectInternetAccess Disabled needs a SubnetId.")


def check_scripts(request: Mapping[str, Any]) -> None:
    """Raise ValidationException for scripts of a lifecycle configuration that are not base64."""
    for hook in ("OnCreate", "OnStart"):
        for script in request.get(hook) or ():
            try:
                base64.b64decode(script.get("Content", ""), validate=True)
            except ValueError:
                raise invalid(f"{hook} of a lifecycle configuration must be a base64-encoded shell script.") from None

"""The model registry: groups of model packages, and packages with their approval."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localaws.sagemaker.models import Resource, now

APPROVED, PENDING = "Approved", "PendingManualApproval"
# What UpdateModelPackage replaces as it is given.
_REPLACED = ("ModelApprovalStatus", "ApprovalDescription", "InferenceSpecification", "SourceUri", "ModelLifeCycle")


@dataclass
class ModelPackageGroup(Resource):
    """A group of versions of a model."""

    status: str = "Completed"
    latest: int = 0  # the number of the latest version: those of deleted ones are not used again

    def next_version(self) -> int:
        """Return the number of a new version."""
        self.latest += 1
        return self.latest

    def describe(self) -> dict[str, Any]:
        """Return what DescribeModelPackageGroup says, but for who created it."""
        document = {
            "ModelPackageGroupName": self.name,
            "ModelPackageGroupArn": self.arn,
            "CreationTime": self.created,
            "ModelPackageGroupStatus": self.status,
        }
        description = self.request.get("ModelPackageGroupDescription")
        return document | ({"ModelPackageGroupDescription": description} if description else {})


@dataclass
class ModelPackage(Resource):
    """A model package: a version in a group, or one with a name of its own."""

    status: str = "Completed"
    group: str | None = None
    version: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.group:
            self.request.setdefault("ModelApprovalStatus", PENDING)

    @property
    def container(self) -> dict[str, Any]:
        """The one container that serves it."""
        container: dict[str, Any] = self.request["InferenceSpecification"]["Containers"][0]
        return container

    @property
    def approval(self) -> str | None:
        """Its approval status; packages without a group have none."""
        return self.request.get("ModelApprovalStatus")

    def update(self, changes: Mapping[str, Any]) -> None:
        """Take what UpdateModelPackage changes."""
        self.request |= {name: changes[name] for name in _REPLACED if name in changes}
        metadata = self.request.get("CustomerMetadataProperties", {}) | changes.get("CustomerMetadataProperties", {})
        for name in changes.get("CustomerMetadataPropertiesToRemove", ()):
            metadata.pop(name, None)
        if metadata:
            self.request["CustomerMetadataProperties"] = metadata
        else:
            self.request.pop("CustomerMetadataProperties", None)
        self.modified = now()
        self.on_change()

    def summary(self) -> dict[str, Any]:
        """Return what ListModelPackages says."""
        known = {
            "ModelPackageName": None if self.group else self.name,
            "ModelPackageGroupName": self.group,
            "ModelPackageVersion": self.version,
            "ModelPackageDescription": self.request.get("ModelPackageDescription"),
            "ModelApprovalStatus": self.approval,
        }
        document = {"ModelPackageArn": self.arn, "CreationTime": self.created, "ModelPackageStatus": self.status}
        return document | {name: value for name, value in known.items() if value is not None}

    def describe(self) -> dict[str, Any]:
        """Return what DescribeModelPackage says, but for who created and changed it."""
        stored = {name: value for name, value in self.request.items() if name not in ("Tags", "ClientToken")}
        return (
            {"CertifyForMarketplace": False}
            | stored
            | self.summary()
            | {
                "ModelPackageName": self.group or self.name,
                "LastModifiedTime": self.modified,
                "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            }
        )

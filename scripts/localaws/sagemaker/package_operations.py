"""The operations of the model registry."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from localaws.sagemaker import events, listing, record_rules
from localaws.sagemaker.errors import UNVERIFIED_GROUP_EXISTS, UNVERIFIED_GROUP_IN_USE, SageMakerError, invalid
from localaws.sagemaker.operations import Operations, alone
from localaws.sagemaker.packages import ModelPackage, ModelPackageGroup
from localaws.sagemaker.rules import refuse_unknown


class PackageOperations(Operations):
    """Answers what concerns model package groups and model packages."""

    def create_model_package_group(self) -> ActionResult:
        """Make a group for the versions of a model."""
        request = self.checked()
        refuse_unknown("CreateModelPackageGroup", record_rules.MODEL_PACKAGE_GROUP, request)
        name = request["ModelPackageGroupName"]
        group = ModelPackageGroup(name, self.backend.arn("model-package-group", name), request)
        if self.backend.package_groups.setdefault(name, group) is not group:
            raise invalid(UNVERIFIED_GROUP_EXISTS.format(arn=group.arn))
        return ActionResult({"ModelPackageGroupArn": group.arn})

    def describe_model_package_group(self) -> ActionResult:
        """Tell everything about a group."""
        group = self.backend.package_group(self.checked()["ModelPackageGroupName"])
        return ActionResult(group.describe() | {"CreatedBy": {}})

    @alone
    def delete_model_package_group(self) -> ActionResult:
        """Forget a group without versions."""
        group = self.backend.package_group(self.checked()["ModelPackageGroupName"])
        if any(package.group == group.name for package in self.backend.packages.values()):
            raise SageMakerError("ConflictException", UNVERIFIED_GROUP_IN_USE.format(arn=group.arn))
        del self.backend.package_groups[group.name]
        return EmptyResult()

    def list_model_package_groups(self) -> ActionResult:
        """List groups."""
        groups, more = listing.page(list(self.backend.package_groups.values()), self.checked(), "Ascending")
        return ActionResult({"ModelPackageGroupSummaryList": [group.describe() for group in groups]} | more)

    @alone
    def create_model_package(self) -> ActionResult:
        """Register a model: as the next version of a group, or under a name of its own."""
        request = self.checked()
        record_rules.check_model_package(request)
        token = request.get("ClientToken")
        for package in list(self.backend.packages.values()):
            if token and package.request.get("ClientToken") == token:
                return ActionResult({"ModelPackageArn": package.arn})
        package = self._versioned(request) if "ModelPackageGroupName" in request else self._unversioned(request)
        package.on_change = lambda: events.package_changed(package)
        package.on_change()
        return ActionResult({"ModelPackageArn": package.arn})

    def _versioned(self, request: dict[str, Any]) -> ModelPackage:
        group = self.backend.package_group(request["ModelPackageGroupName"])
        version = group.next_version()
        name = f"{group.name}/{version}"
        request |= {"ModelPackageGroupName": group.name}
        package = ModelPackage(
            name, self.backend.arn("model-package", name), request, group=group.name, version=version
        )
        self.backend.packages[name] = package
        return package

    def _unversioned(self, request: dict[str, Any]) -> ModelPackage:
        name = request["ModelPackageName"]
        package = ModelPackage(name, self.backend.arn("model-package", name), request)
        if self.backend.packages.setdefault(name, package) is not package:
            raise SageMakerError("ConflictException", f"Model Package already exists: {package.arn}")
        return package

    def describe_model_package(self) -> ActionResult:
        """Tell everything about a model package."""
        package = self.backend.package(self.checked()["ModelPackageName"])
        return ActionResult(package.describe() | {"CreatedBy": {}, "LastModifiedBy": {}})

    def update_model_package(self) -> ActionResult:
        """Approve or reject a version, or change what is known of it."""
        request = self.checked()
        refuse_unknown("UpdateModelPackage", record_rules.MODEL_PACKAGE_UPDATE, request)
        package = self.backend.package(request["ModelPackageArn"])
        package.update(request)
        return ActionResult({"ModelPackageArn": package.arn})

    @alone
    def delete_model_package(self) -> ActionResult:
        """Forget a model package; models that were made of it stay."""
        del self.backend.packages[self.backend.package(self.checked()["ModelPackageName"]).name]
        return EmptyResult()

    def list_model_packages(self) -> ActionResult:
        """List model packages: those of a group, or by default those without one."""
        asked = self.checked()
        kind = asked.pop("ModelPackageType", "Unversioned")
        packages = list(self.backend.packages.values())
        if "ModelPackageGroupName" in asked:
            group = self.backend.package_group(asked.pop("ModelPackageGroupName")).name
            packages = [package for package in packages if package.group == group]
        elif kind != "Both":
            packages = [package for package in packages if bool(package.group) == (kind == "Versioned")]
        if approval := asked.pop("ModelApprovalStatus", None):
            packages = [package for package in packages if package.approval == approval]
        chosen, more = listing.page(packages, asked, "Ascending")
        return ActionResult({"ModelPackageSummaryList": [package.summary() for package in chosen]} | more)

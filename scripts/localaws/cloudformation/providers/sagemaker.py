"""Models, endpoints and what stands around them; notebook instances with their lifecycle configurations.

Ref gives the ARN of each, as on AWS; its name is an attribute.
"""

from typing import Any

from botocore.exceptions import WaiterError

from localaws.cloudformation.failures import ResourceError
from localaws.cloudformation.providers.base import Provider, Work, given, tags_of

_NAME_LIMIT = 63
# What local AWS does slowest is to start a process that serves; an instance's steps may have been given a duration.
_PATIENCE = {"Delay": 0.1, "MaxAttempts": 6000}
# What UpdateNotebookInstance changes, and how it is told to take something away.
_CHANGEABLE = (
    "DefaultCodeRepository",
    "InstanceType",
    "LifecycleConfigName",
    "RoleArn",
    "RootAccess",
    "VolumeSizeInGB",
)
# What an endpoint's update takes and its creation does not.
_OF_UPDATES = ("DeploymentConfig", "RetainAllVariantProperties")
_TAKEN_AWAY = {
    "DefaultCodeRepository": "DisassociateDefaultCodeRepository",
    "LifecycleConfigName": "DisassociateLifecycleConfig",
}


class _Named(Provider):
    """What SageMaker makes by a name and knows by an ARN."""

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        self._create(work, properties)

    def _create(self, work: Work, properties: dict[str, Any]) -> dict[str, str]:
        """Make the resource, and return the parameter that names it."""
        # ARNs have names in lower case, so that a generated one can be told from its ARN.
        name = properties.get(self._name) or work.generated_name(_NAME_LIMIT, lower=True)
        made = self._call(work, "create", **properties | {self._name: name})
        work.identified(made[f"{self._noun}Arn"])
        return {self._name: name}

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        sagemaker = work.client("sagemaker")
        if gone := tags_of(old).keys() - tags_of(new).keys():
            sagemaker.delete_tags(ResourceArn=physical_id, TagKeys=sorted(gone))
        if tags_of(old) != tags_of(new) and "Tags" in new:
            sagemaker.add_tags(ResourceArn=physical_id, Tags=new["Tags"])

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        self._call(work, "delete", **self._named(physical_id, properties))

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return self._named(physical_id, properties)

    @property
    def _noun(self) -> str:
        return self.type.rpartition("::")[2]

    @property
    def _name(self) -> str:
        return f"{self._noun}Name"

    def _named(self, physical_id: str, properties: dict[str, Any]) -> dict[str, str]:
        """Return the parameter that names the resource."""
        return {self._name: properties.get(self._name) or physical_id.rpartition("/")[2]}

    def _call(self, work: Work, verb: str, **parameters: Any) -> dict[str, Any]:
        words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in self._noun)
        return dict(getattr(work.client("sagemaker"), f"{verb}{words}")(**parameters))


class Model(_Named):
    """AWS::SageMaker::Model."""

    type = "AWS::SageMaker::Model"
    effective = ("Containers", "ExecutionRoleArn", "ModelName", "PrimaryContainer", "Tags")
    stored = ("EnableNetworkIsolation",)
    attribute_names = ("ModelName",)
    name_property = "ModelName"


class EndpointConfig(_Named):
    """AWS::SageMaker::EndpointConfig."""

    type = "AWS::SageMaker::EndpointConfig"
    effective = ("DataCaptureConfig", "EndpointConfigName", "ProductionVariants", "Tags")
    stored = ("KmsKeyId",)
    attribute_names = ("EndpointConfigName",)
    name_property = "EndpointConfigName"


class Endpoint(_Named):
    """AWS::SageMaker::Endpoint, which is there when it is in service."""

    type = "AWS::SageMaker::Endpoint"
    effective = ("EndpointConfigName", "EndpointName", "Tags", *_OF_UPDATES)
    attribute_names = ("EndpointName",)
    name_property = "EndpointName"

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        whole = {name: value for name, value in properties.items() if name not in _OF_UPDATES}
        self._wait(work, self._create(work, whole), properties)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        super().update(work, physical_id, old, new)
        if old["EndpointConfigName"] != new["EndpointConfigName"]:
            name = self._named(physical_id, new)
            self._call(work, "update", **name, **given(new, "EndpointConfigName", *_OF_UPDATES))
            self._wait(work, name, new)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        super().delete(work, physical_id, properties)
        waiter = work.client("sagemaker").get_waiter("endpoint_deleted")
        waiter.wait(**self._named(physical_id, properties), WaiterConfig=_PATIENCE)

    def _wait(self, work: Work, name: dict[str, str], properties: dict[str, Any]) -> None:
        sagemaker = work.client("sagemaker")
        try:
            sagemaker.get_waiter("endpoint_in_service").wait(**name, WaiterConfig=_PATIENCE)
        except WaiterError as error:
            reason = sagemaker.describe_endpoint(**name).get("FailureReason", str(error))
            raise ResourceError(reason) from error
        config = sagemaker.describe_endpoint(**name)["EndpointConfigName"]
        if config != properties["EndpointConfigName"]:
            raise ResourceError(f"The endpoint still has the endpoint configuration {config}")


class ModelPackageGroup(_Named):
    """AWS::SageMaker::ModelPackageGroup."""

    type = "AWS::SageMaker::ModelPackageGroup"
    effective = ("ModelPackageGroupDescription", "ModelPackageGroupName", "Tags")
    attribute_names = ("CreationTime", "ModelPackageGroupArn", "ModelPackageGroupStatus")
    name_property = "ModelPackageGroupName"

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        found = self._call(work, "describe", **self._named(physical_id, properties))
        return {
            "CreationTime": found["CreationTime"].isoformat(),
            "ModelPackageGroupArn": physical_id,
            "ModelPackageGroupStatus": found["ModelPackageGroupStatus"],
        }


class NotebookInstanceLifecycleConfig(_Named):
    """AWS::SageMaker::NotebookInstanceLifecycleConfig."""

    type = "AWS::SageMaker::NotebookInstanceLifecycleConfig"
    effective = ("NotebookInstanceLifecycleConfigName", "Tags")
    stored = ("OnCreate", "OnStart")
    attribute_names = ("NotebookInstanceLifecycleConfigName",)
    name_property = "NotebookInstanceLifecycleConfigName"

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        super().update(work, physical_id, old, new)
        scripts = {"OnCreate": [], "OnStart": []} | given(new, "OnCreate", "OnStart")
        self._call(work, "update", **self._named(physical_id, new), **scripts)


class NotebookInstance(_Named):
    """AWS::SageMaker::NotebookInstance, which is there when it is in service; changes stop and start it."""

    type = "AWS::SageMaker::NotebookInstance"
    effective = ("LifecycleConfigName", "NotebookInstanceName", "RoleArn", "Tags")
    stored = (
        "DefaultCodeRepository",
        "DirectInternetAccess",
        "InstanceType",
        "KmsKeyId",
        "PlatformIdentifier",
        "RootAccess",
        "VolumeSizeInGB",
    )
    attribute_names = ("NotebookInstanceName",)
    name_property = "NotebookInstanceName"

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        self._wait(work, "in_service", self._create(work, properties))

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        super().update(work, physical_id, old, new)
        changed = {name: new[name] for name in _CHANGEABLE if name in new and new[name] != old.get(name)}
        gone = {flag: True for name, flag in _TAKEN_AWAY.items() if name in old and name not in new}
        if not changed and not gone:
            return
        name = self._named(physical_id, new)
        self._stop(work, name)
        self._call(work, "update", **name, **changed, **gone)
        self._wait(work, "stopped", name)
        self._call(work, "start", **name)
        self._wait(work, "in_service", name)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        name = self._named(physical_id, properties)
        self._stop(work, name)
        super().delete(work, physical_id, properties)
        self._wait(work, "deleted", name)

    def _stop(self, work: Work, name: dict[str, str]) -> None:
        if self._call(work, "describe", **name)["NotebookInstanceStatus"] == "InService":
            self._call(work, "stop", **name)
        self._wait(work, "stopped", name)

    def _wait(self, work: Work, status: str, name: dict[str, str]) -> None:
        work.client("sagemaker").get_waiter(f"notebook_instance_{status}").wait(**name, WaiterConfig=_PATIENCE)

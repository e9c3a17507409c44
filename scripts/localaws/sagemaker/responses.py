"""SageMaker's API: the operations of each kind of resource, and the tags of all."""

from moto.core.responses import ActionResult, EmptyResult

from localaws.sagemaker.endpoint_operations import EndpointOperations
from localaws.sagemaker.errors import UNVERIFIED_TOO_MANY_TAGS, invalid
from localaws.sagemaker.model_operations import ModelOperations
from localaws.sagemaker.models import Resource
from localaws.sagemaker.notebook_operations import NotebookOperations
from localaws.sagemaker.package_operations import PackageOperations
from localaws.sagemaker.training_operations import TrainingOperations
from localaws.sagemaker.transform_operations import TransformOperations

_MOST_TAGS = 50  # botocore: TagList


class SageMakerResponse(
    TrainingOperations,
    TransformOperations,
    ModelOperations,
    PackageOperations,
    EndpointOperations,
    NotebookOperations,
):
    """Answers SageMaker's API."""

    def add_tags(self) -> ActionResult:
        """Add tags to whatever an ARN names, or change them."""
        request = self.checked()
        resource = self.backend.resource(request["ResourceArn"])
        tags = resource.tags | {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        if sum(not key.startswith("aws:") for key in tags) > _MOST_TAGS:
            raise invalid(UNVERIFIED_TOO_MANY_TAGS.format(arn=resource.arn, count=len(tags)))
        resource.tags = tags
        return ActionResult({"Tags": _tags(resource)})

    def list_tags(self) -> ActionResult:
        """List the tags of whatever an ARN names."""
        return ActionResult({"Tags": _tags(self.backend.resource(self.checked()["ResourceArn"]))})

    def delete_tags(self) -> ActionResult:
        """Remove tags from whatever an ARN names."""
        request = self.checked()
        resource = self.backend.resource(request["ResourceArn"])
        resource.tags = {key: value for key, value in resource.tags.items() if key not in request["TagKeys"]}
        return EmptyResult()


def _tags(resource: Resource) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in resource.tags.items()]

"""The operations of models."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from localaws.sagemaker import listing, rules, storage
from localaws.sagemaker.errors import UNVERIFIED_NOT_APPROVED, already_exists, invalid
from localaws.sagemaker.images import version_of
from localaws.sagemaker.models import Model
from localaws.sagemaker.operations import Operations, alone, stored
from localaws.sagemaker.packages import APPROVED


class ModelOperations(Operations):
    """Answers what concerns models."""

    def create_model(self) -> ActionResult:
        """Check that the role can read the model's data, then remember the model."""
        request = self.checked()
        container = self._resolved(rules.check_model(request))
        version_of(container["Image"], self.region)
        name = request["ModelName"]
        arn = self.backend.arn("model", name)
        _check_model_data(request["ExecutionRoleArn"], container["ModelDataUrl"], self.region, arn)
        model = Model(name, arn, request, container=container)
        if self.backend.models.setdefault(name, model) is not model:
            raise already_exists("model", arn)
        return ActionResult({"ModelArn": arn})

    def _resolved(self, container: dict[str, Any]) -> dict[str, Any]:
        """Return a container with the image, the data and the environment of the model package that it names."""
        if "ModelPackageName" not in container:
            return container
        package = self.backend.package(container["ModelPackageName"])
        if package.approval not in (None, APPROVED):
            raise invalid(UNVERIFIED_NOT_APPROVED.format(arn=package.arn))
        environment = package.container.get("Environment", {}) | container.get("Environment", {})
        return package.container | container | {"Environment": environment}

    def describe_model(self) -> ActionResult:
        """Tell everything about a model."""
        model = self.backend.model(self.checked()["ModelName"])
        return ActionResult(stored(model) | {"ModelArn": model.arn, "CreationTime": model.created})

    @alone
    def delete_model(self) -> ActionResult:
        """Forget a model; endpoints that serve it go on."""
        del self.backend.models[self.backend.model(self.checked()["ModelName"]).name]
        return EmptyResult()

    def list_models(self) -> ActionResult:
        """List models."""
        models, more = listing.page(list(self.backend.models.values()), self.checked(), "Descending")
        summaries = [
            {"ModelName": model.name, "ModelArn": model.arn, "CreationTime": model.created} for model in models
        ]
        return ActionResult({"Models": summaries} | more)


def _check_model_data(role: str, url: str, region: str, model_arn: str) -> None:
    """Raise AWS's one error for whatever keeps the role from reading the model."""
    s3 = storage.open_storage(role, region, storage.hosting_source(model_arn))
    if s3 is None or not s3.exists(url):
        raise invalid(
            f'Could not access model data at {url}. Please ensure that the role "{role}" exists and that its trust '
            f'relationship policy allows the action "sts:AssumeRole" for the service principal "{storage.PRINCIPAL}". '
            f'Also ensure that the role has "s3:GetObject" permissions and that the object is located in {region}.'
        )

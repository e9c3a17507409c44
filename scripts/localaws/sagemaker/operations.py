"""What all operations of SageMaker share: the state of the caller's account and region, and AWS's checks of form."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from moto.core.responses import ActionResult, BaseResponse

from localaws import constraints
from localaws.sagemaker.backend import SageMakerBackend, sagemaker_backends
from localaws.sagemaker.errors import UNVERIFIED_TAG_TWICE, invalid
from localaws.sagemaker.models import Resource

_Of = TypeVar("_Of", bound="Operations")


class Operations(BaseResponse):
    """Answers a part of SageMaker's API: parameters in, documents out."""

    def __init__(self) -> None:
        super().__init__(service_name="sagemaker")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> SageMakerBackend:
        """The state of the caller's account and region."""
        backend: SageMakerBackend = sagemaker_backends[self.current_account][self.region]
        return backend

    def checked(self) -> dict[str, Any]:
        """Return the parameters, after AWS's checks of their form."""
        parameters = dict(self.params)
        constraints.check("sagemaker", self._get_action(), parameters)
        check_tags([tag["Key"] for tag in parameters.get("Tags") or ()])
        return parameters


def alone(operation: Callable[[_Of], ActionResult]) -> Callable[[_Of], ActionResult]:
    """Let an operation change the state while no other does: what it has looked at is still so when it acts."""

    @functools.wraps(operation)
    def run(self: _Of) -> ActionResult:
        with self.backend.lock:
            return operation(self)

    return run


def check_tags(keys: list[str]) -> None:
    """Raise ValidationException for the keys of new tags that AWS does not take."""
    for key in keys:
        if keys.count(key) > 1:
            raise invalid(UNVERIFIED_TAG_TWICE.format(key=key))


def stored(resource: Resource) -> dict[str, Any]:
    """Return what a resource was created from, as its description repeats it."""
    return {name: value for name, value in resource.request.items() if name != "Tags"}

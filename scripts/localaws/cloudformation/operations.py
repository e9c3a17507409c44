"""What CloudFormation's operations share: their caller, their stack, and the parameters that they honour."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from moto.core.exceptions import ServiceException
from moto.core.responses import BaseResponse

from localaws.cloudformation.deployment import Deployment, Place, deployment_of
from localaws.cloudformation.engine import Engine
from localaws.cloudformation.errors import TokenAlreadyExists, ValidationError
from localaws.cloudformation.models import FAILED, CloudFormationBackend, Stack, cloudformation_backends
from localaws.cloudformation.parameter_store import ParameterStore
from localaws.cloudformation.providers.base import Clients
from localaws.cloudformation.sources import template_body
from localaws.constraints import ValidationException, check
from localaws.identity import assume_role, credentials_of
from localaws.wire import Credentials

Item = TypeVar("Item")
_SERVICE = "cloudformation.amazonaws.com"
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
_MAX_NAME_LENGTH = 128
_PAGE = 100
# No public source shows this.
UNVERIFIED_PAGE = "NextToken is not valid"
# As captured on AWS: https://github.com/radkawar/stackd (testdata/aws/cloudformation/lifecycle.json)
_USED_BEFORE = (
    "The client request token {} has already been used for this stack. Retry the request with a different client "
    "request token"
)
_UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class Operations(BaseResponse):
    """The base of CloudFormation's response class."""

    params: dict[str, Any]

    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> CloudFormationBackend:
        """The stacks of the caller's account and region."""
        return cloudformation_backends[self.current_account][self.region]  # type: ignore[no-any-return]

    @property
    def caller(self) -> Credentials:
        """The credentials that signed the request, as CloudFormation uses them."""
        found = credentials_of(self.access_key)
        if found is None:
            raise ValidationError("The security token included in the request is invalid.")
        return replace(found, via=_SERVICE)

    def honour(self, *names: str) -> None:
        """Refuse a parameter that breaks its limits, and by name one that the operation would have to ignore."""
        try:
            check("cloudformation", self._get_action(), self.params)
        except ValidationException as error:
            raise ValidationError(error.message) from error
        for name, value in self.params.items():
            if name not in names and value not in (None, False, [], {}):
                raise ValidationError(f"Local AWS does not support the parameter {name} of {self._get_action()}.")

    def new_name(self, member: str = "stackName") -> str:
        """Return the StackName of something new; raise ValidationError when it may not be one."""
        name = str(self.params["StackName"])
        _check_name(name, member)
        return name

    def template_text(self) -> str:
        """Return the template's text; raise ValidationError when the request has none."""
        body = template_body(self.params, self.caller, self.region)
        if body is None:
            raise ValidationError("Either Template URL or Template Body must be specified.")
        return body

    def page(self, items: list[Item], key: Callable[[Item], str]) -> tuple[list[Item], dict[str, str]]:
        """Return the page of a listing that the request asks for, and its NextToken if more follow.

        A token is the key of the last one shown, so that what comes meanwhile moves nothing.
        """
        first = 0
        if token := self.params.get("NextToken"):
            keys = [key(item) for item in items]
            if token not in keys:
                raise ValidationError(UNVERIFIED_PAGE)
            first = keys.index(token) + 1
        shown = items[first : first + _PAGE]
        return shown, {"NextToken": key(shown[-1])} if first + _PAGE < len(items) else {}

    def is_repeated(self, stack: Stack) -> bool:
        """Return whether this very request began before, by its ClientRequestToken; raise TokenAlreadyExists."""
        token, request = self.params.get("ClientRequestToken"), self._request()
        if token is None:
            return False
        if stack.tokens.get(token, request) != request:
            raise TokenAlreadyExists(_USED_BEFORE.format(token))
        return token in stack.tokens

    def _request(self) -> str:
        return f"{self._get_action()} {json.dumps(self.params, sort_keys=True, default=str)}"

    def begin(self, stack: Stack) -> None:
        """Note the request's ClientRequestToken, which the events of what it begins carry, and what it retains."""
        stack.token = self.params.get("ClientRequestToken")
        stack.retains_except_on_create = bool(self.params.get("RetainExceptOnCreate"))
        stack.is_validated = not self.params.get("DisableValidation")
        if stack.token:
            stack.tokens[stack.token] = self._request()

    def wanted(self, place: Place, previous: Deployment | None = None) -> Deployment:
        """Return the deployment that the request asks for."""
        use_previous = previous and self.params.get("UsePreviousTemplate")
        body = previous.template.body if previous and use_previous else self.template_text()
        store = ParameterStore(Clients(self.caller, self.region))
        return deployment_of(self.params, body, place, store, previous)

    def place(self, name: str, stack_id: str) -> Place:
        """Return where a stack of the caller's account and region is."""
        return Place(name, stack_id, self.region, self.current_account, self.backend.partition)

    def engine(self, stack: Stack, role_arn: str | None) -> Engine:
        """Return an engine that acts as the stack's role, or else as the caller."""
        return Engine(self.backend, stack, self._worker(stack, role_arn))

    def clients(self, stack: Stack, role_arn: str | None) -> Clients:
        """Return clients that act as the stack's role, or else as the caller."""
        return Clients(self._worker(stack, role_arn), self.region)

    def _worker(self, stack: Stack, role_arn: str | None) -> Credentials:
        return self._assumed(role_arn, stack.id) if role_arn else self.caller

    def start_update(self, stack: Stack, wanted: Deployment) -> None:
        """Start bringing a stack to what is wanted, rolled back on failure unless the request says not to."""
        stack.on_failure = "DO_NOTHING" if self.params.get("DisableRollback") else "ROLLBACK"
        self.engine(stack, wanted.role_arn).start_update(wanted)

    def _assumed(self, role_arn: str, stack_id: str) -> Credentials:
        try:
            return assume_role(role_arn, _SERVICE, "AWSCloudFormation", self.region, stack_id)
        except ServiceException as error:
            raise ValidationError(f"Role {role_arn} is invalid or cannot be assumed") from error


def check_updatable(stack: Stack, *, rolls_back: bool) -> None:
    """Raise ValidationError when a stack is in a state that no such update may start from."""
    if stack.status in FAILED and rolls_back:
        raise ValidationError(
            f"This stack is currently in a non-terminal [{stack.status}] state. To update the stack from this state, "
            "please use the disable-rollback parameter with update-stack API. To rollback to the last known good "
            "state, use the rollback-stack API"
        )
    if stack.status not in (*_UPDATABLE, *FAILED):
        raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def _check_name(name: str, member: str) -> None:
    problems = []
    if len(name) > _MAX_NAME_LENGTH:
        problems.append(f"Member must have length less than or equal to {_MAX_NAME_LENGTH}")
    if not _NAME.fullmatch(name):
        problems.append(f"Member must satisfy regular expression pattern: {_NAME.pattern}")
    raise_problems(name, member, problems)


def raise_problems(value: str, member: str, problems: Iterable[str]) -> None:
    """Raise ValidationError in the words that AWS's request validator has for a member, if it has problems."""
    listed = [f"Value '{value}' at '{member}' failed to satisfy constraint: {problem}" for problem in problems]
    if listed:
        count = f"{len(listed)} validation error{'s' if len(listed) > 1 else ''} detected"
        raise ValidationError(f"{count}: {'; '.join(listed)}")

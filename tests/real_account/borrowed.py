"""The account that ``--aws`` names, borrowed for a while: what the tests make in it goes at the end."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

import account
from account import WorkshopError
from real_account.alias import AccountAlias
from real_account.deletions import DELETIONS, PARTS

REGION = "us-east-1"  # the one that the tests name
# These bill by the second, and go on when a test fails. The rest costs cents in all.
BILLED = frozenset(
    {
        "codebuild.StartBuild",
        "sagemaker.CreateEndpoint",
        "sagemaker.CreateNotebookInstance",
        "sagemaker.CreateTrainingJob",
        "sagemaker.CreateTransformJob",
    }
)
_ROLE_SPREADS = 20.0  # seconds; IAM does not say how long services take to learn of a new role
_LOOK_AGAIN = 3.0  # seconds
# Of a function: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
_UNFINISHED = ("in the following state: Pending", "An update is in progress")
# What services say of a thing that a test has deleted itself.
_GONE = ("not found", "notfound", "not exist", "nosuch", "could not find", "pending deletion")


def confirm(named: str) -> None:
    """Say whose account the caller's credentials open. Raises UsageError unless ``named`` is that account."""
    try:
        here = account.connect()
    except (WorkshopError, ClientError, BotoCoreError) as error:
        raise pytest.UsageError(account.explain(error)) from None
    if here.region != REGION:
        raise pytest.UsageError(f"The tests name {REGION}, and AWS_REGION is {here.region}: export AWS_REGION={REGION}")
    if named != here.id:
        raise pytest.UsageError(
            f"This creates and deletes roles, buckets, functions and more in account {here.id}"
            f"{f', not {named}' if named else ''}. If that is meant: --aws={here.id}"
        )


class Account:
    """The account of the caller's credentials; a context manager that deletes what was made through its clients."""

    def __init__(self, *, may_bill: bool) -> None:
        here = account.connect()
        self._session, self._alias = here.session, AccountAlias(here.id)
        self._may_bill = may_bill
        self._made: list[Callable[[], Any]] = []
        self._role_changed = float("-inf")

    def __enter__(self) -> "Account":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        left = list(filter(None, map(_problem, reversed(self._made))))
        assert not left, "\n".join(["Left in the account:", *left])

    def client(self, service: str) -> Any:
        """Return a client that skips the test rather than make what nobody may pay for or could delete."""
        client = self._session.client(service)
        self._alias.give(client)
        events = client.meta.events
        events.register("before-parameter-build", self._before)
        events.register("after-call", lambda **told: self._after(client, **told))
        events.register_first("needs-retry", self._again)
        return client

    def _before(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        operation = _name(model)
        if operation in BILLED and not self._may_bill:
            pytest.skip(f"{operation} bills by the second: --aws-billed allows it")
        if model.name.startswith("Create") and operation not in {*DELETIONS, *PARTS}:
            pytest.skip(f"tests/real_account/deletions.py does not know how to delete what {operation} makes")
        context["asked"] = params

    def _after(self, client: Any, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        if "Error" in parsed:
            return
        if delete := DELETIONS.get(_name(model)):
            self._made.append(lambda: delete(client, context["asked"], parsed))
        if _name(model) in {"iam.CreateRole", "iam.PutRolePolicy", "iam.AttachRolePolicy"}:
            self._role_changed = time.monotonic()

    def _again(self, response: Any, **_: Any) -> float | None:
        """Ask again where a service has not learned yet of a new role, or has not finished with a new function."""
        message = response[1].get("Error", {}).get("Message", "") if response else ""
        is_new = time.monotonic() < self._role_changed + _ROLE_SPREADS
        # What the words of Lambda, CodeBuild, CodePipeline and SageMaker about such a role have in common.
        unknown = is_new and "assume" in message.lower()
        return _LOOK_AGAIN if unknown or any(words in message for words in _UNFINISHED) else None


def _name(model: Any) -> str:
    return f"{model.service_model.service_name}.{model.name}"


def _problem(delete: Callable[[], Any]) -> str | None:
    """Delete something; return why it is still there."""
    try:
        delete()
    except (ClientError, BotoCoreError) as error:
        return None if any(words in str(error).lower() for words in _GONE) else str(error)
    return None

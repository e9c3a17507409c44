"""Lambda's API where moto's differs: what a function may be, its code, and its invocation."""

import base64
import json
import re
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from moto.awslambda.exceptions import InvalidRoleFormat
from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.core.responses import TYPE_RESPONSE, ActionResult

from localaws import constraints
from localaws.awslambda import configuration, destinations, package
from localaws.awslambda.asynchronous import invoke_later
from localaws.awslambda.concurrency import ConcurrencyOperations
from localaws.awslambda.engine import pool
from localaws.awslambda.errors import (
    AccessDeniedException,
    InvalidParameterValueException,
    InvalidRequestContentException,
    PreconditionFailedException,
    RequestTooLargeException,
)
from localaws.awslambda.policies import PolicyOperations
from localaws.awslambda.validation import CODE_UPDATE, EVENT_INVOKE, check_configuration, refuse_all_but
from localaws.awslambda.versions import VersionOperations
from localaws.awslambda.workers import credentials_of_role
from localaws.identity import credentials_of

# botocore Invoke and https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_LARGEST_PAYLOAD = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}
_REQUEST_ID = "x-amzn-RequestId"


class FunctionsResponse(ConcurrencyOperations, PolicyOperations, VersionOperations, LambdaResponse):
    """moto's Lambda with functions that run."""

    def create_function(self) -> TYPE_RESPONSE:
        """Check the configuration, fetch the code as the caller, and create the function."""
        specification = dict(self.json_body)
        check_configuration(specification, creating=True)
        code = package.zip_of(specification["Code"], self._caller(), self.region)
        arn = (
            f"arn:{self.partition}:lambda:{self.region}:{self.current_account}:function:{specification['FunctionName']}"
        )
        self._check_role(specification, arn)
        _check_dead_letters(specification, arn, specification["Role"])
        specification["Code"] = {"ZipFile": base64.b64encode(code).decode()}
        self.body = json.dumps(specification | {"Publish": False})
        status, headers, _ = super().create_function()
        function = self._function(specification["FunctionName"])
        configuration.change(function, specification, is_new=True)
        pool.prepare()
        if specification.get("Publish"):
            function = self.published(function)
        return status, headers, json.dumps(function.get_configuration(on_create=True) | configuration.CREATING)

    def update_function_code(self) -> TYPE_RESPONSE:
        """Fetch the code as the caller; the next invocation runs it."""
        changes = dict(self.json_body)
        refuse_all_but(CODE_UPDATE, changes)
        function = self._function_to_change(changes)
        code = package.zip_of(changes, self._caller(), self.region)
        if not changes.get("DryRun"):
            function.update_function_code({"ZipFile": base64.b64encode(code).decode()})
            configuration.change(function, changes)
        if changes.get("Publish"):
            function = self.published(function)
        return 200, {}, json.dumps(function.get_configuration() | configuration.UPDATING)

    def update_function_configuration(self) -> TYPE_RESPONSE:
        """Check the configuration; the next invocation runs with it."""
        changes = dict(self.json_body)
        if "Environment" in changes:
            changes["Environment"] = {"Variables": {}} | changes["Environment"]  # moto wants them named
        check_configuration(changes | {"FunctionName": unquote(self.path.rsplit("/", 2)[-2])}, creating=False)
        function = self._function_to_change(changes)
        self._check_role(changes, function.function_arn)
        _check_dead_letters(changes, function.function_arn, changes.get("Role", function.role))
        function.update_configuration(changes)
        configuration.change(function, changes)
        return 200, {}, json.dumps(function.get_configuration() | configuration.UPDATING)

    def delete_function(self) -> TYPE_RESPONSE:
        """Delete the function and end its idle processes."""
        function = self._function(self.path.rsplit("/", 1)[-1], self.querystring.get("Qualifier", [None])[0])
        deleted = super().delete_function()
        pool.forget(function)
        return deleted

    def put_function_event_invoke_config(self) -> ActionResult:
        """Replace the configuration (moto would add to it and go on using the first)."""
        function = self._function_to_configure()
        answer = super().put_function_event_invoke_config()
        function.event_invoke_config = function.event_invoke_config[-1:]
        return answer

    def update_function_event_invoke_config(self) -> str:
        """Change what is given and keep the rest."""
        function = self._function_to_configure()
        present = function.event_invoke_config[0].config if function.event_invoke_config else {}
        self.body = json.dumps(present | self.json_body)
        answer = str(super().update_function_event_invoke_config())
        function.event_invoke_config = function.event_invoke_config[-1:]
        return answer

    def _function_to_change(self, changes: dict[str, Any]) -> LambdaFunction:
        function = self._function(self.path.rsplit("/", 2)[-2])
        if changes.get("RevisionId") not in (None, configuration.extras(function).revision):
            raise PreconditionFailedException
        configuration.check_settled(function)
        return function

    def _function_to_configure(self) -> LambdaFunction:
        refuse_all_but(EVENT_INVOKE, self.json_body)
        if self.querystring.get("Qualifier", ["$LATEST"])[0] != "$LATEST":
            raise InvalidParameterValueException("Local AWS keeps event invoke configurations of $LATEST only.")
        function = self._function(self.path.rsplit("/", 2)[1])
        for side in self.json_body.get("DestinationConfig", {}).values():
            if target := side.get("Destination"):
                destinations.check(target, ("sns", "lambda", "events"))
                destinations.check_role(function.function_arn, function.role, target)
        return function

    def invoke(self) -> TYPE_RESPONSE:
        """Run the function now (RequestResponse), soon (Event), or say that it could run (DryRun)."""
        name, qualifier = self.path.rsplit("/", 2)[-2], self.querystring.get("Qualifier", [None])[0]
        function = self._function(name, qualifier)
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        constraints.check("lambda", "Invoke", {"FunctionName": unquote(name), "InvocationType": kind})
        configuration.check_active(function)
        request_id = str(uuid4())
        headers = {_REQUEST_ID: request_id, "X-Amz-Executed-Version": str(function.version)}
        if kind == "DryRun":
            return 204, headers | {"status": "204"}, ""
        payload = _payload(self.body, kind)
        arn = ":".join(function.function_arn.split(":")[:7])
        if qualifier := qualifier or _qualifier_in(unquote(name)):
            arn = f"{arn}:{qualifier}"
        if kind == "Event":
            invoke_later(function, payload, request_id, arn)
            return 202, headers | {"status": "202"}, ""
        outcome = pool.run(function, payload, request_id, arn)
        if outcome.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log).decode()
        return 200, headers | {"Content-Type": "application/json"}, outcome.payload

    def _function(self, name: str, qualifier: str | None = None) -> LambdaFunction:
        return self.backend.get_function(unquote(name), qualifier)

    def _check_role(self, specification: dict[str, Any], function_arn: str) -> None:
        role = str(specification.get("Role", ""))
        if not re.fullmatch(InvalidRoleFormat.pattern, role):
            return  # not given; what is no role at all moto refuses
        try:
            credentials_of_role(role, "CreateFunction", self.region, function_arn)
        except AccessDeniedException as error:
            raise InvalidParameterValueException(error.message) from None

    @staticmethod
    def _enrich_response(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        """Keep an invocation's request id, which moto would replace."""
        request_id = headers.pop(_REQUEST_ID, None)
        headers, body = LambdaResponse._enrich_response(headers, body)
        return headers | ({_REQUEST_ID.lower(): request_id} if request_id else {}), body

    def _caller(self) -> Any:
        return credentials_of(self.get_access_key())


def _check_dead_letters(specification: dict[str, Any], function_arn: str, role: str) -> None:
    if target := specification.get("DeadLetterConfig", {}).get("TargetArn"):
        destinations.check_role(function_arn, role, target)


def _qualifier_in(name: str) -> str:
    """Return the version or alias that a function's name or ARN ends with, or nothing."""
    parts = name.split(":")
    return parts[7] if len(parts) == 8 else parts[1] if len(parts) == 2 else ""


def _payload(body: str, kind: str) -> str:
    size, limit = len(body.encode()), _LARGEST_PAYLOAD[kind]
    if size > limit:
        raise RequestTooLargeException(
            f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        )
    try:
        json.loads(body or "{}")
    except ValueError as error:
        raise InvalidRequestContentException(f"Could not parse request body into json: {error}") from None
    return body or "{}"

"""Who else may invoke a function: the statements of its resource policy."""

import json
import re
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse

from localaws import constraints
from localaws.authorization.policy import MalformedPolicyError, parse
from localaws.awslambda.errors import InvalidParameterValueException, ResourceConflictException
from localaws.iam import principals

# https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1189
_INVALID_PRINCIPAL = "The provided principal was invalid. Please check the principal and try again."
_SUPPORTED = {"StatementId", "Action", "Principal", "SourceArn", "SourceAccount", "PrincipalOrgID", "RevisionId"}


class PolicyOperations(LambdaResponse):
    """AddPermission, where moto's statements are not AWS's."""

    def add_permission(self) -> str:
        """Add a statement once, with its principal as IAM reads it."""
        request = self.json_body
        if unknown := sorted(set(request) - _SUPPORTED):
            raise InvalidParameterValueException(
                f"Local AWS does not support these of a function's permission: {', '.join(unknown)}."
            )
        named = unquote(self.path.split("/")[-2])
        constraints.check("lambda", "AddPermission", {"FunctionName": named, **request})
        function = self.backend.get_function(named, self.querystring.get("Qualifier", [None])[0])
        name = request["StatementId"]
        if any(statement["Sid"] == name for statement in function.policy.statements):
            raise ResourceConflictException(
                f"The statement id ({name}) provided already exists. Please provide a new statement id,"
                " or remove the existing statement."
            )
        principal = self._principal(request["Principal"])
        statement, _ = function.policy.add_statement(self.body, self.querystring.get("Qualifier", [None])[0])
        statement["Principal"] = principal
        return json.dumps({"Statement": json.dumps(statement)})

    def _principal(self, named: str) -> str | dict[str, str]:
        """Return a principal as IAM reads it, where moto knows services and roots alone."""
        principal = _read(named if not re.fullmatch(r"\d{12}", named) else f"arn:{self.partition}:iam::{named}:root")
        statement = {"Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction", "Resource": "*"}
        try:
            policy = parse(json.dumps({"Statement": statement}), "permission", "resource")
        except MalformedPolicyError:
            raise InvalidParameterValueException(_INVALID_PRINCIPAL) from None
        if any(principals.missing(policy)):
            raise InvalidParameterValueException(_INVALID_PRINCIPAL)
        return principal


def _read(named: str) -> str | dict[str, str]:
    if named == "*":
        return named
    return {"AWS" if named.startswith("arn:") else "Service": named}

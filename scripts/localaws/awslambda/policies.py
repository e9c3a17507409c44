"""Who else may invoke a function: the statements of its resource policy."""

import json
import re
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse

from localaws.awslambda.errors import InvalidParameterValueException, ResourceConflictException

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
        function = self.backend.get_function(
            unquote(self.path.split("/")[-2]), self.querystring.get("Qualifier", [None])[0]
        )
        name = request["StatementId"]
        if any(statement["Sid"] == name for statement in function.policy.statements):
            raise ResourceConflictException(
                f"The statement id ({name}) provided already exists. Please provide a new statement id,"
                " or remove the existing statement."
            )
        statement, _ = function.policy.add_statement(self.body, self.querystring.get("Qualifier", [None])[0])
        statement["Principal"] = self._principal(request["Principal"])
        return json.dumps({"Statement": json.dumps(statement)})

    def _principal(self, named: str) -> str | dict[str, str]:
        """Return a principal as IAM reads it, where moto knows services and roots alone."""
        if named.endswith(".amazonaws.com"):
            return {"Service": named}
        if re.fullmatch(r"\d{12}", named):
            named = f"arn:{self.partition}:iam::{named}:root"
        return {"AWS": named} if named.startswith("arn:") else named

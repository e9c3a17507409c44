"""AssumeRole where moto's differs: what may be asked, and for how long.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.iam.models import iam_backends
from moto.sts.exceptions import STSClientError, STSValidationError
from moto.sts.responses import TokenResponse

from localaws import constraints
from localaws.gate.policies import document_of
from localaws.identity import session_of

_NOT_HERE = ("Tags", "TransitiveTagKeys", "ProvidedContexts", "SerialNumber", "TokenCode", "SourceIdentity")
_CHAINED = 3600  # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html: role chaining
UNVERIFIED_NO_SUCH_POLICY = "Policy {arn} does not exist or is not attachable."  # IAM's words, of AttachRolePolicy


class SessionsResponse(TokenResponse):
    """moto's STS with sessions as long as AWS lets them be."""

    def assume_role(self) -> ActionResult:
        """Check what is asked, and open a session."""
        request = self._get_params()
        if refused := [name for name in _NOT_HERE if request.get(name)]:
            message = f"Local AWS does not implement {', '.join(refused)} of sts:AssumeRole."
            raise STSClientError("NotImplemented", message)
        try:
            constraints.check("sts", "AssumeRole", request)
        except constraints.ValidationException as error:
            raise STSValidationError(error.message) from None
        self._check_duration(request["RoleArn"], request.get("DurationSeconds", _CHAINED))
        documents = tuple(_document(each["arn"]) for each in request.get("PolicyArns", []))
        answer = super().assume_role()
        answer.result["Credentials"].policies += documents
        return answer

    def _check_duration(self, role_arn: str, seconds: int) -> None:
        if session_of(self.access_key) and seconds > _CHAINED:
            raise STSValidationError(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
            )
        role = iam_backends[DEFAULT_ACCOUNT_ID]["aws"].get_role_by_arn(role_arn)
        if seconds > int(role.max_session_duration or _CHAINED):
            raise STSValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")


def _document(arn: str) -> str:
    document = document_of(arn)
    if document is None:
        raise STSValidationError(UNVERIFIED_NO_SUCH_POLICY.format(arn=arn))
    return document

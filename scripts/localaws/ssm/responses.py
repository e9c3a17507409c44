"""Parameter Store's API where moto's differs: how large a parameter may be, and what its value must be like."""

import json
import re

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ssm.exceptions import ValidationException
from moto.ssm.responses import SimpleSystemManagerResponse

from localaws.constraints import check

_PAGE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
_TOO_LARGE = "{tier} tier parameters support a maximum parameter value of {limit} characters."
_UPGRADE = (
    " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more"
    f" information, see {_PAGE}"
)
# The sentence of standard parameters without its advice.
UNVERIFIED_TOO_LARGE = _TOO_LARGE.format(tier="Advanced", limit=8192)


UNVERIFIED_NO_PATTERN = "The AllowedPattern {pattern} is no regular expression"


class InvalidAllowedPatternException(ServiceException):
    """A pattern that cannot be read."""

    code = "InvalidAllowedPatternException"


class ParameterPatternMismatchException(ServiceException):
    """A value that its parameter's pattern refuses."""

    code = "ParameterPatternMismatchException"


class ParametersResponse(SimpleSystemManagerResponse):
    """moto's Parameter Store with limits."""

    def put_parameter(self) -> ActionResult:
        """Keep a parameter that is not too large for its tier; with Intelligent-Tiering that is the larger one."""
        check("ssm", "PutParameter", json.loads(self.body))
        size = len(self._get_param("Value"))
        if (self._get_param("Tier") or "Standard") == "Standard" and size > 4096:
            raise ValidationException(_TOO_LARGE.format(tier="Standard", limit=4096) + _UPGRADE)
        if size > 8192:
            raise ValidationException(UNVERIFIED_TOO_LARGE)
        kept = self.ssm_backend._parameters
        versions = kept.get(kept.normalize_name(self._get_param("Name")), [])
        if not (versions or self._get_param("Type")):
            raise ValidationException("A parameter type is required when you create a parameter.")
        self._check_pattern(self._get_param("AllowedPattern") or (versions[-1].allowed_pattern if versions else None))
        return super().put_parameter()

    def _check_pattern(self, pattern: str | None) -> None:
        """Refuse a value that is not as its parameter's pattern says.

        https://docs.aws.amazon.com/systems-manager/latest/userguide/param-create-cli.html: \\d{1,4} refuses 10,000.
        """
        if not pattern:
            return
        try:
            is_as_said = re.fullmatch(pattern, self._get_param("Value"))
        except re.error:
            raise InvalidAllowedPatternException(UNVERIFIED_NO_PATTERN.format(pattern=pattern)) from None
        if not is_as_said:
            message = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
            raise ParameterPatternMismatchException(message)

"""Parameter Store's API where moto's differs: how large a parameter may be."""

from moto.core.responses import ActionResult
from moto.ssm.exceptions import ValidationException
from moto.ssm.responses import SimpleSystemManagerResponse

_PAGE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
_TOO_LARGE = "{tier} tier parameters support a maximum parameter value of {limit} characters."
_UPGRADE = (
    " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more"
    f" information, see {_PAGE}"
)
# The sentence of standard parameters without its advice.
UNVERIFIED_TOO_LARGE = _TOO_LARGE.format(tier="Advanced", limit=8192)


class ParametersResponse(SimpleSystemManagerResponse):
    """moto's Parameter Store with limits."""

    def put_parameter(self) -> ActionResult:
        """Keep a parameter that is not too large for its tier; with Intelligent-Tiering that is the larger one."""
        size = len(self._get_param("Value"))
        if (self._get_param("Tier") or "Standard") == "Standard" and size > 4096:
            raise ValidationException(_TOO_LARGE.format(tier="Standard", limit=4096) + _UPGRADE)
        if size > 8192:
            raise ValidationException(UNVERIFIED_TOO_LARGE)
        return super().put_parameter()

"""Page tokens that local AWS never gave: moto's are numbers, and it fails on any other."""

import functools
from collections.abc import Callable

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import BaseResponse

from localaws.refusals import error_answer

_NAMES = ("Marker", "NextToken", "nextToken")
# The codes are in botocore's models or, of IAM and SNS, quoted by people; the sentences are ours.
UNVERIFIED_REFUSALS = {
    "cloudwatch": ("InvalidNextToken", "The next token specified is invalid."),
    "iam": ("ValidationError", "Invalid Marker."),
    "kms": ("InvalidMarkerException", "Could not deserialize marker"),
    "lambda": ("InvalidParameterValueException", "Invalid pagination token"),
    "sns": ("InvalidParameter", "Invalid parameter: NextToken"),
    "ssm": ("InvalidNextToken", "The specified token isn't valid."),
}


def refusing_unknown_tokens(call_action: Callable[[BaseResponse], TYPE_RESPONSE]) -> Callable[..., TYPE_RESPONSE]:
    """Return moto's call of an operation, which refuses a token that is no number when it could not be read."""

    @functools.wraps(call_action)
    def call(self: BaseResponse) -> TYPE_RESPONSE:
        try:
            return call_action(self)
        except ValueError:
            tokens = [str(token) for name in _NAMES if (token := self._get_param(name))]
            service = str(self.boto3_service_name)
            if service not in UNVERIFIED_REFUSALS or not tokens or tokens[0].isdecimal():
                raise
            return 400, *error_answer(service, *UNVERIFIED_REFUSALS[service])

    return call

"""EventBridge's API where moto's differs: rules and targets that could never be served are refused."""

import json
from typing import Any

from moto.core.exceptions import ServiceException
from moto.events.responses import EventsHandler

_DELIVERABLE = {"codepipeline", "lambda", "sqs", "logs", "events"}
_HONOURED = {"Id", "Arn", "RoleArn", "Input", "InputPath", "InputTransformer", "SqsParameters"}
_INPUTS = {"Input", "InputPath", "InputTransformer"}


class ValidationException(ServiceException):
    """A rule or target that is refused."""

    code = "ValidationException"


class RulesResponse(EventsHandler):
    """moto's EventBridge with targets that are reached."""

    def put_rule(self) -> tuple[str, dict[str, Any]]:
        """Create or change a rule; schedules do not fire here, so they are refused."""
        if self._get_param("ScheduleExpression"):
            raise ValidationException("Local AWS does not fire schedules: give the rule an EventPattern.")
        return super().put_rule()  # type: ignore[no-any-return]

    def put_targets(self) -> tuple[str, dict[str, Any]]:
        """Add targets to a rule, once each of them could be served."""
        for target in self._get_param("Targets"):
            _check(target)
        return super().put_targets()  # type: ignore[no-any-return]


def _check(target: dict[str, Any]) -> None:
    arn = str(target["Arn"]).split(":")
    if len(arn) < 6:
        raise ValidationException(
            f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format."
        )
    if arn[2] not in _DELIVERABLE:
        raise ValidationException(f"Local AWS cannot deliver events to {arn[2]} ({target['Arn']}).")
    refused = set(target) - _HONOURED
    if arn[2] == "codepipeline":
        if "RoleArn" not in target:
            raise ValidationException(f"RoleArn is required for target {target['Arn']}.")
        refused |= set(target) & _INPUTS
    if refused:
        raise ValidationException(
            f"Local AWS does not support {', '.join(sorted(refused))} of target {target['Id']} ({arn[2]})."
        )
    if "Input" in target:
        _check_json(target)


def _check_json(target: dict[str, Any]) -> None:
    try:
        json.loads(target["Input"])
    except ValueError:
        raise ValidationException(f"JSON syntax error in input for target {target['Id']}") from None

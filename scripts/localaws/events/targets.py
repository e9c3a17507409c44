"""Which targets a rule may have: those that local AWS reaches, with settings that it honours."""

import json
from typing import Any

from moto.core.exceptions import ServiceException

from localaws.events.inputs import RESERVED, faults_of_template

_DELIVERABLE = {"codebuild", "codepipeline", "events", "lambda", "logs", "sns"}
_HONOURED = {"Id", "Arn", "RoleArn", "Input", "InputPath", "InputTransformer"}
INPUTS = {"Input", "InputPath", "InputTransformer"}
_WITH_A_ROLE = {"codebuild", "codepipeline"}


class ValidationException(ServiceException):
    """A target that is refused."""

    code = "ValidationException"


def check_target(target: dict[str, Any]) -> None:
    """Raise ValidationException for a target that could not be served as it wishes."""
    arn = str(target["Arn"]).split(":")
    if len(arn) < 6:
        raise ValidationException(
            f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format."
        )
    if arn[2] not in _DELIVERABLE:
        raise ValidationException(f"Local AWS cannot deliver events to {arn[2]} ({target['Arn']}).")
    refused = set(target) - _HONOURED
    if arn[2] in _WITH_A_ROLE:
        if "RoleArn" not in target:
            raise ValidationException(f"RoleArn is required for target {target['Arn']}.")
        if arn[2] == "codebuild":
            refused |= set(target) & INPUTS
    if refused:
        raise ValidationException(
            f"Local AWS does not support {', '.join(sorted(refused))} of target {target['Id']} ({arn[2]})."
        )
    if len(set(target) & INPUTS) > 1:
        raise ValidationException(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
        )
    if "Input" in target:
        _check_json(target)
    for fault in faults_of_template(target["InputTransformer"], RESERVED) if "InputTransformer" in target else ():
        raise ValidationException(f"InputTemplate for target {target['Id']} {fault}")


def _check_json(target: dict[str, Any]) -> None:
    try:
        json.loads(target["Input"])
    except ValueError:
        raise ValidationException(f"JSON syntax error in input for target {target['Id']}") from None

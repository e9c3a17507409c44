"""What a function may be: runtimes of today, limits, reserved variables; what is not done here is refused by name."""

import json
from typing import Any

from localaws import constraints
from localaws.awslambda import destinations, runtimes
from localaws.awslambda.errors import InvalidParameterValueException

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_RESERVED = {
    *(
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_RUNTIME_API",
    ),
    *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
    *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
}
CODE_UPDATE = {"ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion", "Publish", "DryRun", "Architectures", "RevisionId"}
EVENT_INVOKE = {"MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"}
_HONOURED = {
    *("FunctionName", "Role", "Handler", "Runtime", "Code", "Timeout", "Environment", "Publish", "MemorySize"),
    *("DeadLetterConfig", "LoggingConfig", "RevisionId"),
}
# Returned as they were given; they change nothing here.
_STORED = {"Description", "Tags", "PackageType", "Architectures", "EphemeralStorage", "TracingConfig"}
# botocore's model has those of managed instances: 5,400 s and 32,768 MB, and 140 characters for ARNs.
_LIMITS = {"Timeout": (1, 900), "MemorySize": (128, 10240)}
_LONGEST_NAME = 64
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def check_configuration(specification: dict[str, Any], *, creating: bool) -> None:
    """Raise ServiceException for a function that AWS, or local AWS, would not take."""
    refuse_all_but(_HONOURED | _STORED, specification)
    _check_limits(specification, creating=creating)
    if specification.get("PackageType", "Zip") != "Zip":
        raise InvalidParameterValueException("Local AWS runs functions from zip files only, not from images.")
    if creating and not (specification.get("Runtime") and specification.get("Handler")):
        raise InvalidParameterValueException(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    if "Runtime" in specification:
        runtimes.check(specification["Runtime"], creating=creating)
    _check_variables(specification.get("Environment", {}).get("Variables", {}))
    if dead_letters := specification.get("DeadLetterConfig", {}).get("TargetArn"):
        destinations.check(dead_letters, ("sns",))
    if specification.get("LoggingConfig", {}).get("LogFormat", "Text") != "Text":
        raise InvalidParameterValueException("Local AWS does not support the LogFormat JSON of functions.")


def refuse_all_but(known: set[str], request: dict[str, Any]) -> None:
    """Raise InvalidParameterValueException for parameters that would change nothing here."""
    unknown = sorted(
        name
        for name, value in request.items()
        if name not in known and value not in _EMPTY and not _default(name, value)
    )
    if unknown:
        raise InvalidParameterValueException(f"Local AWS does not support these of a function: {', '.join(unknown)}.")


def _default(name: str, value: Any) -> bool:
    return (name, value) in [
        ("SnapStart", {"ApplyOn": "None"}),
        ("VpcConfig", {"SubnetIds": [], "SecurityGroupIds": []}),
    ]


def _check_limits(specification: dict[str, Any], *, creating: bool) -> None:
    """Raise ValidationException for what breaks a limit of botocore's model, or one of Lambda's narrower ones."""
    modelled = {name: value for name, value in specification.items() if name not in ("Runtime", *_LIMITS)}
    constraints.check("lambda", "CreateFunction" if creating else "UpdateFunctionConfiguration", modelled)
    if creating and len(specification["FunctionName"]) > _LONGEST_NAME:
        _refuse("functionName", specification["FunctionName"], "length less than or equal to", _LONGEST_NAME)
    for name, (least, most) in _LIMITS.items():
        value = specification.get(name, least)
        if value < least:
            _refuse(f"{name[0].lower()}{name[1:]}", value, "value greater than or equal to", least)
        if value > most:
            _refuse(f"{name[0].lower()}{name[1:]}", value, "value less than or equal to", most)


def _refuse(name: str, value: Any, rule: str, bound: int) -> None:
    raise constraints.ValidationException(
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
        f"Member must have {rule} {bound}"
    )


def _check_variables(variables: dict[str, str]) -> None:
    reserved = sorted(_RESERVED & set(variables))
    prefix = (
        "Lambda was unable to configure your environment variables because the environment variables you have provided"
    )
    if reserved:
        raise InvalidParameterValueException(
            f"{prefix} contains reserved keys that are currently not supported for modification."
            f" Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > 4096:
        raise InvalidParameterValueException(f"{prefix} exceeded the 4KB limit. String measured: {measured}")

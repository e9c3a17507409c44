"""What a function may be: runtimes of today, limits, reserved variables; what is not done here is refused by name."""

import json
from typing import Any

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
_LIMITS = {"Timeout": (1, 900), "MemorySize": (128, 10240)}
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def check_configuration(specification: dict[str, Any], *, creating: bool) -> None:
    """Raise InvalidParameterValueException for a function that AWS, or local AWS, would not take."""
    refuse_all_but(_HONOURED | _STORED, specification)
    if specification.get("PackageType", "Zip") != "Zip":
        raise InvalidParameterValueException("Local AWS runs functions from zip files only, not from images.")
    if creating or "Runtime" in specification:
        runtimes.check(str(specification.get("Runtime")), creating=creating)
    for name, (least, most) in _LIMITS.items():
        if name in specification and not least <= specification[name] <= most:
            _refuse_number(name, specification[name], least, most)
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


def _refuse_number(name: str, value: int, least: int, most: int) -> None:
    bound = f"greater than or equal to {least}" if value < least else f"less than or equal to {most}"
    raise InvalidParameterValueException(
        f"1 validation error detected: Value '{value}' at '{name[0].lower()}{name[1:]}' failed to satisfy constraint:"
        f" Member must have value {bound}"
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

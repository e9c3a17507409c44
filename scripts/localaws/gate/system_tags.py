"""Tags whose keys begin with aws: are AWS's own: nobody else sets them or takes them away.

https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
CloudFormation, which marks what it makes, does so past the services' APIs. Not here: the tags of buckets, whose callers
repeat them, and of objects, which S3 refuses itself.
"""

from collections.abc import Iterable

from localaws.gate.permissions.rows import Need

# So CloudFormation says it: https://github.com/aws-quickstart/quickstart-examples/issues/39
_WORDS = "aws: prefixed tag key names are not allowed for external use."
# Services whose words for it, or whose codes, nobody quotes.
UNVERIFIED_RESERVED_TAGS = {
    "cloudwatch": ("InvalidParameterValue", _WORDS),
    "codebuild": ("InvalidInputException", _WORDS),
    "codeconnections": ("ValidationException", _WORDS),
    "codestar-connections": ("ValidationException", _WORDS),
    "events": ("ValidationException", _WORDS),
    "iam": ("InvalidInput", _WORDS),
    "lambda": ("InvalidParameterValueException", _WORDS),
    "logs": ("InvalidParameterException", _WORDS),
    "sagemaker": ("ValidationException", _WORDS),
    "sns": ("InvalidParameter", f"Invalid parameter: {_WORDS}"),
    "ssm": ("ValidationException", _WORDS),
}
_REFUSALS = UNVERIFIED_RESERVED_TAGS | {
    "cloudformation": ("ValidationError", _WORDS),
    # What botocore's model says of the error.
    "codecommit": (
        "InvalidSystemTagUsageException",
        "The specified tag is not valid. Key names cannot be prefixed with aws:.",
    ),
    "codepipeline": (
        "InvalidTagsException",
        "Not allowed to modify system tags. System tags start with 'aws:'."
        " msg=[Caller is an end user and not allowed to mutate system tags] {key}",
    ),
    # LocalStack's words, whose tests were compared with AWS (localstack/services/kms/utils.py).
    "kms": ("TagException", "Tags beginning with aws: are reserved"),
}


def refusal(service: str, needs: Iterable[Need]) -> tuple[str, str] | None:
    """Return the code and the words by which a service refuses a call's tags, going by what the call needs."""
    keys = (key for need in needs for key in need.context.get("aws:tagkeys", ()))
    reserved = next((key for key in keys if key.lower().startswith("aws:")), None)
    if reserved is None or service not in _REFUSALS:
        return None
    code, words = _REFUSALS[service]
    return code, words.format(key=reserved)

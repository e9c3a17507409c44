"""What every operation needs: a table a service, by botocore's name of the operation.

The tables follow the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html,
and are the list of what local AWS serves: an operation without a row is refused by name.
"""

from localaws.gate.call import Call, UnknownOperationError
from localaws.gate.permissions import (
    awslambda,
    cloudformation,
    cloudwatch,
    codebuild,
    codecommit,
    codeconnections,
    codepipeline,
    events,
    iam,
    kms,
    logs,
    s3,
    sagemaker,
    servicequotas,
    sns,
    ssm,
    sts,
)
from localaws.gate.permissions.rows import Need, Table, needs

TABLES: dict[str, tuple[str, Table]] = {
    "cloudformation": ("cloudformation", cloudformation.TABLE),
    "cloudwatch": ("cloudwatch", cloudwatch.TABLE),
    "codebuild": ("codebuild", codebuild.TABLE),
    "codecommit": ("codecommit", codecommit.TABLE),
    "codeconnections": ("codeconnections", codeconnections.TABLE),
    "codepipeline": ("codepipeline", codepipeline.TABLE),
    "codestar-connections": ("codestar-connections", codeconnections.TABLE),
    "events": ("events", events.TABLE),
    "iam": ("iam", iam.TABLE),
    "kms": ("kms", kms.TABLE),
    "lambda": ("lambda", awslambda.TABLE),
    "logs": ("logs", logs.TABLE),
    "s3": ("s3", s3.TABLE),
    "sagemaker": ("sagemaker", sagemaker.TABLE),
    "sagemaker-runtime": ("sagemaker", sagemaker.RUNTIME_TABLE),
    "service-quotas": ("servicequotas", servicequotas.TABLE),
    "sns": ("SNS", sns.TABLE),
    "ssm": ("ssm", ssm.TABLE),
    "sts": ("sts", sts.TABLE),
}
"""The prefix in IAM and the table, by botocore's name of the service."""


def needs_of(call: Call) -> list[Need]:
    """Return everything that a call must be allowed; raises UnknownOperationError when its operation has no row."""
    prefix, table = TABLES.get(call.service, ("", {}))
    row = table.get(call.operation)
    if row is None:
        raise UnknownOperationError
    return needs(row, prefix, call)

"""Which bucket policies S3 takes, and which of them are public.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from moto.s3.models import FakeBucket

from localaws.authorization.conditions import Condition
from localaws.authorization.matching import text_matches
from localaws.authorization.policy import MalformedPolicyError, Policy, Statement, parse
from localaws.iam import principals
from localaws.s3.errors import S3Refusal

_LARGEST = 20 << 10  # bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
# Keys whose fixed values narrow whom a statement allows. The page above, "The meaning of public".
_NARROWING = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
}


def parsed(document: bytes, bucket: FakeBucket) -> Policy:
    """Return a bucket's policy from its text; raise S3Refusal when S3 would not take it."""
    if len(document) > _LARGEST:
        raise _malformed("Policy exceeds the maximum allowed document size.")
    try:
        policy = parse(document.decode(), bucket.arn, "resource")
    except UnicodeDecodeError:
        raise _malformed("This policy contains invalid Json") from None
    except MalformedPolicyError as error:
        raise _malformed(str(error)) from None
    for statement in policy.statements:
        _check(statement, bucket)
    if any(principals.missing(policy)):
        raise _malformed("Invalid principal in policy")
    return policy


def is_public(policy: Policy) -> bool:
    """Return whether a policy lets anybody in."""
    return any(_is_public(statement) for statement in policy.statements)


def _is_public(statement: Statement) -> bool:
    if not statement.allows or statement.principal is None or "*" not in statement.principal.values:
        return False
    return not any(_narrows(condition) for condition in statement.conditions)


def _narrows(condition: Condition) -> bool:
    is_fixed = not any("*" in value or "?" in value or "${" in value for value in condition.values)
    is_positive = "Not" not in condition.operator and condition.operator != "Null" and not condition.if_exists
    is_everywhere = {"0.0.0.0/0", "::/0"} & set(condition.values)
    if condition.key == "aws:sourcearn":  # an ARN may end in a wildcard where it names an account
        is_fixed = all(value.split(":")[4:5] not in ([], ["*"]) for value in condition.values)
    return condition.key in _NARROWING and is_fixed and is_positive and not is_everywhere


def _check(statement: Statement, bucket: FakeBucket) -> None:
    if not all(action == "*" or action.lower().startswith("s3:") for action in statement.action.values):
        raise _malformed("Policy has invalid action")
    resources = statement.resource.values if statement.resource else ()
    if not all(_is_of(resource, bucket) for resource in resources):
        raise _malformed("Policy has invalid resource")


def _is_of(resource: str, bucket: FakeBucket) -> bool:
    """Return whether a resource, perhaps with wildcards, is this bucket or of its objects."""
    name, _, _ = resource.partition("/")
    return resource != "*" and text_matches(name, bucket.arn, None)


def _malformed(message: str) -> S3Refusal:
    return S3Refusal("MalformedPolicy", message)

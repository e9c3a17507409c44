"""Which key policies KMS takes, and its words for those it does not."""

import dataclasses

from localaws.authorization.evaluate import Request, decide
from localaws.authorization.policy import MalformedPolicyError, Policy, parse
from localaws.gate.caller import Caller
from localaws.gate.policies import policies_of
from localaws.iam import principals
from localaws.kms.keys import KeyRefusal

_NO_PRINCIPAL = "Policy contains a statement with no principal."
_INVALID_PRINCIPALS = "Policy contains a statement with one or more invalid principals."
# KMS's words where they are known not to be those of the parser that S3 has as well. It is silent about what is no
# JSON: https://github.com/aws/aws-sdk-ruby/issues/1784, and so counts CloudFormation's own provider with "null":
# https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-kms (AbstractKmsApiHelperTest.java).
# https://github.com/terraform-aws-modules/terraform-aws-eks/pull/2163 and
# https://repost.aws/knowledge-center/kms-policy-error-invalid-principals have the others.
_WORDS = {
    "This policy contains invalid Json": "",
    "Missing required field Principal": _NO_PRINCIPAL,
    "Missing required field Principal cannot be empty!": _NO_PRINCIPAL,
    "Invalid principal in policy": _INVALID_PRINCIPALS,
}


def check(document: str, caller: Caller, own_arn: str, *, bypasses: bool) -> None:
    """Raise KeyRefusal for a policy that KMS cannot read, that names who is not there, or that locks its caller out.

    ``own_arn`` stands for the key; who ``bypasses`` may be locked out.
    """
    try:
        policy = parse(document, "key policy", "resource")
    except MalformedPolicyError as error:
        raise _malformed(_WORDS.get(str(error), str(error))) from None
    # "The principals in the key policy must exist": docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    if any(principals.missing(policy)):
        raise _malformed(_INVALID_PRINCIPALS)
    if not bypasses and not _may_change_it(caller, own_arn, policy):
        raise _malformed("The new key policy will not allow you to update the key policy in the future.")


def _may_change_it(caller: Caller, own_arn: str, policy: Policy) -> bool:
    request = Request(caller.principal, "kms:PutKeyPolicy", own_arn, dict(caller.context))
    own = policies_of(caller, "kms:PutKeyPolicy", "*")
    return decide(request, dataclasses.replace(own, resource=policy)).allowed


def _malformed(message: str) -> KeyRefusal:
    return KeyRefusal("MalformedPolicyDocumentException", message)

"""What AWS refuses as a policy is refused in its words: IAM's for identity-based policies, its parser's for others.

Words without a source beside them are those of moto's tests of IAM (tests/test_iam/test_iam_policies.py), which were
compared with AWS, or of S3 and IAM as versitygw's tests have them (iamapi/policy/trust.go).
"""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.iam.aws_managed_policies import aws_managed_policies_data

from localaws.authorization.policy import Kind, MalformedPolicyError, parse

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
PUBLIC = ALL | {"Principal": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
UNREADABLE = "Syntax errors in policy."
STATEMENTS: list[tuple[Kind, dict[str, Any], str]] = [
    ("identity", ALL | {"Effect": "allow"}, UNREADABLE),
    ("identity", ALL | {"Sid": 1}, UNREADABLE),
    # https://github.com/aws-cloudformation/cfn-lint/issues/1376
    (
        "identity",
        ALL | {"Sid": "no dash-es"},
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
        "[0-9A-Za-z]*",
    ),
    ("identity", ALL | {"Principal": "*"}, "Policy document should not specify a principal."),
    ("identity", ALL | {"NotAction": "s3:*"}, UNREADABLE),
    ("identity", ALL | {"Colour": "red"}, UNREADABLE),
    (
        "identity",
        ALL | {"Action": "GetObject"},
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    ),
    ("identity", ALL | {"Action": "s3:Get:Object"}, "Actions/Condition can contain only one colon."),
    ("identity", {"Effect": "Allow", "Resource": "*"}, "Policy statement must contain actions."),
    ("identity", ALL | {"Action": []}, "Policy statement must contain actions."),
    ("identity", {"Effect": "Allow", "Action": "*"}, "Policy statement must contain resources."),
    ("identity", ALL | {"Resource": "data"}, 'Resource data must be in ARN format or "*".'),
    (
        "identity",
        ALL | {"Resource": "arn:aws"},
        "Resource vendor must be fully qualified and cannot contain regexes.",
    ),
    # "You can't use a wildcard in the service segment": reference_policies_elements_resource.html
    (
        "identity",
        ALL | {"Resource": "arn:aws:*:*:123456789012:*"},
        "Resource vendor must be fully qualified and cannot contain regexes.",
    ),
    ("identity", ALL | {"Condition": {"StringAlike": {"aws:username": "x"}}}, UNREADABLE),
    ("identity", ALL | {"Condition": {"NullIfExists": {"aws:username": "true"}}}, UNREADABLE),
    ("identity", ALL | {"Condition": {"StringEquals": "x"}}, UNREADABLE),
    ("identity", ALL | {"Condition": {"StringEquals": {"aws:username": {}}}}, UNREADABLE),
    ("resource", {**PUBLIC, "Effect": "allow"}, "Invalid effect: allow"),
    ("resource", {"Principal": "*", "Action": "*", "Resource": "*"}, "Missing required field Effect"),
    ("resource", ALL, "Missing required field Principal"),
    ("resource", ALL | {"Principal": {}}, "Missing required field Principal cannot be empty!"),
    ("resource", ALL | {"Principal": {"AWS": []}}, "Missing required field Principal cannot be empty!"),
    ("resource", ALL | {"Principal": {"Planet": "Mars"}}, "Invalid principal in policy"),
    ("resource", ALL | {"Principal": "123456789012"}, "Invalid principal in policy"),
    # "You cannot use a wildcard to match part of a principal name or ARN": reference_policies_elements_principal.html
    ("resource", ALL | {"Principal": {"AWS": "arn:aws:iam::123456789012:user/*"}}, "Invalid principal in policy"),
    ("resource", ALL | {"NotPrincipal": {"AWS": "123456789012"}}, "Allow with NotPrincipal is not allowed."),
    ("resource", {"Effect": "Allow", "Principal": "*", "Resource": "*"}, "Missing required field Action"),
    ("resource", PUBLIC | {"Action": []}, "Missing required field Action cannot be empty!"),
    ("resource", PUBLIC | {"Action": "GetObject"}, "Policy has invalid action"),
    ("resource", PUBLIC | {"NotAction": "s3:*"}, "Statement/policy already has instance of Action"),
    ("resource", {"Effect": "Allow", "Principal": "*", "Action": "*"}, "Missing required field Resource"),
    ("resource", PUBLIC | {"Resource": "data"}, "Policy has invalid resource"),
    ("resource", PUBLIC | {"Resource": "arn:aws:s3"}, "Policy has invalid resource"),
    ("resource", PUBLIC | {"Colour": "red"}, "Unknown field Colour"),
    (
        "resource",
        PUBLIC | {"Condition": {"StringAlike": {"aws:username": "x"}}},
        "Invalid Condition type : StringAlike",
    ),
    ("trust", {"Effect": "Allow", "Action": "sts:AssumeRole"}, "Missing required field Principal"),
    # https://github.com/aws/aws-cdk/issues/5732
    ("trust", TRUST | {"Principal": "*"}, 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'),
    # https://github.com/aws-samples/aws-cdk-examples/issues/801
    (
        "trust",
        TRUST | {"Principal": {"Service": "amazonaws.com"}},
        'Invalid principal in policy: "SERVICE":"amazonaws.com"',
    ),
    # https://github.com/hashicorp/terraform-provider-aws/issues/8905
    ("trust", TRUST | {"Principal": {"AWS": "ana"}}, 'Invalid principal in policy: "AWS":"ana"'),
    ("trust", TRUST | {"Principal": {"CanonicalUser": "1"}}, "Invalid principal in policy"),
    # "You cannot use the NotPrincipal element in ... an IAM role trust policy":
    # reference_policies_elements_notprincipal.html
    (
        "trust",
        {"Effect": "Deny", "NotPrincipal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"},
        "AssumeRole policy must not contain NotPrincipal field.",
    ),
    ("trust", TRUST | {"Action": "*"}, "AssumeRole policy may only specify STS AssumeRole actions."),
    ("trust", TRUST | {"Resource": "*"}, "Has prohibited field Resource"),
    ("trust", TRUST | {"NotResource": "*"}, "AssumeRole policy must not contain resources."),
]


def refusal(document: str, kind: Kind) -> str:
    """Return why a document is refused."""
    with pytest.raises(MalformedPolicyError) as refused:
        parse(document, "p", kind)
    return str(refused.value)


@pytest.mark.parametrize(("kind", "statement", "words"), STATEMENTS)
def test_a_malformed_statement_is_refused(kind: Kind, statement: dict[str, Any], words: str) -> None:
    assert refusal(json.dumps({"Version": "2012-10-17", "Statement": statement}), kind) == words


@pytest.mark.parametrize(
    ("kind", "document", "words"),
    [
        ("identity", "{", "This policy contains invalid Json"),
        ("trust", "[]", "This policy contains invalid Json"),
        ("identity", {"Version": "2012-10-17"}, UNREADABLE),
        ("resource", {"Version": "2012-10-17"}, "Missing required field Statement"),
        ("trust", {"Statement": []}, "Could not parse the policy: Statement is empty!"),
        ("trust", {"Statement": ["x"]}, UNREADABLE),
        ("resource", {"Version": "2026-01-01", "Statement": PUBLIC}, "The policy must contain a valid version string"),
        ("resource", {"Statement": PUBLIC, "Colour": "red"}, "Unknown field Colour"),
        (
            "identity",
            {"Statement": [ALL | {"Sid": "A"}, ALL | {"Sid": "A"}]},
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (
            "resource",
            {"Statement": [PUBLIC | {"Sid": "A"}, PUBLIC | {"Sid": "A"}]},
            "The Statement Ids in the policy are not unique",
        ),
    ],
)
def test_a_malformed_document_is_refused(kind: Kind, document: Any, words: str) -> None:
    assert refusal(document if isinstance(document, str) else json.dumps(document), kind) == words


@pytest.mark.parametrize(
    ("kind", "statements"),
    [
        ("identity", [ALL | {"Sid": ""}, ALL | {"Sid": ""}]),
        ("identity", [ALL | {"Sid": "2"}, ALL]),  # the second goes by its number
        ("resource", [PUBLIC | {"Sid": "S3 and KMS take spaces"}]),
        ("resource", [PUBLIC | {"Principal": {"CanonicalUser": "79a5", "AWS": ["123456789012", "*"]}}]),
        ("trust", [TRUST | {"Principal": {"AWS": "*"}, "Action": ["STS:AssumeRole", "sts:TagSession"]}]),
        ("trust", [TRUST | {"Principal": {"Service": "states.eu-west-1.amazonaws.com"}}]),
        ("trust", [TRUST | {"Principal": {"Federated": "cognito-identity.amazonaws.com"}}]),
    ],
)
def test_an_unusual_policy_is_read(kind: Kind, statements: list[dict[str, Any]]) -> None:
    assert len(parse(json.dumps({"Statement": statements}), "p", kind).statements) == len(statements)


def test_the_aws_managed_policies_are_read() -> None:
    for name, policy in json.loads(aws_managed_policies_data).items():
        assert parse(json.dumps(policy["Document"]), name, "identity").statements


@pytest.mark.parametrize("operation", ["create_role", "update_assume_role_policy"])
def test_iam_keeps_a_trust_policy_of_2008_with_a_number(client: Callable[[str], Any], operation: str) -> None:
    iam, name = client("iam"), f"old-{uuid.uuid4().hex[:8]}"
    if operation == "update_assume_role_policy":
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": TRUST}))
    condition = {"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}
    document = json.dumps({"Version": "2008-10-17", "Statement": TRUST | {"Condition": condition}})
    given = {"AssumeRolePolicyDocument" if operation == "create_role" else "PolicyDocument": document}
    getattr(iam, operation)(RoleName=name, **given)
    kept = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert kept["Statement"]["Condition"] == condition


@pytest.mark.parametrize("operation", ["create_role", "update_assume_role_policy"])
def test_iam_keeps_no_malformed_trust_policy(client: Callable[[str], Any], operation: str) -> None:
    """So whoever reads one to decide may count on it."""
    iam, name = client("iam"), f"malformed-{uuid.uuid4().hex[:8]}"
    calls = {
        "create_role": lambda text: iam.create_role(RoleName=name, AssumeRolePolicyDocument=text),
        "update_assume_role_policy": lambda text: iam.update_assume_role_policy(RoleName=name, PolicyDocument=text),
    }
    if operation != "create_role":
        calls["create_role"](json.dumps({"Version": "2012-10-17", "Statement": TRUST}))
    for principal, named in (
        ({"Service": "amazonaws.com"}, '"SERVICE":"amazonaws.com"'),
        # https://github.com/opstrace/opstrace/issues/88
        ({"AWS": "arn:aws:iam::123456789012:role/nobody"}, '"AWS":"arn:aws:iam::123456789012:role/nobody"'),
    ):
        with pytest.raises(ClientError) as refused:
            calls[operation](json.dumps({"Version": "2012-10-17", "Statement": TRUST | {"Principal": principal}}))
        error = refused.value.response["Error"]
        assert error["Code"] == "MalformedPolicyDocument"
        assert error["Message"] == f"Invalid principal in policy: {named}"


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("{", "This policy contains invalid Json"),
        ('{"Statement": {"Effect": "x"}}', UNREADABLE),
        # "session policies passed to AWS STS ... do not support incomplete ARNs":
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
        *(
            (json.dumps({"Statement": ALL | {"Resource": cut}}), f'Resource {cut} must be in ARN format or "*".')
            for cut in ("arn:aws:s3", "arn:aws:sqs:us-east-1", "arn:aws:s3:${aws:username}:")
        ),
    ],
)
def test_sts_takes_no_malformed_session_policy(client: Callable[[str], Any], policy: str, words: str) -> None:
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    name = f"malformed-{uuid.uuid4().hex[:8]}"
    trust = {"Version": "2012-10-17", "Statement": TRUST | {"Principal": {"AWS": "123456789012"}}}
    role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    with pytest.raises(ClientError) as refused:
        client("sts").assume_role(RoleArn=role, RoleSessionName="s1", Policy=policy)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("MalformedPolicyDocument", words)

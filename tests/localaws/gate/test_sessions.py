"""Sessions end when they should, last no longer than they may, and are narrowed by the policies they are given."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import clock
from localaws.wire import Credentials

Client = Callable[[str], Any]


def _refusal(act: Callable[[], object]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as error:
        act()
    response = error.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "refusal"),
    [
        ("s3", "list_buckets", (400, "ExpiredToken", "The provided token has expired.")),
        ("sts", "get_caller_identity", (403, "ExpiredToken", "The security token included in the request is expired")),
        ("sns", "list_topics", (403, "ExpiredToken", "The security token included in the request is expired")),
        (
            "codepipeline",
            "list_pipelines",
            (400, "ExpiredTokenException", "The security token included in the request is expired"),
        ),
        (
            "lambda",
            "list_functions",
            (403, "ExpiredTokenException", "The security token included in the request is expired"),
        ),
    ],
)
def test_a_session_ends(role: Any, service: str, operation: str, refusal: tuple[int, str, str]) -> None:
    session = role.may({"Action": "*", "Resource": "*"}).session(DurationSeconds=900)
    act = getattr(session.client(service, "us-east-1"), operation)
    clock.move(800)
    act()
    clock.move(101)
    assert _refusal(act) == refusal


def test_a_session_lasts_an_hour_unless_told(client: Client, role: Any) -> None:
    given = client("sts").assume_role(RoleArn=role.arn, RoleSessionName="s1")["Credentials"]
    assert given["Expiration"].timestamp() == pytest.approx(clock.now() + 3600, abs=60)


@pytest.mark.parametrize(
    ("most", "seconds", "message"),
    [
        (3600, 3601, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
        (7200, 7201, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
        (
            43200,
            43201,
            "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: "
            "Member must have value less than or equal to 43200",
        ),
    ],
)
def test_a_session_is_as_long_as_its_role_lets_it(
    client: Client, role: Any, most: int, seconds: int, message: str
) -> None:
    client("iam").update_role(RoleName=role.name, MaxSessionDuration=most)
    assert role.session(DurationSeconds=most).session_token
    assert _refusal(lambda: role.session(DurationSeconds=seconds)) == (400, "ValidationError", message)


def test_a_role_that_another_assumes_lasts_an_hour(client: Client, role: Any) -> None:
    client("iam").update_role(RoleName=role.name, MaxSessionDuration=7200)
    sts = role.may({"Action": "sts:AssumeRole", "Resource": "*"}).session().client("sts", "us-east-1")
    assert sts.assume_role(RoleArn=role.arn, RoleSessionName="s2", DurationSeconds=3600)["Credentials"]
    assert _refusal(lambda: sts.assume_role(RoleArn=role.arn, RoleSessionName="s2", DurationSeconds=3601)) == (
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        (
            {"RoleSessionName": "a b"},
            "ValidationError",
            "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        (
            {"Tags": [{"Key": "k", "Value": "v"}]},
            "NotImplemented",
            "Local AWS does not implement Tags of sts:AssumeRole.",
        ),
        (
            {"PolicyArns": [{"arn": "arn:aws:iam::123456789012:policy/none"}]},
            "ValidationError",
            "Policy arn:aws:iam::123456789012:policy/none does not exist or is not attachable.",
        ),
    ],
)
def test_what_no_session_may_have_is_refused(
    client: Client, role: Any, asked: dict[str, Any], code: str, message: str
) -> None:
    request = {"RoleArn": role.arn, "RoleSessionName": "s1"} | asked
    assert _refusal(lambda: client("sts").assume_role(**request)) == (400, code, message)


def test_policies_by_arn_limit_a_session_together_with_its_own(role: Any, bucket: str) -> None:
    role.may({"Action": "s3:*", "Resource": "*"})
    listing = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    session: Credentials = role.session(
        PolicyArns=[{"arn": "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"}],
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [listing]}),
    )
    s3 = session.client("s3", "us-east-1")
    assert bucket in {each["Name"] for each in s3.list_buckets()["Buckets"]}
    assert _refusal(lambda: s3.get_object(Bucket=bucket, Key="data/a.csv"))[1:] == (
        "AccessDenied",
        f"User: arn:aws:sts::123456789012:assumed-role/{role.name}/s1 is not authorized to perform: s3:GetObject "
        f'on resource: "arn:aws:s3:::{bucket}/data/a.csv" because no session policy allows the s3:GetObject action',
    )
    by_arn = role.session(PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}])
    assert by_arn.client("s3", "us-east-1").get_object(Bucket=bucket, Key="data/a.csv")["Body"].read() == b"1,2\n"


def test_sessions_may_be_revoked_by_their_age(client: Client, role: Any) -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
    old = role.may({"Action": "*", "Resource": "*"}).session()
    clock.move(10)
    moment = datetime.fromtimestamp(clock.now() - 5, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    older = {"Effect": "Deny", "Condition": {"DateLessThan": {"aws:TokenIssueTime": moment}}}
    role.may({"Action": "*", "Resource": "*"} | older)
    assert role.session().client("s3", "us-east-1").list_buckets()["Owner"]
    assert _refusal(old.client("s3", "us-east-1").list_buckets)[1] == "AccessDenied"


def test_nobody_has_mfa(person: Any, role: Any) -> None:
    # The key is one of temporary credentials: reference_policies_condition-keys.html
    denied = {"Effect": "Deny", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
    for who in (person, role):
        who.may({"Action": "*", "Resource": "*"}, {"Action": "*", "Resource": "*"} | denied)
    assert person.client("s3").list_buckets()["Owner"]
    assert _refusal(role.session().client("s3", "us-east-1").list_buckets)[1] == "AccessDenied"

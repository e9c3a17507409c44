"""A caller is who its signature says, and no other."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import botocore.auth
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

Client = Callable[[str], Any]


MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
    "Key and signing method. Consult the service documentation for details."
)


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    """The code and the message of an error."""
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("s3", "list_buckets", "SignatureDoesNotMatch"),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        ("sns", "list_topics", "SignatureDoesNotMatch"),
        ("codepipeline", "list_pipelines", "InvalidSignatureException"),
        ("lambda", "list_functions", "InvalidSignatureException"),
    ],
)
def test_a_wrong_secret_is_refused(local_aws: Any, service: str, operation: str, code: str) -> None:
    forged = dataclasses.replace(local_aws.administrator, secret_access_key="x" * 40)
    with pytest.raises(ClientError) as error:
        getattr(forged.client(service, "us-east-1"), operation)()
    assert refusal(error) == (code, MISMATCH)


def test_a_session_without_its_token_is_refused(role: Any) -> None:
    stripped = dataclasses.replace(role.session(), session_token=None)
    with pytest.raises(ClientError) as error:
        stripped.client("sts", "us-east-1").get_caller_identity()
    assert refusal(error) == ("SignatureDoesNotMatch", MISMATCH)


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("codepipeline", "list_pipelines", "InvalidSignatureException"),
        ("sns", "list_topics", "SignatureDoesNotMatch"),
    ],
)
def test_a_signature_of_another_day_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch, service: str, operation: str, expected: str
) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(ClientError) as error:
        getattr(client(service), operation)()
    code, message = refusal(error)
    assert (code, message[:17]) == (expected, "Signature expired")


def test_a_body_that_was_changed_is_refused(local_aws: Any) -> None:
    sent = local_aws.administrator.client("codepipeline", "us-east-1")
    sent.meta.events.register("before-send.codepipeline", _with_another_body)
    with pytest.raises(ClientError) as error:
        sent.list_pipelines()
    assert refusal(error) == ("InvalidSignatureException", MISMATCH)


def _with_another_body(request: Any, **_: Any) -> None:
    request.body = b'{"maxResults": 1}'
    request.headers["Content-Length"] = str(len(request.body))


@pytest.fixture
def presigned(local_aws: Any, bucket: str) -> Callable[[int], str]:
    """A function that returns a link to the bucket's object which holds for so many seconds."""
    import boto3

    key = local_aws.administrator
    signer = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=local_aws.endpoint,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
        config=Config(signature_version="s3v4"),
    )
    return lambda seconds: str(
        signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "data/a.csv"}, ExpiresIn=seconds)
    )


def test_a_presigned_link_is_served(presigned: Callable[[int], str]) -> None:
    assert requests.get(presigned(60), timeout=10).content == b"1,2\n"


def test_a_presigned_link_to_another_object_is_refused(presigned: Callable[[int], str]) -> None:
    answer = requests.get(presigned(60).replace("a.csv", "b.csv"), timeout=10)
    assert (answer.status_code, "<Code>SignatureDoesNotMatch</Code>" in answer.text) == (403, True)


def test_a_presigned_link_ends(presigned: Callable[[int], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: datetime(2020, 1, 1, tzinfo=UTC))
    answer = requests.get(presigned(60), timeout=10)
    assert (answer.status_code, "<Message>Request has expired</Message>" in answer.text) == (403, True)


def test_a_key_that_was_made_inactive_is_refused(client: Client, person: Any) -> None:
    client("iam").update_access_key(
        UserName=person.name, AccessKeyId=person.credentials.access_key_id, Status="Inactive"
    )
    with pytest.raises(ClientError) as error:
        person.client("sts").get_caller_identity()
    assert refusal(error) == ("InvalidClientTokenId", "The security token included in the request is invalid.")


def test_a_session_ends_with_its_role(client: Client, role: Any) -> None:
    session = role.session()
    client("iam").delete_role(RoleName=role.name)
    with pytest.raises(ClientError) as error:
        session.client("sts", "us-east-1").get_caller_identity()
    assert refusal(error) == ("InvalidClientTokenId", "The security token included in the request is invalid.")


def test_a_user_goes_after_its_keys(client: Client, person: Any) -> None:
    iam = client("iam")
    with pytest.raises(ClientError) as error:
        iam.delete_user(UserName=person.name)
    assert refusal(error) == ("DeleteConflict", "Cannot delete entity, must delete access keys first.")
    iam.delete_access_key(UserName=person.name, AccessKeyId=person.credentials.access_key_id)
    iam.delete_user(UserName=person.name)
    with pytest.raises(ClientError) as error:
        person.client("sts").get_caller_identity()
    assert refusal(error) == ("InvalidClientTokenId", "The security token included in the request is invalid.")


def test_a_user_keeps_its_keys_under_another_name(client: Client, person: Any) -> None:
    client("iam").update_user(UserName=person.name, NewUserName=f"{person.name}-2")
    assert person.client("sts").get_caller_identity()["Arn"] == f"{person.arn}-2"


def test_who_may_do_nothing_may_ask_who_it_is(person: Any) -> None:
    assert person.client("sts").get_caller_identity()["Arn"] == person.arn

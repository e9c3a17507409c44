"""A request that two readers may take for two things reaches no service."""

import http.client
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials

from localaws.wire import Credentials

Client = Callable[[str], Any]
Send = Callable[..., requests.Response]


@pytest.fixture
def send(local_aws: Any) -> Send:
    """A function that signs a request of one's own making, sends it and returns the answer."""

    def made(  # noqa: PLR0917 - as an HTTP client has it
        who: Credentials,
        service: str,
        method: str,
        path: str,
        body: str = "",
        unsigned: Mapping[str, str] | None = None,
    ) -> requests.Response:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if service != "s3" else {}
        request = AWSRequest(method, local_aws.endpoint + path, headers, data=body.encode())
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(SigningCredentials(who.access_key_id, who.secret_access_key), service, "us-east-1").add_auth(request)
        signed = dict(request.headers.items()) | dict(unsigned or {})
        return requests.request(method, local_aws.endpoint + path, data=body, headers=signed, timeout=10)

    return made


def test_an_action_in_query_and_body_is_refused(client: Client, person: Any, send: Send) -> None:
    person.may({"Action": "iam:ListUsers", "Resource": "*"})
    body = "Action=CreateUser&UserName=evil&Version=2010-05-08"
    answer = send(person.credentials, "iam", "POST", "/?Action=ListUsers", body)
    assert (answer.status_code, "Action is given in the query and in the body" in answer.text) == (400, True)
    with pytest.raises(client("iam").exceptions.NoSuchEntityException):
        client("iam").get_user(UserName="evil")


def test_two_subresources_in_one_request_are_refused(person: Any, bucket: str, send: Send) -> None:
    person.may({"Action": "s3:GetBucketTagging", "Resource": "*"})
    answer = send(person.credentials, "s3", "GET", f"/{bucket}?tagging=&uploads=")
    assert (answer.status_code, "one request names tagging and uploads" in answer.text) == (400, True)


def test_a_header_of_aws_that_nobody_signed_is_refused(person: Any, bucket: str, send: Send) -> None:
    person.may({"Action": "s3:*", "Resource": "*"})
    added = {"x-amz-copy-source": f"{bucket}/data/a.csv"}
    answer = send(person.credentials, "s3", "PUT", f"/{bucket}/b", unsigned=added)
    assert answer.status_code == 403
    assert "There were headers present in the request which were not signed" in answer.text


@pytest.mark.parametrize("length", ["-1", "abc"])
def test_a_length_that_is_none_is_refused(local_aws: Any, length: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(local_aws.endpoint).netloc, timeout=10)
    scope = f"{local_aws.administrator.access_key_id}/20261122/us-east-1/kms/aws4_request"
    connection.putrequest("POST", "/")
    connection.putheader("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"Content-Length is not a number of bytes" in answer.read()) == (400, True)


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("sns", "get_topic_attributes", {"TopicArn": "arn:x"}),
        ("kms", "describe_key", {"KeyId": "arn:aws:kms"}),
    ],
)
def test_an_arn_that_is_none_is_denied(person: Any, service: str, operation: str, parameters: dict[str, Any]) -> None:
    client = person.client(service)
    with pytest.raises(client.exceptions.ClientError) as error:
        getattr(client, operation)(**parameters)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    assert "is not authorized to perform" in error.value.response["Error"]["Message"]


def test_a_boundary_limits_a_user(client: Client, unique: Callable[[str], str]) -> None:
    iam, name = client("iam"), unique("bo")
    iam.create_user(UserName=name, PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    mine = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    assert mine.client("s3", "us-east-1").list_buckets()["Owner"]
    with pytest.raises(iam.exceptions.ClientError) as error:
        mine.client("iam", "us-east-1").list_users()
    assert "because no permissions boundary allows the iam:ListUsers action" in str(error.value)

"""People and roles with policies of their own, a bucket and a key."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import pytest
import requests
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials

from localaws.wire import Credentials

ACCOUNT = "123456789012"
Client = Callable[[str], Any]
Statement = dict[str, Any]


def _unique(prefix: str) -> str:
    return f"{prefix}-{uuid4().hex[:10]}"


@pytest.fixture
def unique() -> Callable[[str], str]:
    """A function that returns a name which no other test uses."""
    return _unique


def _document(*statements: Statement) -> str:
    """A policy document, whose statements allow unless they say otherwise."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]})


class Person:
    """An IAM user with an access key."""

    def __init__(self, iam: Any) -> None:
        self.name = _unique("ana")
        self.arn = iam.create_user(UserName=self.name)["User"]["Arn"]
        self._iam = iam
        key = iam.create_access_key(UserName=self.name)["AccessKey"]
        self.credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def may(self, *statements: Statement) -> "Person":
        """Give the person an inline policy of these statements."""
        self._iam.put_user_policy(UserName=self.name, PolicyName=_unique("p"), PolicyDocument=_document(*statements))
        return self

    def client(self, service: str) -> Any:
        """A client with the person's key."""
        return self.credentials.client(service, "us-east-1")


@pytest.fixture
def person(client: Client) -> Person:
    """Somebody who may do nothing yet."""
    return Person(client("iam"))


@pytest.fixture
def bucket(client: Client) -> str:
    """A bucket with an object, ``data/a.csv``."""
    name = _unique("bucket")
    client("s3").create_bucket(Bucket=name)
    client("s3").put_object(Bucket=name, Key="data/a.csv", Body=b"1,2\n")
    return name


@pytest.fixture
def key(client: Client) -> str:
    """The ARN of a KMS key with the policy that the API gives it."""
    return str(client("kms").create_key()["KeyMetadata"]["Arn"])


class RoleOf:
    """A role that anybody of the account may assume who is allowed to, with sessions."""

    def __init__(self, client: Client, **settings: Any) -> None:
        self._client = client
        self.name = _unique("role")
        trust = {"Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        made = client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=_document(trust), **settings)
        self.arn = str(made["Role"]["Arn"])

    def may(self, *statements: Statement) -> "RoleOf":
        """Give the role an inline policy of these statements."""
        self._client("iam").put_role_policy(
            RoleName=self.name, PolicyName=_unique("p"), PolicyDocument=_document(*statements)
        )
        return self

    def session(self, **settings: Any) -> Credentials:
        """A session of the role, assumed by the administrator."""
        found = self._client("sts").assume_role(RoleArn=self.arn, RoleSessionName="s1", **settings)["Credentials"]
        return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


@pytest.fixture
def role(client: Client) -> RoleOf:
    """A role that may do nothing yet."""
    return RoleOf(client)


@pytest.fixture
def send(local_aws: Any) -> Callable[..., requests.Response]:
    """A function that signs a request of one's own making, sends it and returns the answer.

    ``unsigned`` are headers that are added to it after it was signed; ``edit`` changes its Authorization.
    """

    def made(  # noqa: PLR0917 - as an HTTP client has it
        who: Credentials,
        service: str,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        unsigned: Mapping[str, str] | None = None,
        edit: Callable[[str], str] = str,
    ) -> requests.Response:
        request = AWSRequest(method, local_aws.endpoint + path, dict(headers or {}), data=body)
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(SigningCredentials(who.access_key_id, who.secret_access_key), service, "us-east-1").add_auth(request)
        signed = dict(request.headers.items()) | dict(unsigned or {})
        signed["Authorization"] = edit(signed["Authorization"])
        prepared = requests.Request(method, local_aws.endpoint, headers=signed, data=body).prepare()
        prepared.url = local_aws.endpoint + path  # as it is: requests would tidy it
        return requests.Session().send(prepared, timeout=60)

    return made

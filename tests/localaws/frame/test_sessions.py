"""Sessions of assumed roles: known by their key, however many there are, and not kept for ever."""

import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from localaws import identity
from localaws.wire import Credentials

Client = Callable[[str], Any]


@pytest.fixture
def role(client: Client) -> str:
    """The ARN of a role that Lambda and everybody of the account may assume."""
    principals = {"Service": "lambda.amazonaws.com", "AWS": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:root"}
    trust = {"Statement": [{"Effect": "Allow", "Principal": principals, "Action": "sts:AssumeRole"}]}
    made = client("iam").create_role(RoleName=f"r-{uuid4().hex[:8]}", AssumeRolePolicyDocument=json.dumps(trust))
    return str(made["Role"]["Arn"])


@pytest.fixture
def assume(role: str) -> Callable[[str], Credentials]:
    """A function that returns credentials of a new session with this name."""
    source = f"arn:aws:lambda:us-east-1:{DEFAULT_ACCOUNT_ID}:function:f"
    return lambda name: identity.assume_role(role, "lambda.amazonaws.com", name, "us-east-1", source)


def caller(credentials: Credentials) -> str:
    """Return who STS says that these credentials are."""
    return str(credentials.client("sts", "us-east-1").get_caller_identity()["Arn"]).rpartition(":")[2]


def test_a_service_s_session_is_known(assume: Callable[[str], Credentials], role: str) -> None:
    session = assume("a-session")
    assert caller(session) == f"assumed-role/{role.rpartition('/')[2]}/a-session"
    assert identity.credentials_of(session.access_key_id) == session


def test_a_person_s_session_is_known(client: Client, role: str) -> None:
    found = client("sts").assume_role(RoleArn=role, RoleSessionName="a-person")["Credentials"]
    session = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    assert caller(session) == f"assumed-role/{role.rpartition('/')[2]}/a-person"
    assert identity.credentials_of(session.access_key_id) == session


def test_the_session_used_longest_ago_is_forgotten(
    assume: Callable[[str], Credentials], monkeypatch: pytest.MonkeyPatch
) -> None:
    unused, used = assume("unused"), assume("used")
    monkeypatch.setattr(identity, "_sessions", OrderedDict(list(identity._sessions.items())[-2:]))
    monkeypatch.setattr(identity, "_SESSIONS_KEPT", 2)
    caller(unused)
    caller(used)
    caller(newest := assume("newest"))
    assert [identity.credentials_of(known.access_key_id) for known in (used, newest)] == [used, newest]
    with pytest.raises(ClientError) as refused:
        caller(unused)
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_nothing_else_keeps_sessions(assume: Callable[[str], Credentials], monkeypatch: pytest.MonkeyPatch) -> None:
    keys = iam_backends[DEFAULT_ACCOUNT_ID]["aws"].access_keys
    monkeypatch.setattr(identity, "_sessions", OrderedDict())
    monkeypatch.setattr(identity, "_SESSIONS_KEPT", 3)
    before = len(keys)
    for number in range(8):
        assume(f"session-{number}")
    assert len(keys) - before == 3
    assert sts_backends[DEFAULT_ACCOUNT_ID]["aws"].assumed_roles == []

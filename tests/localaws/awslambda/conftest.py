"""Functions made of a few lines, with a role that Lambda may assume."""

import io
import json
import textwrap
import uuid
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Client = Callable[[str], Any]


def zipped(**sources: str) -> bytes:
    """Return a zip with one file for each keyword; ``a__b`` stands for ``a.b``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, source in sources.items():
            entry = zipfile.ZipInfo(name.replace("__", "."))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, textwrap.dedent(source))
    return buffer.getvalue()


@pytest.fixture
def role(client: Client) -> str:
    """The ARN of a role that Lambda may assume."""
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    name = f"function-{uuid.uuid4().hex[:8]}"
    created = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return str(created["Role"]["Arn"])


@pytest.fixture
def create_function(client: Client, role: str) -> Iterator[Callable[..., str]]:
    """A function that creates a Lambda function of some source (handler ``function.handler``) and returns its name."""
    names = []

    def create(source: str, **settings: Any) -> str:
        name = f"f-{uuid.uuid4().hex[:8]}"
        defaults = {
            "Runtime": "python3.13",
            "Handler": "function.handler",
            "Role": role,
            "Timeout": 30,
            "Code": {"ZipFile": zipped(function__py=source)},
        }
        client("lambda").create_function(FunctionName=name, **(defaults | settings))
        names.append(name)
        return name

    yield create
    for name in names:
        client("lambda").delete_function(FunctionName=name)

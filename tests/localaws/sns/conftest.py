"""Topics."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Client = Callable[[str], Any]


@pytest.fixture
def topic(client: Client) -> Iterator[str]:
    """The ARN of a topic, which is deleted at the end."""
    arn = client("sns").create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    yield arn
    client("sns").delete_topic(TopicArn=arn)

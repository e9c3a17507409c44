"""Tags of whatever has an ARN: what may be a tag, and how many there are."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]


@pytest.fixture
def arn(client: Client, create_config: Callable[..., str]) -> str:
    """The ARN of something without tags."""
    found = client("sagemaker").describe_endpoint_config(EndpointConfigName=create_config())
    return str(found["EndpointConfigArn"])


def tags(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": "v"} for key in keys]


# id, the keys of tags, how the message begins
REFUSED = [
    ("a key twice", ["team", "team"], "Tag keys must be unique: team"),
    (
        "a key with a comma",
        ["a,b"],
        "1 validation error detected: Value 'a,b' at 'tags.1.member.key' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ",
    ),
    ("51 keys", [str(number) for number in range(51)], "1 validation error detected: Value '["),
]


@pytest.mark.parametrize(("keys", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_tag_is_refused_whenever_it_is_given(client: Client, arn: str, keys: list[str], message: str) -> None:
    given: list[tuple[str, dict[str, str]]] = [
        ("add_tags", {"ResourceArn": arn}),
        ("create_model_package_group", {"ModelPackageGroupName": "g"}),
    ]
    for operation, named in given:
        with pytest.raises(ClientError) as error:
            getattr(client("sagemaker"), operation)(**named, Tags=tags(*keys))
        code, text = _words(error)
        assert (code, text[: len(message)]) == ("ValidationException", message)


def test_a_resource_has_fifty_tags(client: Client, arn: str) -> None:
    client("sagemaker").add_tags(ResourceArn=arn, Tags=tags(*map(str, range(50))))
    client("sagemaker").add_tags(ResourceArn=arn, Tags=tags("0"))  # which it has
    with pytest.raises(ClientError) as error:
        client("sagemaker").add_tags(ResourceArn=arn, Tags=tags("more"))
    assert _words(error) == ("ValidationException", f"A resource has at most 50 tags: {arn} would have 51.")
    client("sagemaker").delete_tags(ResourceArn=arn, TagKeys=[str(number) for number in range(49)])
    assert client("sagemaker").list_tags(ResourceArn=arn)["Tags"] == tags("49")


def test_what_has_no_arn_has_no_tags(client: Client) -> None:
    nobody = "arn:aws:sagemaker:us-east-1:123456789012:model/nobody"
    with pytest.raises(ClientError) as error:
        client("sagemaker").list_tags(ResourceArn=nobody)
    assert _words(error) == ("ResourceNotFound", f"Could not find resource {nobody}.")


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]

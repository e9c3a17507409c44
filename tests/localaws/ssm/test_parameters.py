"""Parameter Store keeps parameters of the size that their tier allows."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
PAGE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"


@pytest.mark.parametrize(
    ("tier", "size", "message"),
    [
        (
            "Standard",
            4096,
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger "
            "parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
            f"{PAGE}",
        ),
        ("Advanced", 8192, "Advanced tier parameters support a maximum parameter value of 8192 characters."),
    ],
)
def test_a_parameter_is_as_large_as_its_tier_allows(client: Client, tier: str, size: int, message: str) -> None:
    ssm, name = client("ssm"), f"/own/{uuid.uuid4().hex}"
    parameter = {"Name": name, "Type": "String", "Tier": tier}
    ssm.put_parameter(**parameter, Value="x" * size)
    with pytest.raises(ClientError) as refused:
        ssm.put_parameter(**parameter, Value="x" * (size + 1), Overwrite=True)
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": message}
    assert len(ssm.get_parameter(Name=name)["Parameter"]["Value"]) == size


def test_a_value_is_as_its_pattern_says(client: Client) -> None:
    ssm, name = client("ssm"), f"/own/{uuid.uuid4().hex}"
    ssm.put_parameter(Name=name, Type="String", Value="100", AllowedPattern=r"\d{1,4}")
    with pytest.raises(ClientError) as refused:
        ssm.put_parameter(Name=name, Type="String", Value="10,000", Overwrite=True)
    error = refused.value.response["Error"]
    assert error["Code"] == "ParameterPatternMismatchException"
    assert error["Message"] == r"Parameter value, cannot be validated against allowedPattern: \d{1,4}"
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "100"


def test_a_new_parameter_has_a_type(client: Client) -> None:
    with pytest.raises(ClientError) as refused:
        client("ssm").put_parameter(Name=f"/own/{uuid.uuid4().hex}", Value="x", Overwrite=True)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"] == "A parameter type is required when you create a parameter."

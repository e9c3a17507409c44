"""Quick-create links open the right console, and say what was meant whatever signs it has."""

from urllib.parse import parse_qsl, urlsplit

import pytest

import quick_create


@pytest.mark.parametrize(
    ("region", "console", "s3"),
    [
        ("eu-west-1", "console.aws.amazon.com", "amazonaws.com"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com", "amazonaws.com"),
        ("cn-north-1", "console.amazonaws.cn", "amazonaws.com.cn"),
    ],
)
def test_a_link_opens_the_console_of_its_region_and_partition(region: str, console: str, s3: str) -> None:
    template = quick_create.template_url(region, "bucket", "templates/one.yaml")

    assert quick_create.link(region, template, "stack", {"SuffixID": "me42"}) == (
        f"https://{region}.{console}/cloudformation/home?region={region}#/stacks/create/review?"
        f"templateURL=https%3A%2F%2Fbucket.s3.{region}.{s3}%2Ftemplates%2Fone.yaml&stackName=stack&param_SuffixID=me42"
    )


@pytest.mark.parametrize("value", ["a b", "50%", "a&b=c", "#/?", "wein/größe", '{"k": "v+w"}'])
def test_a_value_arrives_as_it_was_given(value: str) -> None:
    link = quick_create.link("eu-west-1", "https://template", "stack", {"Name": value})
    _, _, query = urlsplit(link).fragment.partition("?")

    assert dict(parse_qsl(query, strict_parsing=True)) == {
        "templateURL": "https://template",
        "stackName": "stack",
        "param_Name": value,
    }
    assert "+" not in query, "a plus is a space in forms alone"

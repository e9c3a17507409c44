"""Template text: read safely, in CloudFormation's dialect of YAML, and refused with the place of the fault."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BUCKET = "Resources: {Bucket: {Type: 'AWS::S3::Bucket'}}\n"
YAML = "Template format error: YAML not well-formed."
JSON = "Template format error: JSON not well-formed."


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("Resources: ]", f"{YAML} (line 1, column 12)", id="no YAML"),
        pytest.param('{"Resources": ', f"{JSON} (line 1, column 15)", id="no JSON"),
        pytest.param("just text", "Template format error: unsupported structure.", id="no mapping"),
        pytest.param("# nothing", "Template format error: unsupported structure.", id="nothing but a comment"),
        pytest.param(
            BUCKET + "Metadata: &a {b: c}\nMappings: *a",
            "Template error: YAML aliases are not allowed in CloudFormation templates",
            id="alias",
        ),
        pytest.param(
            BUCKET + "Metadata: {<<: {b: c}}",
            f"{YAML} A key is plain text, and keys cannot be merged. (line 2, column 12)",
            id="merge key",
        ),
        pytest.param(f"---\n{BUCKET}---\n{BUCKET}", f"{YAML} A template is one document. (line 3, column 1)", id="two"),
        pytest.param(f"Metadata: {'[' * 200}", f"{YAML} It is nested too deeply. (line 1, column 111)", id="deep flow"),
        pytest.param("- " * 20_000, f"{YAML} It is nested too deeply. (line 1, column 203)", id="deep block"),
        pytest.param('{"a": ' * 200 + "1" + "}" * 200, f"{JSON} It is nested too deeply.", id="deep JSON"),
        pytest.param('{"a":' * 10_000, f"{JSON} It is nested too deeply.", id="JSON beyond Python's recursion"),
        pytest.param(
            BUCKET + "Metadata: !!binary aGk=",
            f"{YAML} Unknown tag tag:yaml.org,2002:binary (line 2, column 11)",
            id="binary",
        ),
    ],
)
def test_unreadable_text_is_refused_with_its_place(
    validate: Any, refusal: Callable[..., Any], body: str, message: str
) -> None:
    assert refusal(validate, body=body) == ("ValidationError", message)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"Description: a\n{BUCKET}Description: b\n", id="YAML"),
        pytest.param(
            '{"Description": "a", "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}, "Description": "b"}', id="JSON"
        ),
    ],
)
def test_of_keys_given_twice_the_last_one_counts(validate: Any, body: str) -> None:
    assert validate(body=body)["Description"] == "b"


@pytest.mark.parametrize(
    "operation", ["validate_template", "get_template_summary", "create_stack", "create_change_set"]
)
def test_no_tag_runs_code(stack: Any, refusal: Callable[..., Any], tmp_path: Path, operation: str) -> None:
    witness = tmp_path / "witness"
    body = f"{BUCKET}Metadata: !!python/object/apply:os.system ['touch {witness}']"
    names = {"create_stack": {"StackName": "x"}, "create_change_set": {"StackName": "x", "ChangeSetName": "x"}}
    request = {"TemplateBody": body, **names.get(operation, {})}
    if operation == "create_change_set":
        request["ChangeSetType"] = "CREATE"

    code, message = refusal(getattr(stack.cloudformation, operation), **request)

    assert (code, message) == (
        "ValidationError",
        f"{YAML} Unknown tag tag:yaml.org,2002:python/object/apply:os.system (line 2, column 11)",
    )
    assert not witness.exists()


def test_scalars_are_read_as_cloudformation_reads_them(client: Any) -> None:
    body = (
        BUCKET
        + """
Metadata:
  Date: 2012-10-17
  Quoted: '5'
  Number: 5
  Fraction: 1.5
  Yes: yes
  Short: !GetAtt Bucket.Arn
  Nested: !If [Condition, !Ref Bucket, 'no']
"""
    )

    summary = client("cloudformation").get_template_summary(TemplateBody=body)

    assert json.loads(summary["Metadata"]) == {
        "Date": "2012-10-17",
        "Quoted": "5",
        "Number": 5,
        "Fraction": 1.5,
        "Yes": True,
        "Short": {"Fn::GetAtt": ["Bucket", "Arn"]},
        "Nested": {"Fn::If": ["Condition", {"Ref": "Bucket"}, "no"]},
    }

"""What counts as an action that a template allows, and as a reason for one that nothing needed."""

from pathlib import Path

import pytest

from .policy_actions import allowed_actions, without

ROLE = """\
Resources:
  Worker:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - Sid: Read
                Effect: Allow
                Action:
                  - s3:GetObject
                  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
                  - s3:ListBucket
                  - s3:GetObjectVersion # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
                  # because it may be needed
                  - s3:GetObjectTagging
                Resource: '*'
              - !If
                - HasKey
                - Sid: Key
                  Effect: Allow
                  Action: kms:*
                  Resource: '*'
                - !Ref AWS::NoValue
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template with a role of two statements, one of them conditional."""
    path = tmp_path / "template.yaml"
    path.write_text(ROLE)
    return path


def test_every_action_is_found_with_its_reason(template: Path) -> None:
    assert {(each.statement, each.action): each.cited for each in allowed_actions(template)} == {
        ("Read", "s3:GetObject"): False,
        ("Read", "s3:ListBucket"): True,
        ("Read", "s3:GetObjectVersion"): True,
        ("Read", "s3:GetObjectTagging"): False,  # a comment without a page is no reason
        ("Key", "kms:*"): False,  # no decision is about an action of this name
    }


def test_a_managed_policy_is_something_that_nothing_needs(template: Path) -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    template.write_text(ROLE.replace("      Policies:", f"      ManagedPolicyArns: [{arn}]\n      Policies:"))
    assert (arn, False) in {(each.action, each.cited) for each in allowed_actions(template)}


@pytest.mark.parametrize("kind", ["Policy", "ManagedPolicy", "RolePolicy"])
def test_a_policy_outside_its_role_is_refused(template: Path, kind: str) -> None:
    template.write_text(f"{ROLE}  More:\n    Type: AWS::IAM::{kind}\n")
    with pytest.raises(AssertionError, match="More: a role's policies are to stand in the role"):
        allowed_actions(template)


def test_an_action_is_taken_away_alone(template: Path) -> None:
    taken = next(each for each in allowed_actions(template) if each.action == "s3:ListBucket")
    lines = zip(ROLE.splitlines(), without(template, taken).splitlines(), strict=True)
    assert [new.strip() for old, new in lines if old != new] == ["- sts:GetCallerIdentity"]

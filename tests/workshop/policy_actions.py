"""The actions that a template's roles are allowed, with their places in its text."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_POLICIES_ELSEWHERE = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
CITATION = "https://docs.aws.amazon.com/"


@dataclass(frozen=True)
class AllowedAction:
    """An action in a statement of a role's policy; ``line`` counts from 0, ``cited`` says whether a comment beside it
    names the page of AWS that demands it."""

    role: str
    statement: str
    action: str
    line: int
    cited: bool

    def __str__(self) -> str:
        return f"{self.role}.{self.statement}: {self.action} (line {self.line + 1})"


def allowed_actions(template: Path) -> list[AllowedAction]:
    """Return every action of every statement of every role of a template.

    A managed policy of a role stands for its actions by its ARN, which nothing needs.
    """
    text = template.read_text()
    lines, root = text.splitlines(), yaml.compose(text, Loader=yaml.SafeLoader)
    assert root
    return [
        AllowedAction(role, statement, action.value, action.start_mark.line, _is_cited(lines, action.start_mark.line))
        for role, properties in _roles(root)
        for statement, action in (*_actions(properties), *_managed(properties))
    ]


def without(template: Path, action: AllowedAction) -> str:
    """Return a template's text with one action taken away: in its place stands one that everybody has."""
    lines = template.read_text().splitlines(keepends=True)
    lines[action.line] = lines[action.line].replace(action.action, "sts:GetCallerIdentity", 1)
    return "".join(lines)


def _roles(template: Node) -> Iterator[tuple[str, Node]]:
    for name, resource in _members(_member(template, "Resources")):
        kind = _member(resource, "Type")
        assert isinstance(kind, ScalarNode)
        assert kind.value not in _POLICIES_ELSEWHERE, f"{name}: a role's policies are to stand in the role"
        if kind.value == "AWS::IAM::Role":
            yield name, _member(resource, "Properties")


def _managed(properties: Node) -> Iterator[tuple[str, ScalarNode]]:
    for name, arns in _members(properties):
        if name == "ManagedPolicyArns":
            for arn in _items(arns):
                assert isinstance(arn, ScalarNode)
                yield name, arn


def _actions(properties: Node) -> Iterator[tuple[str, ScalarNode]]:
    for policy in _items(_member(properties, "Policies")):
        for given in _items(_member(_member(policy, "PolicyDocument"), "Statement")):
            statement = given.value[1] if given.tag == "!If" else given  # of !If [condition, statement, nothing]
            sid, actions = _member(statement, "Sid"), _member(statement, "Action")
            for action in [actions] if isinstance(actions, ScalarNode) else _items(actions):
                assert isinstance(action, ScalarNode)
                yield sid.value, action


def _is_cited(lines: list[str], line: int) -> bool:
    """Return whether the comment behind a line, or on the lines right above it, names a page of AWS."""
    above = line - 1
    while lines[above].strip().startswith("#"):
        above -= 1
    return any(CITATION in each for each in lines[above + 1 : line + 1])


def _members(node: Node) -> Iterator[tuple[str, Node]]:
    assert isinstance(node, MappingNode)
    for key, value in node.value:
        yield key.value, value


def _member(node: Node, name: str) -> Node:
    return next(value for key, value in _members(node) if key == name)


def _items(node: Node) -> list[Node]:
    assert isinstance(node, SequenceNode)
    return list(node.value)

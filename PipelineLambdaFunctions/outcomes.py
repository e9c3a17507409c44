"""What an action's step can come to: Done, Waiting or Failed. `pipeline_answer` answers CodePipeline with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

# botocore: codepipeline FailureType, those that a function can tell apart
FailureType = Literal["JobFailed", "ConfigurationError", "PermissionError"]


@dataclass(frozen=True)
class Done:
    """The action succeeded: a line for the console, and the action's output variables."""

    summary: str
    variables: Mapping[str, str] = field(default_factory=dict)


class Continuation(Protocol):
    """What an action remembers until it is started again; `continuation` is for the actions that wait."""

    def encode(self) -> str:
        """The text that CodePipeline keeps."""


@dataclass(frozen=True)
class Waiting:
    """Not yet: CodePipeline starts the function again, later, with this token."""

    token: Continuation
    summary: str


@dataclass(frozen=True)
class Failed:
    """The action failed: what, where, what was expected, what to do."""

    message: str
    type: FailureType = "JobFailed"


Outcome = Done | Waiting | Failed


class ActionError(Exception):
    """Raised deep inside a step for a failure that a person can understand and mend; becomes Failed."""

    type: FailureType = "JobFailed"


class ConfigurationError(ActionError):
    """Something that a person wrote (UserParameters, the pipeline's definition) is wrong."""

    type: FailureType = "ConfigurationError"

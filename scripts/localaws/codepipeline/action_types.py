"""The action types that local AWS runs, and what an action of each may have.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference.html
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionType:
    """Configuration keys, how many input and output artifacts, and which keys of AWS's local AWS does not do."""

    required: frozenset[str]
    optional: frozenset[str]
    inputs: range
    outputs: range
    unsupported: tuple[str, ...] = ()


_S3 = ActionType(
    frozenset({"S3Bucket", "S3ObjectKey"}),
    frozenset({"AllowOverrideForS3ObjectKey", "PollForSourceChanges"}),
    range(1),
    range(1, 2),
)
_CODECOMMIT = ActionType(
    frozenset({"RepositoryName", "BranchName"}),
    frozenset({"OutputArtifactFormat", "PollForSourceChanges"}),
    range(1),
    range(1, 2),
)
# https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
_CONNECTION = ActionType(
    frozenset({"ConnectionArn", "FullRepositoryId", "BranchName"}),
    frozenset({"OutputArtifactFormat", "DetectChanges"}),
    range(1),
    range(1, 2),
)
_LAMBDA = ActionType(frozenset({"FunctionName"}), frozenset({"UserParameters"}), range(6), range(6))
_APPROVAL = ActionType(
    frozenset(), frozenset({"NotificationArn", "CustomData", "ExternalEntityLink"}), range(1), range(1)
)
_CODEBUILD = ActionType(
    frozenset({"ProjectName"}),
    frozenset({"PrimarySource", "EnvironmentVariables"}),
    range(1, 6),
    range(6),
    ("BatchEnabled", "CombineArtifacts"),
)
_CLOUDFORMATION = ActionType(
    frozenset({"ActionMode", "StackName", "RoleArn"}),
    frozenset({"Capabilities", "OutputFileName", "ParameterOverrides", "TemplateConfiguration", "TemplatePath"}),
    range(11),
    range(2),
)
DEPLOYMENT_MODES = ("CREATE_UPDATE", "DELETE_ONLY", "REPLACE_ON_FAILURE")

# By category, owner, provider and version.
ACTION_TYPES = {
    ("Source", "AWS", "S3", "1"): _S3,
    ("Source", "AWS", "CodeCommit", "1"): _CODECOMMIT,
    ("Source", "AWS", "CodeStarSourceConnection", "1"): _CONNECTION,
    ("Invoke", "AWS", "Lambda", "1"): _LAMBDA,
    ("Build", "AWS", "CodeBuild", "1"): _CODEBUILD,
    ("Test", "AWS", "CodeBuild", "1"): _CODEBUILD,
    ("Deploy", "AWS", "CloudFormation", "1"): _CLOUDFORMATION,
    ("Approval", "AWS", "Manual", "1"): _APPROVAL,
}

# The revisions of a source that may be asked for, by provider (botocore SourceRevisionType).
REVISION_TYPES = {
    "S3": {"S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"},
    "CodeCommit": {"COMMIT_ID"},
    "CodeStarSourceConnection": {"COMMIT_ID"},
}

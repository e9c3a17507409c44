"""CodePipeline: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html"""

from collections.abc import Iterator

from localaws.gate.call import Call
from localaws.gate.permissions.rows import Need, Row, Table, rows, values

CONNECTION_SERVICES = ("codeconnections", "codestar-connections")
_ROLES = ("pipeline.roleArn", "pipeline.stages.actions.roleArn")
_PIPELINE = "{pipelineName}"
_STAGE = "{pipelineName}/{stageName}"
_ACTION = "{pipelineName}/{stageName}/{actionName}"
_ANY = "{resourceArn}"


def _connections(call: Call) -> Iterator[Need]:
    """https://docs.aws.amazon.com/dtconsole/latest/userguide/security-iam.html#permissions-reference-connections-passconnection"""
    for arn in values(call, "pipeline.stages.actions.configuration.ConnectionArn"):
        service = str(arn).split(":")[2] if str(arn).count(":") > 1 else ""
        if service in CONNECTION_SERVICES:
            passed_to = {f"{service}:passedtoservice": "codepipeline.amazonaws.com"}
            yield Need(f"{service}:PassConnection", str(arn), passed_to)


TABLE: Table = {
    "CreatePipeline": Row(
        "{pipeline[name]}", tags="tags", tagging="codepipeline:TagResource", passes=_ROLES, also=_connections
    ),
    "UpdatePipeline": Row("{pipeline[name]}", passes=_ROLES, also=_connections),
    **rows("{name}", "GetPipeline", "DeletePipeline", "GetPipelineState", "StartPipelineExecution"),
    **rows(_PIPELINE, "GetPipelineExecution", "ListPipelineExecutions", "ListActionExecutions"),
    **rows(_PIPELINE, "StopPipelineExecution"),
    **rows(_STAGE, "DisableStageTransition", "EnableStageTransition", "RetryStageExecution"),
    **rows(_STAGE, "RollbackStage"),
    "PutApprovalResult": Row(_ACTION),
    **rows("*", "ListPipelines", "GetJobDetails", "PutJobSuccessResult", "PutJobFailureResult"),
    "ListTagsForResource": Row(_ANY),
    "TagResource": Row(_ANY, tags="tags"),
    "UntagResource": Row(_ANY, keys={"aws:tagkeys": "tagKeys"}),
}

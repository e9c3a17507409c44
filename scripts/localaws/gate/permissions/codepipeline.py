"""CodePipeline: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html"""

from localaws.gate.permissions.rows import Row, Table, rows

_ROLES = ("pipeline.roleArn", "pipeline.stages.actions.roleArn")
_PIPELINE = "{pipelineName}"
_STAGE = "{pipelineName}/{stageName}"
_ACTION = "{pipelineName}/{stageName}/{actionName}"
_ANY = "{resourceArn}"

TABLE: Table = {
    "CreatePipeline": Row("{pipeline[name]}", tags="tags", tagging="codepipeline:TagResource", passes=_ROLES),
    "UpdatePipeline": Row("{pipeline[name]}", passes=_ROLES),
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

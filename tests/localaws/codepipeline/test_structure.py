"""Which pipelines AWS takes, and in which words it refuses the others."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

from localaws import constraints
from localaws.codepipeline.models import Declaration
from localaws.codepipeline.structure import check_structure, completed

REGION = "us-east-1"


def source(name: str = "Fetch", **changes: Any) -> dict[str, Any]:
    """An S3 source action."""
    return {
        "name": name,
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": {"S3Bucket": "b", "S3ObjectKey": "k", "PollForSourceChanges": "false"},
        "outputArtifacts": [{"name": f"{name}Output"}],
    } | changes


def run(name: str = "Run", **changes: Any) -> dict[str, Any]:
    """A Lambda invoke action."""
    return {
        "name": name,
        "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
        "configuration": {"FunctionName": "f"},
    } | changes


def deploy(**configuration: str) -> dict[str, Any]:
    """A CloudFormation action."""
    return {
        "name": "Deploy",
        "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "CloudFormation", "version": "1"},
        "configuration": {"StackName": "s", "RoleArn": "arn:aws:iam::123456789012:role/r"} | configuration,
    }


def approval(**changes: Any) -> dict[str, Any]:
    """A manual approval action."""
    return {
        "name": "Approve",
        "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
    } | changes


def pipeline(*stages: list[dict[str, Any]], **changes: Any) -> Declaration:
    """A pipeline of stages named A, B, C..."""
    return {
        "name": "p",
        "roleArn": "arn:aws:iam::123456789012:role/r",
        "artifactStore": {"type": "S3", "location": "store"},
        "stages": [{"name": chr(ord("A") + n), "actions": actions} for n, actions in enumerate(stages)],
        "pipelineType": "V2",
    } | changes


def failing(on_failure: dict[str, Any], of: str = "B", **changes: Any) -> Declaration:
    """A pipeline of a source and an action, one of whose stages says what becomes of its failure."""
    whole = pipeline([source()], [run()], **changes)
    stages = [stage | ({"onFailure": on_failure} if stage["name"] == of else {}) for stage in whole["stages"]]
    return whole | {"stages": stages}


def inputs(*names: str) -> dict[str, Any]:
    """Input artifacts."""
    return {"inputArtifacts": [{"name": name} for name in names]}


def outputs(*names: str) -> dict[str, Any]:
    """Output artifacts."""
    return {"outputArtifacts": [{"name": name} for name in names]}


def parameters(text: str) -> dict[str, Any]:
    """A configuration with UserParameters."""
    return {"configuration": {"FunctionName": "f", "UserParameters": text}}


CONDITIONS = {"conditions": [{"result": "FAIL"}]}
CODEBUILD = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}


def repository(output_format: str) -> dict[str, Any]:
    """A CodeCommit source action."""
    configuration = {"RepositoryName": "r", "BranchName": "main", "OutputArtifactFormat": output_format}
    kind = {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"}
    return source(actionTypeId=kind, configuration=configuration)


def build(primary: str | None = None, more: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """A CodeBuild action."""
    configuration = {"ProjectName": "b"} | ({"PrimarySource": primary} if primary else {}) | (more or {})
    return run(actionTypeId=CODEBUILD, configuration=configuration, **changes)


NO_SUCH_NAMESPACE = (
    "Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). The"
    " following pipeline execution variables are referencing a namespace that does not exist. StageName=[B],"
    " ActionName=[Run], ActionConfigurationKey=[UserParameters], VariableReferenceText=[{}]"
)
NOT_DECLARED = (
    "Input Artifact Bundle {} in action {} is not declared as Output Artifact Bundle in any of the preceding actions"
)

REFUSED: dict[str, tuple[Declaration, str, str]] = {
    "one stage": (
        pipeline([source()]),
        "InvalidStructureException",
        "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline",
    ),
    "no source first": (
        pipeline([source(), run()], [run()]),
        "InvalidStructureException",
        "Pipeline should start with a stage that only contains source actions",
    ),
    "a source later": (
        pipeline([source()], [source("Again")]),
        "InvalidStructureException",
        "Only the first stage may contain source actions, but B contains Again",
    ),
    "an empty stage": (
        pipeline([source()], []),
        "InvalidStageDeclarationException",
        "Stage B has 0 actions. A stage has 1 to 50 actions",
    ),
    "51 actions in a stage": (
        pipeline([source()], [run(f"R{n}") for n in range(51)]),
        "InvalidStageDeclarationException",
        "Stage B has 51 actions. A stage has 1 to 50 actions",
    ),
    "51 stages": (
        pipeline([source()], *([run()] for _ in range(50))),
        "InvalidStructureException",
        "Pipeline has 51 stages and 51 actions. A pipeline has at most 50 stages and 500 actions",
    ),
    "two stages of one name": (
        pipeline(stages=[{"name": "A", "actions": [source()]}, {"name": "A", "actions": [run()]}]),
        "InvalidStageDeclarationException",
        "Stage names must be unique within the pipeline. A has been used more than once.",
    ),
    "two actions of one name": (
        pipeline([source()], [run(), run()]),
        "InvalidActionDeclarationException",
        "Action names must be unique within the stage B. Run has been used more than once.",
    ),
    "one artifact made twice": (
        pipeline([source()], [run(**outputs("FetchOutput"))]),
        "InvalidActionDeclarationException",
        "Output Artifact Bundle name must be unique within the pipeline. FetchOutput has been used more than once.",
    ),
    "an input that nobody makes": (
        pipeline([source()], [run(**inputs("Nothing"))]),
        "InvalidActionDeclarationException",
        NOT_DECLARED.format("Nothing", "Run"),
    ),
    "an input made later": (
        pipeline([source()], [run(**inputs("Late"))], [run(**outputs("Late"))]),
        "InvalidActionDeclarationException",
        NOT_DECLARED.format("Late", "Run"),
    ),
    "an input made at the same time": (
        pipeline([source()], [run("One", **outputs("Made")), run("Two", **inputs("Made"))]),
        "InvalidActionDeclarationException",
        NOT_DECLARED.format("Made", "Two"),
    ),
    "a source without output": (
        pipeline([source(outputArtifacts=[])], [run()]),
        "InvalidActionDeclarationException",
        "Action Fetch declares 0 output artifacts which is less than the minimum count (1)",
    ),
    "six inputs": (
        pipeline([source(f"S{n}") for n in range(6)], [run(**inputs(*(f"S{n}Output" for n in range(6))))]),
        "InvalidActionDeclarationException",
        "Action Run declares 6 input artifacts which is more than the maximum count (5)",
    ),
    "six outputs": (
        pipeline([source()], [run(**outputs(*"abcdef"))]),
        "InvalidActionDeclarationException",
        "Action Run declares 6 output artifacts which is more than the maximum count (5)",
    ),
    "an action type of elsewhere": (
        pipeline([source()], [run(actionTypeId=CODEBUILD | {"provider": "Jenkins"})]),
        "InvalidActionDeclarationException",
        "ActionType (Category: 'Build', Provider: 'Jenkins', Owner: 'AWS', Version: '1') in action 'Run' is not"
        " available in region 'US_EAST_1'. Local AWS runs actions of CloudFormation, CodeBuild, CodeCommit,"
        " CodeStarSourceConnection, Lambda, Manual, S3",
    ),
    "a clone of a repository": (
        pipeline([repository("CODEBUILD_CLONE_REF")], [run()]),
        "InvalidActionDeclarationException",
        "Local AWS does not support the OutputArtifactFormat CODEBUILD_CLONE_REF of Fetch: CODE_ZIP, the default, is"
        " what it does.",
    ),
    "two inputs of a build, and none of them primary": (
        pipeline([source(), source("Other")], [build(**inputs("FetchOutput", "OtherOutput"))]),
        "InvalidActionDeclarationException",
        "Action configuration for action 'Run' is missing required configuration 'PrimarySource'",
    ),
    "a primary source that is no input": (
        pipeline([source()], [build(primary="Other", **inputs("FetchOutput"))]),
        "InvalidActionDeclarationException",
        "PrimarySource 'Other' of action 'Run' is none of its input artifacts",
    ),
    "a build of nothing": (
        pipeline([source()], [build()]),
        "InvalidActionDeclarationException",
        "Action Run declares 0 input artifacts which is less than the minimum count (1)",
    ),
    "no function": (
        pipeline([source()], [run(configuration={})]),
        "InvalidActionDeclarationException",
        "Action configuration for action 'Run' is missing required configuration 'FunctionName'",
    ),
    "an unknown key": (
        pipeline([source()], [run(configuration={"FunctionName": "f", "Colour": "red"})]),
        "InvalidActionDeclarationException",
        "Action configuration for action 'Run' contains unknown configuration 'Colour'",
    ),
    "a time limit of what is no approval": (
        pipeline([source()], [run(timeoutInMinutes=5)]),
        "InvalidActionDeclarationException",
        "timeoutInMinutes is not available to the action Run",
    ),
    "an approval with artifacts": (
        pipeline([source()], [approval(**inputs("FetchOutput"))]),
        "InvalidActionDeclarationException",
        "Action Approve declares 1 input artifacts which is more than the maximum count (0)",
    ),
    "a namespace that nobody fills": (
        pipeline([source()], [run(**parameters("#{Nobody.x}"))]),
        "InvalidActionDeclarationException",
        NO_SUCH_NAMESPACE.format("Nobody.x"),
    ),
    "its own namespace": (
        pipeline([source()], [run(namespace="Mine", **parameters("#{Mine.x}"))]),
        "InvalidActionDeclarationException",
        NO_SUCH_NAMESPACE.format("Mine.x"),
    ),
    "a namespace filled at the same time": (
        pipeline([source()], [run("One", namespace="Other"), run(**parameters("#{Other.x}"))]),
        "InvalidActionDeclarationException",
        NO_SUCH_NAMESPACE.format("Other.x"),
    ),
    "a namespace twice": (
        pipeline([source(namespace="N")], [run(namespace="N")]),
        "InvalidActionDeclarationException",
        "Namespaces must be unique within the pipeline and differ from artifact names. N has been used more than once.",
    ),
    "a namespace named as an artifact": (
        pipeline([source()], [run(namespace="FetchOutput")]),
        "InvalidActionDeclarationException",
        "Namespaces must be unique within the pipeline and differ from artifact names. FetchOutput has been used more"
        " than once.",
    ),
    "a queue in a pipeline of type V1": (
        pipeline([source()], [run()], pipelineType="V1", executionMode="QUEUED"),
        "InvalidStructureException",
        "Variables and the execution modes QUEUED and PARALLEL need a pipeline of type V2",
    ),
    "two artifact stores": (
        pipeline([source()], [run()], artifactStores={}),
        "InvalidStructureException",
        "You must include either artifactStore or artifactStores in your pipeline",
    ),
    "triggers": (
        pipeline([source()], [run()], triggers=[{}]),
        "InvalidStructureException",
        "Local AWS does not support triggers of pipelines.",
    ),
    **{
        f"{feature} of a stage": (
            pipeline(stages=[{"name": "A", "actions": [source()]}, {"name": "B", "actions": [run()], feature: given}]),
            "InvalidStructureException",
            f"Local AWS does not support {feature} of stage B.",
        )
        for feature, given in {"beforeEntry": CONDITIONS, "onSuccess": CONDITIONS, "blockers": [{}]}.items()
    },
    **{
        f"{feature} of an action": (
            pipeline([source()], [run() | {feature: [{}]}]),
            "InvalidStructureException",
            f"Local AWS does not support {feature} of action Run.",
        )
        for feature in ("commands", "environmentVariables", "outputVariables")
    },
    "files of an artifact": (
        pipeline([source()], [run(outputArtifacts=[{"name": "Made", "files": ["*"]}])]),
        "InvalidStructureException",
        "Local AWS does not support files of output artifact Made.",
    ),
    "a batch of builds": (
        pipeline([source()], [build(more={"BatchEnabled": "true"}, **inputs("FetchOutput"))]),
        "InvalidStructureException",
        "Local AWS does not support BatchEnabled of action Run.",
    ),
    "a condition of a failure": (
        failing({"result": "ROLLBACK", "conditions": [{}]}),
        "InvalidStructureException",
        "Local AWS does not support conditions of onFailure of stage B.",
    ),
    "a result of a failure that needs conditions": (
        failing({"result": "SKIP"}),
        "InvalidStageDeclarationException",
        "Local AWS does not support the result SKIP of onFailure of stage B: RETRY and ROLLBACK are what it does.",
    ),
    "what to do on failure in an old pipeline": (
        failing({"result": "RETRY"}, pipelineType="V1"),
        "InvalidStageDeclarationException",
        "onFailure of stage B needs a pipeline of type V2",
    ),
    "a rollback of the source": (
        failing({"result": "ROLLBACK"}, of="A"),
        "InvalidStageDeclarationException",
        "The source stage A cannot be rolled back",
    ),
    "a rollback of one among many": (
        failing({"result": "ROLLBACK"}, executionMode="PARALLEL"),
        "InvalidStageDeclarationException",
        "The stage B of a pipeline in PARALLEL mode cannot be rolled back",
    ),
    "a way of deploying": (
        pipeline([source()], [deploy(ActionMode="CHANGE_SET_REPLACE")]),
        "InvalidActionDeclarationException",
        "Local AWS does not support the ActionMode CHANGE_SET_REPLACE of Deploy: CREATE_UPDATE, DELETE_ONLY,"
        " REPLACE_ON_FAILURE are what it does.",
    ),
    "a deployment without a template": (
        pipeline([source()], [deploy(ActionMode="REPLACE_ON_FAILURE")]),
        "InvalidActionDeclarationException",
        "Action configuration for action 'Deploy' is missing required configuration 'TemplatePath'",
    ),
    "another region": (
        pipeline([source()], [run(region="eu-west-1")]),
        "InvalidActionDeclarationException",
        "Local AWS does not support actions in other regions, as Run is.",
    ),
}


@pytest.mark.parametrize(("declaration", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_a_structure_is_refused(declaration: Declaration, code: str, message: str) -> None:
    with pytest.raises(ServiceException) as refused:
        check_structure(completed(declaration), REGION)
    assert (refused.value.code, refused.value.message) == (code, message)


ACCEPTED = {
    "an input of a lower run order": pipeline(
        [source()], [run("Use", runOrder=2, **inputs("Made")), run("Make", **outputs("Made"))]
    ),
    "a namespace of a lower run order": pipeline(
        [source()], [run("Use", runOrder=2, **parameters("#{Made.x}")), run("Make", namespace="Made")]
    ),
    "a zip of a repository": pipeline([repository("CODE_ZIP")], [run()]),
    "an approval with a time limit": pipeline([source()], [approval(timeoutInMinutes=5)]),
    "parallel executions": pipeline([source()], [run()], executionMode="PARALLEL"),
    "a source's namespace": pipeline([source(namespace="S")], [run(**parameters("#{S.VersionId} #{variables.V}"))]),
    "five of everything": pipeline(
        [source(f"S{n}") for n in range(5)],
        [run(**inputs(*(f"S{n}Output" for n in range(5))), **outputs(*"abcde"))],
    ),
    "the store of this region": {
        key: value
        for key, value in pipeline(
            [source()], [run()], artifactStores={REGION: {"type": "S3", "location": "store"}}
        ).items()
        if key != "artifactStore"
    },
    "what looks like a variable but is none": pipeline([source()], [run(**parameters("#{no} ${x.y} {a.b} #{a.b.c}"))]),
}


@pytest.mark.parametrize("declaration", ACCEPTED.values(), ids=ACCEPTED)
def test_a_structure_is_accepted(declaration: Declaration) -> None:
    check_structure(completed(declaration), REGION)


def test_what_is_left_out_is_filled_in() -> None:
    given = pipeline([source()], [run()])
    del given["pipelineType"]
    definition = completed(given)
    assert (definition["pipelineType"], definition["executionMode"]) == ("V1", "SUPERSEDED")
    action = definition["stages"][1]["actions"][0]
    assert (action["runOrder"], action["inputArtifacts"], action["outputArtifacts"]) == (1, [], [])
    assert completed(given | {"executionMode": "QUEUED"})["pipelineType"] == "V2"


ACTION = "pipeline.stages.2.member.actions.1.member"
VALUE_LENGTH = (
    "failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to"
    " 1000, Member must have length greater than or equal to 1]"
)
# What the service model limits.
LIMITS: dict[str, tuple[Declaration, str]] = {
    "user parameters of 1,001 characters": (
        pipeline([source()], [run(**parameters("x" * 1001))]),
        f"1 validation error detected: Value '{{FunctionName=f, UserParameters={'x' * 1001}}}' at"
        f" '{ACTION}.configuration' {VALUE_LENGTH}",
    ),
    "an empty configuration value": (
        pipeline([source()], [run(**parameters(""))]),
        "1 validation error detected: Value '{FunctionName=f, UserParameters=}' at"
        f" '{ACTION}.configuration' {VALUE_LENGTH}",
    ),
    "an artifact name with a dot": (
        pipeline([source()], [run(**outputs("a.b"))]),
        f"1 validation error detected: Value 'a.b' at '{ACTION}.outputArtifacts.1.member.name' failed to satisfy"
        r" constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_\-]+",
    ),
    "a run order and a mode that do not exist": (
        pipeline([source()], [run(runOrder=1000)], executionMode="SOMETIMES"),
        f"2 validation errors detected: Value '1000' at '{ACTION}.runOrder' failed to satisfy constraint: Member must"
        " have value less than or equal to 999; Value 'SOMETIMES' at 'pipeline.executionMode' failed to satisfy"
        " constraint: Member must satisfy enum value set: [QUEUED, SUPERSEDED, PARALLEL]",
    ),
}


@pytest.mark.parametrize(("declaration", "message"), LIMITS.values(), ids=LIMITS)
def test_limits_of_the_service_model_are_kept(declaration: Declaration, message: str) -> None:
    with pytest.raises(ServiceException) as refused:
        constraints.check("codepipeline", "CreatePipeline", {"pipeline": declaration})
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


def test_limits_are_kept_by_the_api(client: Any) -> None:
    too_long = pipeline([source()], [run(**parameters("x" * 1001))])
    with pytest.raises(ClientError) as refused:
        client("codepipeline").create_pipeline(pipeline=too_long)
    error = refused.value.response["Error"]
    assert (error["Code"], VALUE_LENGTH in error["Message"]) == ("ValidationException", True)


def test_a_name_is_used_once(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    with pytest.raises(ClientError) as refused:
        pipelines.create([pipelines.action("Run")], name=name)
    assert refused.value.response["Error"] == {
        "Code": "PipelineNameInUseException",
        "Message": f"A pipeline with the name '{name}' already exists in account '123456789012'",
    }
    pipelines.succeed()


@pytest.mark.parametrize("trusted", [None, "lambda"])
def test_a_role_that_codepipeline_cannot_assume_is_refused(
    client: Any, create_role: Callable[[str], str], trusted: str | None
) -> None:
    role = create_role(trusted) if trusted else "arn:aws:iam::123456789012:role/nobody"
    with pytest.raises(ClientError) as refused:
        client("codepipeline").create_pipeline(pipeline=pipeline([source()], [run()], roleArn=role))
    assert refused.value.response["Error"] == {
        "Code": "InvalidStructureException",
        "Message": f"CodePipeline is not authorized to perform AssumeRole on role {role}",
    }


def test_an_update_that_is_refused_changes_nothing(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    before = pipelines.client.get_pipeline(name=name)["pipeline"]
    with pytest.raises(ClientError) as refused:
        pipelines.client.update_pipeline(pipeline=before | {"stages": before["stages"][:1]})
    assert refused.value.response["Error"] == {
        "Code": "InvalidStructureException",
        "Message": "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline",
    }
    assert pipelines.client.get_pipeline(name=name)["pipeline"] == before
    pipelines.succeed()

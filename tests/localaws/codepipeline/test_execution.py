"""An execution runs its stages in order, hands on artifacts and variables, and shows what each action did."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import control
from localaws.clock import clock
from localaws.faults.state import faults


def test_creating_a_pipeline_starts_it(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    pipelines.succeed()
    execution = pipelines.ended(name)
    assert execution["status"] == "Succeeded"
    assert execution["trigger"] == {
        "triggerType": "CreatePipeline",
        "triggerDetail": "arn:aws:iam::123456789012:user/local",
    }
    assert pipelines.statuses(name) == {"Fetch": "Succeeded", "Run": "Succeeded"}


def test_the_source_is_copied_to_the_artifact_store(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    pipelines.succeed()
    pipelines.ended(name)
    fetch = pipelines.actions(name)["Fetch"]
    assert fetch["input"]["region"] == "us-east-1"
    [artifact] = fetch["output"]["outputArtifacts"]
    assert artifact["name"] == "SourceOutput"
    assert artifact["s3location"]["bucket"] == pipelines.store
    # The pipeline's and the artifact's names are cut to 20 and 10 characters; the rest is random.
    assert re.fullmatch(r"a-pipeline-with-a-lo/SourceOutp/[A-Za-z0-9]{7}", artifact["s3location"]["key"])
    stored = pipelines.s3.get_object(Bucket=pipelines.store, Key=artifact["s3location"]["key"])
    assert stored["Body"].read() == b"1,2\n"
    assert stored["ServerSideEncryption"] == "aws:kms"
    assert fetch["output"]["executionResult"] == {
        "externalExecutionId": pipelines.version,
        "externalExecutionSummary": f"Amazon S3 version id: {pipelines.version}",
    }


def test_a_source_can_be_asked_for_an_older_version(pipelines: Any) -> None:
    pipelines.s3.put_object(Bucket=pipelines.source, Key="data.csv", Body=b"newer")
    name = pipelines.create([pipelines.action("Run")])
    pipelines.succeed()
    older = {"actionName": "Fetch", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": pipelines.version}
    execution_id = pipelines.start(name, sourceRevisions=[older])
    assert pipelines.job()["data"]["inputArtifacts"] == []
    pipelines.client.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=execution_id, abandon=True)
    [revision] = pipelines.execution(name, execution_id)["artifactRevisions"]
    assert revision["revisionId"] == pipelines.version


def test_the_job_is_awss_event(pipelines: Any) -> None:
    run = pipelines.action(
        "Run",
        '{"a": 1}',
        inputArtifacts=[{"name": "SourceOutput"}],
        outputArtifacts=[{"name": "Made"}],
    )
    before = datetime.now(UTC).timestamp() * 1000
    name = pipelines.create([run])
    job = pipelines.job()
    assert set(job) == {"id", "accountId", "data"}
    assert job["accountId"] == "123456789012"
    data = job["data"]
    assert set(data) == {"actionConfiguration", "inputArtifacts", "outputArtifacts", "artifactCredentials"}
    assert data["actionConfiguration"]["configuration"] == {
        "FunctionName": pipelines.function,
        "UserParameters": '{"a": 1}',
    }
    key = pipelines.actions(name)["Fetch"]["output"]["outputArtifacts"][0]["s3location"]["key"]
    place = {"type": "S3", "s3Location": {"bucketName": pipelines.store, "objectKey": key}}
    assert data["inputArtifacts"] == [{"name": "SourceOutput", "revision": pipelines.version, "location": place}]
    [made] = data["outputArtifacts"]
    assert (made["name"], made["revision"]) == ("Made", None)
    assert set(data["artifactCredentials"]) == {"accessKeyId", "secretAccessKey", "sessionToken", "expirationTime"}
    assert data["artifactCredentials"]["expirationTime"] > before
    pipelines.succeed(job)


def test_a_job_without_parameters_has_no_such_key(pipelines: Any) -> None:
    pipelines.create([pipelines.action("Run")])
    job = pipelines.job()
    assert job["data"]["actionConfiguration"]["configuration"] == {"FunctionName": pipelines.function}
    pipelines.succeed(job)


def test_the_artifact_credentials_are_the_pipelines_role(client: Any, pipelines: Any) -> None:
    import boto3

    pipelines.create([pipelines.action("Run", inputArtifacts=[{"name": "SourceOutput"}])])
    job = pipelines.job()
    credentials = job["data"]["artifactCredentials"]
    caller = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=client("sts").meta.endpoint_url,
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        aws_session_token=credentials["sessionToken"],
    ).get_caller_identity()["Arn"]
    assert caller.startswith(f"arn:aws:sts::123456789012:assumed-role/{pipelines.role.rpartition('/')[2]}/")
    pipelines.succeed(job)


def test_a_customers_key_encrypts_artifacts_and_is_told(client: Any, pipelines: Any) -> None:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    store = {"type": "S3", "location": pipelines.store, "encryptionKey": {"id": key, "type": "KMS"}}
    pipelines.create([pipelines.action("Run", inputArtifacts=[{"name": "SourceOutput"}])], artifactStore=store)
    data = pipelines.job()["data"]
    assert data["encryptionKey"] == {"id": key, "type": "KMS"}
    place = data["inputArtifacts"][0]["location"]["s3Location"]
    stored = pipelines.s3.head_object(Bucket=place["bucketName"], Key=place["objectKey"])
    assert stored["SSEKMSKeyId"] == key


def test_what_an_action_makes_is_what_the_next_one_gets(pipelines: Any) -> None:
    make = pipelines.action("Make", outputArtifacts=[{"name": "Made"}])
    use = pipelines.action("Use", runOrder=2, inputArtifacts=[{"name": "Made"}])
    name = pipelines.create([make, use])
    first = pipelines.job()
    pipelines.succeed(first)
    second = pipelines.job()
    assert second["data"]["inputArtifacts"] == first["data"]["outputArtifacts"]
    pipelines.succeed(second)
    assert pipelines.ended(name)["status"] == "Succeeded"


def test_actions_of_one_run_order_run_together_and_the_next_wait(pipelines: Any) -> None:
    actions = [pipelines.action("One", "1"), pipelines.action("Two", "2"), pipelines.action("Last", "3", runOrder=8)]
    name = pipelines.create(actions)
    first, second = pipelines.job(), pipelines.job()
    parameters = [job["data"]["actionConfiguration"]["configuration"]["UserParameters"] for job in (first, second)]
    assert sorted(parameters) == ["1", "2"]
    pipelines.succeed(first)
    assert set(pipelines.statuses(name)) == {"Fetch", "One", "Two"}
    pipelines.succeed(second)
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"


def test_a_failed_action_fails_its_stage_after_those_beside_it(pipelines: Any) -> None:
    name = pipelines.create(
        [pipelines.action("Bad", "Bad"), pipelines.action("Good", "Good"), pipelines.action("Later", runOrder=2)],
        [pipelines.action("Next")],
    )
    both = [pipelines.job(), pipelines.job()]
    jobs = {job["data"]["actionConfiguration"]["configuration"]["UserParameters"]: job for job in both}
    pipelines.fail(jobs["Bad"], "the reason")
    pipelines.wait_for(lambda: pipelines.statuses(name)["Bad"] == "Failed")
    assert pipelines.execution(name)["status"] == "InProgress"
    pipelines.succeed(jobs["Good"])
    assert pipelines.ended(name)["status"] == "Failed"
    assert pipelines.statuses(name) == {"Fetch": "Succeeded", "Bad": "Failed", "Good": "Succeeded"}
    assert pipelines.error(name, "Bad") == ("JobFailed", "the reason")
    states = {stage: shown.get("latestExecution", {}).get("status") for stage, shown in pipelines.stages(name).items()}
    assert states == {"Source": "Succeeded", "Stage1": "Failed", "Stage2": None}


def test_variables_are_resolved_in_later_configurations(pipelines: Any) -> None:
    source = pipelines.source_action(namespace="Source")
    text = "#{codepipeline.PipelineExecutionId} #{Source.VersionId} #{variables.COLOUR} #{Made.size} #{Made.size}"
    stages = [
        {"name": "Source", "actions": [source]},
        {"name": "Make", "actions": [pipelines.action("Make", namespace="Made")]},
        {"name": "Use", "actions": [pipelines.action("Use", text)]},
    ]
    name = pipelines.create(stages=stages, variables=[{"name": "COLOUR", "defaultValue": "red"}])
    pipelines.succeed(outputVariables={"size": "9"})
    execution_id = pipelines.execution(name)["pipelineExecutionId"]
    job = pipelines.job()
    resolved = f"{execution_id} {pipelines.version} red 9 9"
    assert job["data"]["actionConfiguration"]["configuration"]["UserParameters"] == resolved
    pipelines.succeed(job)
    pipelines.ended(name)
    use = pipelines.actions(name)["Use"]["input"]
    assert use["configuration"]["UserParameters"] == text
    assert use["resolvedConfiguration"]["UserParameters"] == resolved
    make = pipelines.actions(name)["Make"]
    assert make["output"]["outputVariables"] == {"size": "9"}
    assert make["input"]["namespace"] == "Made"


def test_a_variable_that_nobody_set_fails_the_action(pipelines: Any) -> None:
    make = pipelines.action("Make", namespace="Made")
    name = pipelines.create([make], [pipelines.action("Use", "#{Made.size}")])
    pipelines.succeed(outputVariables={"colour": "red"})
    assert pipelines.ended(name)["status"] == "Failed"
    assert "#{Made.size}" in pipelines.error(name, "Use")[1]


@pytest.mark.parametrize(("size", "status"), [(100_000, "Succeeded"), (102_400, "Failed")])
def test_a_configuration_has_at_most_100_kb_with_its_variables(pipelines: Any, size: int, status: str) -> None:
    name = pipelines.create([pipelines.action("Make", namespace="Made")], [pipelines.action("Use", "#{Made.text}")])
    pipelines.succeed(outputVariables={"text": "x" * size})
    if status == "Succeeded":
        pipelines.succeed()
    assert pipelines.ended(name)["status"] == status
    if status == "Failed":
        expected = ("ConfigurationError", "The resolved configuration of Use is larger than 100 KB.")
        assert pipelines.error(name, "Use") == expected


def test_a_source_can_be_asked_for_another_key_if_it_allows_that(pipelines: Any) -> None:
    version = pipelines.s3.put_object(Bucket=pipelines.source, Key="other.csv", Body=b"other")["VersionId"]
    other = {"actionName": "Fetch", "revisionType": "S3_OBJECT_KEY", "revisionValue": "other.csv"}
    allowing = pipelines.source_action()
    allowing["configuration"]["AllowOverrideForS3ObjectKey"] = "true"
    stages = [{"name": "Source", "actions": [allowing]}, {"name": "Run", "actions": [pipelines.action("Run")]}]
    name = pipelines.create(stages=stages)
    pipelines.succeed()
    execution_id = pipelines.start(name, sourceRevisions=[other])
    pipelines.succeed()
    [revision] = pipelines.ended(name, execution_id)["artifactRevisions"]
    assert revision["revisionId"] == version
    pipelines.s3.put_object(Bucket=pipelines.source, Key="other.csv", Body=b"newer")
    older = other | {"revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": version}
    execution_id = pipelines.start(name, sourceRevisions=[other, older])
    pipelines.succeed()
    [revision] = pipelines.ended(name, execution_id)["artifactRevisions"]
    assert revision["revisionId"] == version
    strict = pipelines.create([pipelines.action("Run")])
    pipelines.succeed()
    with pytest.raises(ClientError) as refused:
        pipelines.start(strict, sourceRevisions=[other])
    error = refused.value.response["Error"]
    assert (error["Code"], "AllowOverrideForS3ObjectKey" in error["Message"]) == ("ValidationException", True)


@pytest.fixture
def slow_source(pipelines: Any) -> Iterator[None]:
    """S3 takes longer than a test to give the source."""
    slow = {"effect": "slow", "at": "s3:GetObject", "where": {"Bucket": pipelines.source}, "seconds": 600}
    control.change({"faults": [slow]})
    yield
    control.change({})


@pytest.mark.usefixtures("slow_source")
def test_a_source_has_an_hour_from_its_start_on(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    pipelines.wait_for(lambda: any(faults.struck()))  # later, its session would be over
    clock.move(60 * 60)
    assert pipelines.ended(name)["status"] == "Failed"
    assert pipelines.error(name, "Fetch") == ("JobFailed", "The action Fetch has timed out.")


def test_a_callers_variables_replace_defaults(pipelines: Any) -> None:
    run = pipelines.action("Run", "#{variables.COLOUR} #{variables.SIZE}")
    declared = [{"name": "COLOUR", "defaultValue": "red"}, {"name": "SIZE", "defaultValue": "small"}]
    name = pipelines.create([run], variables=declared)
    pipelines.succeed()
    execution_id = pipelines.start(name, variables=[{"name": "COLOUR", "value": "blue"}])
    job = pipelines.job()
    assert job["data"]["actionConfiguration"]["configuration"]["UserParameters"] == "blue small"
    pipelines.succeed(job)
    resolved = pipelines.ended(name, execution_id)["variables"]
    assert {entry["name"]: entry["resolvedValue"] for entry in resolved} == {"COLOUR": "blue", "SIZE": "small"}


def test_one_request_token_starts_one_execution(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    started = {pipelines.start(name, clientRequestToken="once") for _ in "twice"}
    assert len(started) == 1
    assert pipelines.start(name, clientRequestToken="again") not in started
    for _ in range(3):
        pipelines.succeed()


SOURCE_PROBLEMS = {
    "no such object": ({"S3ObjectKey": "nothing.csv"}, "NoSuchKey"),
    "no such bucket": ({"S3Bucket": "nobody-has-this-bucket"}, "NoSuchBucket"),
    "not versioned": ({"S3Bucket": "{store}"}, "is not versioned"),
}


@pytest.mark.parametrize(("change", "reason"), SOURCE_PROBLEMS.values(), ids=SOURCE_PROBLEMS)
def test_a_source_that_cannot_be_fetched_fails(pipelines: Any, change: dict[str, str], reason: str) -> None:
    source = pipelines.source_action()
    source["configuration"] |= {key: value.format(store=pipelines.store) for key, value in change.items()}
    stages = [{"name": "Source", "actions": [source]}, {"name": "Run", "actions": [pipelines.action("Run")]}]
    name = pipelines.create(stages=stages)
    assert pipelines.ended(name)["status"] == "Failed"
    code, message = pipelines.error(name, "Fetch")
    assert code == "ConfigurationError"
    assert reason in message


def test_an_artifact_bucket_that_is_gone_fails_the_source_in_awss_words(pipelines: Any) -> None:
    store = {"type": "S3", "location": "nobody-has-this-bucket"}
    name = pipelines.create([pipelines.action("Run")], artifactStore=store)
    assert pipelines.ended(name)["status"] == "Failed"
    assert pipelines.error(name, "Fetch") == (
        "ConfigurationError",
        "The action failed because either the artifact or the Amazon S3 bucket could not be found. Name of artifact"
        " bucket: nobody-has-this-bucket. Verify that this bucket exists. If it exists, check the life cycle policy,"
        " then try releasing a change.",
    )


def test_an_alias_of_a_function_is_invoked_by_its_arn(client: Any, pipelines: Any) -> None:
    functions = client("lambda")
    version = functions.publish_version(FunctionName=pipelines.function)["Version"]
    alias = functions.create_alias(FunctionName=pipelines.function, Name="live", FunctionVersion=version)["AliasArn"]
    name = pipelines.create([pipelines.action("Run", configuration={"FunctionName": alias})])
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"


def test_a_function_that_does_not_exist_fails_its_action(pipelines: Any) -> None:
    run = pipelines.action("Run")
    run["configuration"]["FunctionName"] = "nobody"
    name = pipelines.create([run])
    assert pipelines.ended(name)["status"] == "Failed"
    assert "Function not found" in pipelines.error(name, "Run")[1]


def test_executions_are_listed_newest_first_in_pages(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    ids = [pipelines.execution(name)["pipelineExecutionId"]]
    for _ in range(2):
        ids.append(pipelines.start(name))
    for _ in range(3):
        pipelines.succeed()
    pipelines.ended(name, ids[-1])
    pages = pipelines.client.get_paginator("list_pipeline_executions").paginate(
        pipelineName=name, PaginationConfig={"PageSize": 2}
    )
    found = [[summary["pipelineExecutionId"] for summary in page["pipelineExecutionSummaries"]] for page in pages]
    assert found == [[ids[2], ids[1]], [ids[0]]]
    summary = pipelines.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]
    [revision] = summary["sourceRevisions"]
    assert (revision["actionName"], revision["revisionId"]) == ("Fetch", pipelines.version)


def test_the_state_shows_each_action(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")], [pipelines.action("Next")])
    pipelines.succeed(executionDetails={"summary": "done", "externalExecutionId": "x-1", "percentComplete": 100})
    job = pipelines.job()
    stages = pipelines.stages(name)
    [fetch] = stages["Source"]["actionStates"]
    assert fetch["currentRevision"]["revisionId"] == pipelines.version
    [run] = stages["Stage1"]["actionStates"]
    latest = run["latestExecution"]
    assert (latest["status"], latest["summary"], latest["externalExecutionId"], latest["percentComplete"]) == (
        "Succeeded",
        "done",
        "x-1",
        100,
    )
    assert run["entityUrl"].endswith(f"#/functions/{pipelines.function}")
    assert stages["Stage2"]["latestExecution"]["status"] == "InProgress"
    assert stages["Stage2"]["actionStates"][0]["latestExecution"]["status"] == "InProgress"
    assert stages["Stage1"]["inboundTransitionState"] == {"enabled": True}
    pipelines.succeed(job)

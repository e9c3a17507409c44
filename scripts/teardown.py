"""Delete all that bears a suffix: what the functions made, buckets with every version in them, both stacks.

    make teardown SUFFIX=me42 CONFIRM=123456789012

It may run again, and where half is missing. It ends with how much there was of each kind and how much is left, and its
exit status is 1 when something is. On an account that is not on this machine it wants the account's id.
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import ipaddress
import os
import sys
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

import account
import inventory
import leftovers
import stacks
from account import Account, WorkshopError
from leftovers import Leftover
from resource_names import Names, given_suffix
from stacks import StackFailed

SERVICES = ("codepipeline", "codebuild", "sagemaker", "s3", "cloudformation", "logs")
LONGEST_WAIT = 60 * 60.0  # seconds; an endpoint that changes for an hour is not going to be ready
DELETABLE = {"InService", "Failed", "OutOfService", "UpdateRollbackFailed"}  # botocore: EndpointStatus


def teardown(session: Any, suffix: str) -> list[Leftover]:
    """Delete everything, and prove it by what there is before and after; return what is left all the same."""
    names = Names(suffix)
    before = inventory.take(session, names)
    try:
        delete_all(session, names)
    except WorkshopError:
        prove(session, names, before)
        raise
    return prove(session, names, before)


def prove(session: Any, names: Names, before: list[Leftover]) -> list[Leftover]:
    """Print what became of what there was ``before``; return what is left."""
    after = inventory.take(session, names, before)
    if before or after:
        print("\n".join([f"Of {names.suffix}:", *(f"  {row}" for row in inventory.table(before, after))]), flush=True)
    return inventory.left(after)


def delete_all(session: Any, names: Names) -> None:
    """Delete in the order that AWS wants."""
    stop_executions(session.client("codepipeline"), names)
    stop_builds(session.client("codebuild"), names)
    delete_from_sagemaker(session, names)
    delete_stack(session, names.pipeline_stack, (names.artifact_bucket, names.model_bucket))
    # A function that was at work until its stack was gone may have made one thing more.
    delete_from_sagemaker(session, names)
    for stack in leftovers.our_stacks(session.client("cloudformation"), names):
        delete_stack(session, stack.name, names.buckets)
    for bucket in names.buckets:  # of stacks that somebody deleted and told to retain them
        if leftovers.has_bucket(session.client("s3"), bucket):
            empty(session, bucket)
            print(f"Deleting bucket {bucket}", flush=True)
            session.client("s3").delete_bucket(Bucket=bucket)
    delete_logs(session, names)


def refuse_unconfirmed(here: Account, suffix: str, confirmed: str) -> None:
    """Every endpoint is asked: boto3 lets a person set one for a single service. A wrong id is wrong everywhere."""
    if not confirmed and all(is_loopback(here.session.client(service).meta.endpoint_url) for service in SERVICES):
        return
    if confirmed != here.id:
        raise WorkshopError(
            f"This deletes the pipeline, the models and the data of {suffix} in account {here.id}. "
            f"If that is meant: make teardown SUFFIX={suffix} CONFIRM={here.id}"
        )


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def stop_executions(codepipeline: Any, names: Names) -> None:
    try:
        pages = list(codepipeline.get_paginator("list_pipeline_executions").paginate(pipelineName=names.pipeline))
    except ClientError as error:
        if account.code(error) == "PipelineNotFoundException":
            return
        raise
    for execution in (one for page in pages for one in page["pipelineExecutionSummaries"]):
        if execution["status"] == "InProgress":
            print(f"Stopping execution {execution['pipelineExecutionId']}", flush=True)
            stop_execution(codepipeline, names.pipeline, execution["pipelineExecutionId"])


def stop_execution(codepipeline: Any, pipeline: str, execution_id: str) -> None:
    try:
        codepipeline.stop_pipeline_execution(
            pipelineName=pipeline, pipelineExecutionId=execution_id, abandon=True, reason="teardown"
        )
    except ClientError as error:
        # It has just ended, or somebody else stops it too.
        if account.code(error) not in {"PipelineExecutionNotStoppableException", "DuplicatedStopRequestException"}:
            raise


def stop_builds(codebuild: Any, names: Names) -> None:
    """Stop what an abandoned execution leaves at work: it would write into a bucket that is about to be emptied."""
    try:
        newest = codebuild.list_builds_for_project(projectName=names.build_project)["ids"]
    except ClientError as error:
        if account.code(error) == "ResourceNotFoundException":
            return
        raise
    for build in codebuild.batch_get_builds(ids=newest)["builds"] if newest else []:
        if build["buildStatus"] == "IN_PROGRESS":
            print(f"Stopping build {build['id']}", flush=True)
            stop_build(codebuild, build["id"])


def stop_build(codebuild: Any, build_id: str) -> None:
    try:
        codebuild.stop_build(id=build_id)
    except ClientError:
        # One that has just ended need not be stopped any more.
        if codebuild.batch_get_builds(ids=[build_id])["builds"][0]["buildStatus"] == "IN_PROGRESS":
            raise


def delete_from_sagemaker(session: Any, names: Names) -> None:
    sagemaker = session.client("sagemaker")
    jobs = leftovers.training_jobs(sagemaker, names, StatusEquals="InProgress")
    for job in jobs:
        print(f"Stopping training job {job}", flush=True)
        stop_training_job(sagemaker, job)
    for endpoint in leftovers.endpoints(sagemaker, names):
        print(f"Deleting endpoint {endpoint}", flush=True)
        delete_endpoint(sagemaker, endpoint)
    for config in leftovers.endpoint_configs(sagemaker, names):
        print(f"Deleting endpoint configuration {config}", flush=True)
        tolerant(sagemaker.delete_endpoint_config, EndpointConfigName=config)
    for model in leftovers.models(sagemaker, names):
        print(f"Deleting model {model}", flush=True)
        tolerant(sagemaker.delete_model, ModelName=model)
    for job in jobs:  # one that still runs would write into the bucket that is about to be emptied
        wait_for_end(sagemaker, job)


def tolerant(call: Any, **request: str) -> None:
    """Call AWS; what is gone already is as it should be."""
    try:
        call(**request)
    except ClientError as error:
        if not leftovers.is_gone(error):
            raise


def stop_training_job(sagemaker: Any, name: str) -> None:
    try:
        sagemaker.stop_training_job(TrainingJobName=name)
    except ClientError:
        # One that has just ended cannot be stopped any more.
        if sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "InProgress":
            raise


def delete_endpoint(sagemaker: Any, name: str) -> None:
    """Delete an endpoint and wait until it is gone: its configuration and its logs can be deleted only then.

    AWS refuses to delete one that it is creating or updating, so that is waited for.
    """
    delays, began = account.delays(), monotonic()
    while True:
        try:
            status = sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
        except ClientError as error:
            if leftovers.is_gone(error):
                return
            raise
        if status in DELETABLE:
            tolerant(sagemaker.delete_endpoint, EndpointName=name)
        refuse_to_wait_for_ever(began, f"Endpoint {name} is {status}")
        sleep(next(delays))


def wait_for_end(sagemaker: Any, job: str) -> None:
    delays, began = account.delays(), monotonic()
    while True:
        status = sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobStatus"]
        if status not in {"InProgress", "Stopping"}:
            return
        refuse_to_wait_for_ever(began, f"Training job {job} is {status}")
        sleep(next(delays))


def refuse_to_wait_for_ever(began: float, still: str) -> None:
    """Raise WorkshopError, with what is still so, when it has been waited for too long."""
    if monotonic() - began > LONGEST_WAIT:
        raise WorkshopError(
            f"{still} after {LONGEST_WAIT / 60:g} minutes: see the SageMaker console, then run make teardown again"
        )


def delete_stack(session: Any, name: str, buckets: tuple[str, ...]) -> None:
    cloudformation = session.client("cloudformation")
    for is_last in (False, True):
        stack = stacks.settled(cloudformation, name, print)
        if stack is None:
            return
        for bucket in buckets:
            if leftovers.has_bucket(session.client("s3"), bucket):
                empty(session, bucket)
        try:
            stacks.delete(cloudformation, stack)
        except StackFailed:
            # Something may have been written into a bucket after it was emptied: once more.
            if is_last:
                raise
        else:
            return


def empty(session: Any, bucket: str) -> None:
    """Delete every version, every delete marker and every unfinished upload."""
    s3 = session.client("s3")
    print(f"Emptying bucket {bucket}", flush=True)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in versions]
        if objects:  # a page has at most 1,000, which is also what one call deletes
            refused = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors", [])
            if refused:
                raise WorkshopError(f"s3://{bucket}/{refused[0]['Key']} cannot be deleted: {refused[0]['Message']}")
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


def delete_logs(session: Any, names: Names) -> None:
    logs = session.client("logs")
    for group in leftovers.log_groups(logs, names):
        print(f"Deleting log group {group}", flush=True)
        tolerant(logs.delete_log_group, logGroupName=group)
    for job in leftovers.training_jobs(session.client("sagemaker"), names):
        delete_streams(logs, job)


def delete_streams(logs: Any, job: str) -> None:
    for stream in leftovers.training_streams(logs, job):
        logs.delete_log_stream(logGroupName=leftovers.TRAINING_LOGS, logStreamName=stream)


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

    def work() -> int:
        suffix = given_suffix()
        here = account.connect()
        refuse_unconfirmed(here, suffix, os.environ.get("CONFIRM", ""))
        left = teardown(here.session, suffix)
        if not left:
            print(f"Nothing of {suffix} is left in account {here.id}, region {here.region}")
            return 0
        print("\n".join(["Left:", *(f"  {inventory.told(one, suffix)}" for one in left)]))
        return 1

    return account.run(work)


if __name__ == "__main__":
    sys.exit(main())

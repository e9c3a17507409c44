"""Find what bears a suffix in an account: stacks, buckets, and what the functions made outside of the stacks.

A name alone is not proof: what SageMaker holds must also carry the tag that the functions give it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

import account
import stacks
from function_names import FUNCTIONS
from resource_names import PREP_STACK, Names
from stacks import Stack

TAG = "mlops-builtinalgo:suffix"
FUNCTION_LOGS, BUILD_LOGS = "/aws/lambda/", "/aws/codebuild/"
ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"
TRAINING_LOGS = "/aws/sagemaker/TrainingJobs"
# SageMaker models no error for what is not there: most operations answer ValidationException and one of these.
_GONE = ("could not find", "not found", "does not exist")


@dataclass(frozen=True)
class Leftover:
    """Something there is, perhaps several times, and what deletes it where teardown cannot."""

    kind: str
    name: str
    mending: str = ""
    count: int = 1

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def find(session: Any, names: Names) -> list[Leftover]:
    """Everything there is. Training jobs that ended are history: they neither bill nor block, and are not listed."""
    sagemaker = session.client("sagemaker")
    found = {
        "stack": [stack.name for stack in our_stacks(session.client("cloudformation"), names)],
        "endpoint": endpoints(sagemaker, names),
        "endpoint configuration": endpoint_configs(sagemaker, names),
        "model": models(sagemaker, names),
        "training job": training_jobs(sagemaker, names, StatusEquals="InProgress"),
        "log group": log_groups(session.client("logs"), names),
    }
    return [
        *buckets(session.client("s3"), names),
        *(Leftover(kind, name) for kind, all_of_it in found.items() for name in all_of_it),
    ]


def our_stacks(cloudformation: Any, names: Names) -> list[Stack]:
    """Our stacks, the one to be deleted first in front."""
    found = []
    for name in (names.pipeline_stack, names.second_prep_stack, PREP_STACK):
        stack = stacks.find(cloudformation, name)
        # The usual prep stack may be that of another suffix.
        if stack and stack.parameters.get("SuffixID") == names.suffix:
            found.append(stack)
    return found


def has_bucket(s3: Any, name: str) -> bool:
    """Whether this account has the bucket in the client's region."""
    return bucket_region(s3, name) == str(s3.meta.region_name)


def bucket_region(s3: Any, name: str) -> str | None:
    """Where this account has the bucket; None: nowhere. One that is somebody else's answers 403.

    Names are the whole world's, and boto3 follows a bucket into whatever region it is in.
    """
    try:
        found = s3.head_bucket(Bucket=name)
    except ClientError as error:
        if account.code(error) in {"404", "403"}:
            return None
        if account.code(error) == "301":
            return redirected_to(error)
        raise
    return str(found.get("BucketRegion", s3.meta.region_name))


def redirected_to(error: ClientError) -> str:
    """The region that HeadBucket's 301 names, which boto3 follows, but not from an endpoint that the person chose."""
    return str(error.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"])


def buckets(s3: Any, names: Names) -> list[Leftover]:
    """Our buckets; those of other regions with the command that deletes them there."""
    found = []
    for name in names.buckets:
        region = bucket_region(s3, name)
        if region == s3.meta.region_name:
            found.append(Leftover("bucket", name))
        elif region:
            mending = f"AWS_REGION={region} make teardown SUFFIX={names.suffix}"
            found.append(Leftover("bucket", f"{name} in {region}", mending))
    return found


def endpoints(sagemaker: Any, names: Names) -> list[str]:
    pages = sagemaker.get_paginator("list_endpoints").paginate(NameContains=f"-{names.suffix}-")
    found = ((one["EndpointName"], one["EndpointArn"]) for page in pages for one in page["Endpoints"])
    return ours(sagemaker, names, endpoint_pattern(names), found)


def endpoint_configs(sagemaker: Any, names: Names) -> list[str]:
    pages = sagemaker.get_paginator("list_endpoint_configs").paginate(NameContains=f"{names.suffix}-")
    found = ((one["EndpointConfigName"], one["EndpointConfigArn"]) for page in pages for one in page["EndpointConfigs"])
    pattern = rf"{names.suffix}-[a-z][a-z0-9]{{0,9}}-[0-9a-f]{{12}}-[0-9a-f]{{6}}"
    return ours(sagemaker, names, pattern, found)


def models(sagemaker: Any, names: Names) -> list[str]:
    pages = sagemaker.get_paginator("list_models").paginate(NameContains=f"-{names.suffix}-")
    found = ((one["ModelName"], one["ModelArn"]) for page in pages for one in page["Models"])
    return ours(sagemaker, names, run_pattern(names), found)


def training_jobs(sagemaker: Any, names: Names, **filters: str) -> list[str]:
    pages = sagemaker.get_paginator("list_training_jobs").paginate(NameContains=f"-{names.suffix}-", **filters)
    found = ((one["TrainingJobName"], one["TrainingJobArn"]) for page in pages for one in page["TrainingJobSummaries"])
    return ours(sagemaker, names, run_pattern(names), found)


def ours(sagemaker: Any, names: Names, pattern: str, found: Iterator[tuple[str, str]]) -> list[str]:
    return [name for name, arn in found if re.fullmatch(pattern, name) and has_our_tag(sagemaker, arn, names.suffix)]


def has_our_tag(sagemaker: Any, arn: str, suffix: str) -> bool:
    try:
        tags = sagemaker.list_tags(ResourceArn=arn)["Tags"]
    except ClientError as error:
        if is_gone(error):  # deleted since it was listed
            return False
        raise
    return {"Key": TAG, "Value": suffix} in tags


def is_gone(error: ClientError) -> bool:
    return any(words in str(error).lower() for words in _GONE)


def run_pattern(names: Names) -> str:
    """Of a training job, and of the model made of it."""
    return rf"[a-z0-9]{{1,20}}-{names.suffix}-[0-9a-f]{{12}}"


def endpoint_pattern(names: Names) -> str:
    return rf"[a-z0-9]{{1,20}}-{names.suffix}-[a-z][a-z0-9]{{0,9}}"


def log_groups(logs: Any, names: Names) -> list[str]:
    """Those of functions and build, which their stack may leave behind, and those that endpoints make."""
    ours = {f"{FUNCTION_LOGS}{names.function(function)}" for function in FUNCTIONS}
    ours.add(f"{BUILD_LOGS}{names.build_project}")
    pattern = ENDPOINT_LOGS + endpoint_pattern(names)
    found = []
    for prefix in (f"{FUNCTION_LOGS}MLOps-BIA-", f"{BUILD_LOGS}{names.build_project}", ENDPOINT_LOGS):
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
            found += [group["logGroupName"] for group in page["logGroups"]]
    return [name for name in found if name in ours or re.fullmatch(pattern, name)]


def training_streams(logs: Any, job: str) -> list[str]:
    """Of one training job: all jobs of an account write into one group."""
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=TRAINING_LOGS, logStreamNamePrefix=f"{job}/"
    )
    try:
        return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
    except ClientError as error:
        if account.code(error) == "ResourceNotFoundException":
            return []
        raise

"""What there is of a suffix, in every service that the templates and the functions touch, and what a teardown changed.

Whatever has a name of our own is looked for by it. CloudFormation names the roles and the rules: their stacks tell
which they are, and when the stacks are gone, those that were seen before are asked for again.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

import account
import leftovers
import stacks
from function_names import FUNCTIONS
from leftovers import Leftover
from resource_names import Names

# What stays on purpose: the account's history, which neither bills nor blocks.
RECORD = "training job record"
# What deletes one that its stack left behind (a person may tell CloudFormation to retain it).
_COMMANDS = {
    "function": "aws lambda delete-function --function-name {}",
    "build project": "aws codebuild delete-project --name {}",
    "pipeline": "aws codepipeline delete-pipeline --name {}",
    "repository": "aws codecommit delete-repository --repository-name {}",
    "rule": "aws events remove-targets --rule {0} --ids Pipeline && aws events delete-rule --name {0}",
    "role": "for policy in $(aws iam list-role-policies --role-name {0} --query PolicyNames --output text); do "
    "aws iam delete-role-policy --role-name {0} --policy-name $policy; done; aws iam delete-role --role-name {0}",
}


def take(session: Any, names: Names, known: Iterable[Leftover] = ()) -> list[Leftover]:
    """Everything there is. ``known``: what was there before, of which roles, rules and logs may have outlived what
    names them.
    """
    found = leftovers.find(session, names)
    at_work = {one.name for one in found if one.kind == "training job"}
    jobs = leftovers.training_jobs(session.client("sagemaker"), names)
    known = [*known, *(Leftover(RECORD, job) for job in jobs)]
    return [
        *found,
        *_objects(session.client("s3"), names),
        *_named(session, names),
        *_made_by_stacks(session, names, known),
        *_training_logs(session.client("logs"), known),
        *(Leftover(RECORD, job) for job in jobs if job not in at_work),
    ]


def _objects(s3: Any, names: Names) -> list[Leftover]:
    """Every version and every delete marker: each is deleted for itself."""
    counts = {bucket: _versions(s3, bucket) for bucket in names.buckets if leftovers.has_bucket(s3, bucket)}
    return [Leftover("object version", f"in {bucket}", count=count) for bucket, count in counts.items() if count]


def _versions(s3: Any, bucket: str) -> int:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    return sum(len(page.get("Versions", [])) + len(page.get("DeleteMarkers", [])) for page in pages)


def _named(session: Any, names: Names) -> list[Leftover]:
    functions, pipelines, repositories = (session.client(one) for one in ("lambda", "codepipeline", "codecommit"))
    projects = session.client("codebuild").batch_get_projects(names=[names.build_project])["projects"]
    asked: list[tuple[str, str, Callable[[str], Any]]] = [
        *(
            ("function", names.function(one), lambda name: functions.get_function_configuration(FunctionName=name))
            for one in FUNCTIONS
        ),
        ("pipeline", names.pipeline, lambda name: pipelines.get_pipeline(name=name)),
        *(
            ("repository", one, lambda name: repositories.get_repository(repositoryName=name))
            for one in names.repositories
        ),
    ]
    built = [Leftover("build project", one["name"]) for one in projects]
    return [*built, *(Leftover(kind, name) for kind, name, look in asked if _is_there(look, name))]


def _made_by_stacks(session: Any, names: Names, known: Iterable[Leftover]) -> list[Leftover]:
    """The roles and the rules."""
    cloudformation, iam, events = (session.client(one) for one in ("cloudformation", "iam", "events"))
    looks: dict[str, Callable[[str], Any]] = {
        "role": lambda name: iam.get_role(RoleName=name),
        "rule": lambda name: events.describe_rule(Name=name),
    }
    kinds = {"AWS::IAM::Role": "role", "AWS::Events::Rule": "rule"}
    told = [one for one in known if one.kind in looks]
    for stack in leftovers.our_stacks(cloudformation, names):
        found = stacks.resources(cloudformation, stack.name)
        told += [Leftover(kinds[kind], name) for kind, name in found if kind in kinds]
    return [one for one in dict.fromkeys(told) if _is_there(looks[one.kind], one.name)]


def _training_logs(logs: Any, known: Iterable[Leftover]) -> list[Leftover]:
    jobs = dict.fromkeys(one.name for one in known if one.kind in {"training job", RECORD, "training log"})
    return [Leftover("training log", job) for job in jobs if leftovers.training_streams(logs, job)]


def _is_there(look: Callable[[str], Any], name: str) -> bool:
    try:
        look(name)
    except ClientError as error:
        if account.code(error).endswith(("NotFoundException", "DoesNotExistException", "NoSuchEntity")):
            return False
        raise
    except EndpointConnectionError:  # of CodeCommit, which not every region has
        return False
    return True


def left(after: Iterable[Leftover]) -> list[Leftover]:
    """What a teardown should have deleted."""
    return [one for one in after if one.kind != RECORD]


def table(before: list[Leftover], after: list[Leftover]) -> list[str]:
    """How many there were of each kind, and how many there are."""
    had, has = _counts(before), _counts(after)
    kinds = list(had | has)
    width = max(len(kind) for kind in kinds)
    notes = {RECORD: "  history, which bills nothing"}
    rows = [f"{kind:{width}}  {had[kind]:6}  {has[kind]:5}{notes.get(kind, '')}" for kind in kinds]
    return [f"{'':{width}}  before  after", *rows]


def _counts(found: Iterable[Leftover]) -> Counter[str]:
    counts = Counter[str]()
    for one in found:
        counts[one.kind] += one.count
    return counts


def told(one: Leftover, suffix: str) -> str:
    """One that is left, and what to type."""
    if one.mending:
        return f"{one}: {one.mending}"
    return f"{one}: {_COMMANDS.get(one.kind, f'make teardown SUFFIX={suffix} again').format(one.name)}"

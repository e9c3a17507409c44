"""Find out whether everything can be made, before anything is: `make deploy` begins with it. It changes nothing.

    make preflight SUFFIX=me42 [TRAIN='{"traincompute": "ml.c5.xlarge"}'] [HostingInstanceType=ml.m5.large]

Each check is a line: ok; a warning, of what could not be found out or will be mended on the way; or refused, with the
command that mends it. What others use of a quota is not counted, nor what else of AWS an account may not do.
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import contextlib
import difflib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

import account
import deploy
import seed_repositories
import stacks
import stage_data
from account import WorkshopError
from resource_names import PIPELINE_TEMPLATE, PREP_TEMPLATE, Names, given_suffix
from stacks import EMPTY, UPDATABLE, Stack, StackFailed
from upload import TEMPLATES

ENDPOINTS = 2  # Dev and Test
GITHUB = ("GitHubConnectionArn", "GitHubTrainingConfig", "GitHubPipelineLambdaCode", "GitHubInferenceLambdaCode")
SERVERLESS = "Maximum total concurrency that can be allocated across all serverless endpoints"
_ASK = "aws service-quotas request-service-quota-increase --service-code sagemaker"


@dataclass(frozen=True)
class Finding:
    """What a check found: ``ok``, ``warning`` or ``refused``, and a line that says it."""

    level: str
    text: str

    def __str__(self) -> str:
        return f"  {self.level:<8} {self.text}"


@dataclass(frozen=True)
class Need:
    """How much of a quota is needed, for what, and what could do with another."""

    quota: str
    amount: int
    instead: str
    later: int = 0
    """What is needed from the second release on, where that is more."""


def check(session: Any, suffix: str, train: str = "", given: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """Look at everything, and yield what is found. Raises WorkshopError for parameters that cannot be read."""
    names, template = Names(suffix), deploy.parsed(TEMPLATES / PIPELINE_TEMPLATE)
    cloudformation, s3 = session.client("cloudformation"), session.client("s3")
    yield region(s3.meta.region_name, template)
    prep_name = deploy.prep_stack_name(cloudformation, names)
    prep, pipeline = stacks.find(cloudformation, prep_name), stacks.find(cloudformation, names.pipeline_stack)
    for name, stack in ((prep_name, prep), (names.pipeline_stack, pipeline)):
        is_well = stack is None or stack.status in UPDATABLE or stacks.is_changing(stack.status)
        # A stack's events may be many, and only those of one that is stuck are told.
        yield stack_finding(name, stack, None if is_well or stack is None else stacks.past_cause(cloudformation, stack))
    deployed = pipeline.parameters if pipeline and pipeline.status not in EMPTY else {}
    known = deployed | dict(given or {})
    yield from repositories(session, s3.meta.region_name, prep, known)
    owned = {names.data_bucket: prep, names.code_bucket: prep}
    owned |= dict.fromkeys((names.model_bucket, names.artifact_bucket), pipeline)
    yield from buckets(s3, suffix, owned)
    if known.get("Source") == "GitHub":
        yield from github(session, known)
    wanted = needs(known, train, template)
    yield from quotas(session, wanted)


def region(name: str, template: Mapping[str, Any]) -> Finding:
    """Whether the template knows the image of a region. Nothing else is worth a look where it does not."""
    known = template["Mappings"]["XGBoostImage"]
    if name in known:
        return Finding("ok", f"region {name} has SageMaker's image of XGBoost")
    near = difflib.get_close_matches(name, known) or ["us-east-1", "eu-west-1"]
    raise WorkshopError(
        f"Region {name} is none of the {len(known)} of which templates/{PIPELINE_TEMPLATE} knows SageMaker's image of "
        f"XGBoost, such as {', '.join(near)}: export AWS_REGION={near[0]}, or another"
    )


def stack_finding(name: str, stack: Stack | None, cause: Mapping[str, Any] | None = None) -> Finding:
    """What becomes of a stack, by its status, and by the event that was the cause of it."""
    if stack is None:
        return Finding("ok", f"stack {name} is to be created")
    told = f"stack {name} is {stack.status}"
    if stack.status in UPDATABLE:
        return Finding("ok", f"{told}, and can be updated")
    if stacks.is_changing(stack.status):
        return Finding("warning", f"{told}: its end will be waited for")
    if stack.status in EMPTY:
        return Finding("warning", f"stack {stacks.explained(stack, cause)}. It is deleted, and begun again")
    return Finding("refused", f"stack {StackFailed(stack, cause)}")


def repositories(session: Any, name: str, prep: Stack | None, given: Mapping[str, str]) -> Iterator[Finding]:
    """Whether there is CodeCommit where the prep stack wants it, so far as botocore knows, and repositories at all."""
    deployed = prep.parameters if prep and prep.status not in EMPTY else {}
    if given.get("CreateRepositories", deployed.get("CreateRepositories")) == "false":
        if given.get("Source") == "CodeCommit":
            yield Finding(
                "refused", "Source CodeCommit has no repositories with CreateRepositories=false: true makes them"
            )
        return
    if name not in session.get_available_regions("codecommit", session.get_partition_for_region(name)):
        yield Finding(
            "warning", f"region {name} may have no CodeCommit: without repositories, CreateRepositories=false"
        )


def buckets(s3: Any, suffix: str, owners: Mapping[str, Stack | None]) -> Iterator[Finding]:
    """Whether the names are free in the world, or the buckets those of our stacks."""
    troubles = [found for name, owner in owners.items() if (found := bucket(s3, suffix, name, owner))]
    yield from troubles
    if not troubles:
        yield Finding("ok", f"bucket names are free or ours: {', '.join(owners)}")


def bucket(s3: Any, suffix: str, name: str, owner: Stack | None) -> Finding | None:
    """What is wrong with one name, if anything is."""
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        if account.code(error) == "404":
            return gone(name, owner, suffix)
        if account.code(error) not in {"403", "301"}:
            raise
        return Finding("refused", str(deploy.taken_bucket(s3, suffix, name)))
    if owner is None:
        return Finding("refused", str(deploy.taken_bucket(s3, suffix, name)))
    return None


def gone(name: str, owner: Stack | None, suffix: str) -> Finding | None:
    """What to say of a bucket that does not exist: nothing, unless its stack believes that it has it."""
    if owner is None or owner.status not in UPDATABLE:
        return None
    return Finding("refused", str(deploy.lost_bucket(owner, name, suffix)))


def github(session: Any, given: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the template is told all that it needs of GitHub, and the connection is one that works."""
    if missing := [name for name in GITHUB if not given.get(name)]:
        yield Finding("refused", f"Source GitHub needs {', '.join(missing)} too")
    if arn := given.get("GitHubConnectionArn"):
        yield connection(session, arn)


def connection(session: Any, arn: str) -> Finding:
    """Whether GitHub can be reached: by a connection that somebody has completed in the console."""
    try:
        found = session.client("codeconnections").get_connection(ConnectionArn=arn)["Connection"]
    except (ClientError, ParamValidationError) as error:
        return Finding("refused", f"GitHubConnectionArn={arn}: {account.explain(error)}")
    told = f"connection {found['ConnectionName']} is {found['ConnectionStatus']}"
    if found["ConnectionStatus"] == "AVAILABLE":
        return Finding("ok", told)
    return Finding("refused", f"{told}: complete it in the console, Developer Tools, Settings, Connections")


def needs(given: Mapping[str, str], train: str, template: Mapping[str, Any]) -> list[Need]:
    """What a release needs of which quotas, by the parameters given or deployed, and the template's defaults.

    Raises WorkshopError for those that cannot be read.
    """
    defaults = {name: str(declared.get("Default", "")) for name, declared in template["Parameters"].items()}
    parameters = {**defaults, **given}
    text = deploy.train_parameters(parameters)
    training = deploy.json_object("TrainUserParameters", deploy.merged(train, text) if train else text)
    if parameters["Source"] != deploy.NO_SOURCE:  # what a repository says may be another thing at the next push
        training = seed_repositories.training_config() | training
    count = whole_number("traininstancecount of TrainUserParameters", str(training.get("traininstancecount", 1)))
    usage = f"{training.get('traincompute', '')} for training job usage"
    trained = Need(usage, count, 'use another type, TRAIN=\'{"traincompute": "ml...."}\'')
    return [trained, hosted(parameters, template)]


def hosted(parameters: Mapping[str, str], template: Mapping[str, Any]) -> Need:
    """What the two endpoints need. On instances, an update needs the new ones beside the old."""
    if kind := parameters["HostingInstanceType"]:
        each = whole_number("HostingInstanceCount", parameters["HostingInstanceCount"])
        instead = "use another type, HostingInstanceType=ml...., or none, which is serverless, HostingInstanceType="
        return Need(f"{kind} for endpoint usage", ENDPOINTS * each, instead, later=(ENDPOINTS + 1) * each)
    settings = template["Resources"]["DeployModelFunction"]["Properties"]["Environment"]["Variables"]
    each = int(settings["SERVERLESS_MAX_CONCURRENCY"])
    return Need(SERVERLESS, ENDPOINTS * each, "use instances, HostingInstanceType=ml.m5.large")


def whole_number(name: str, text: str) -> int:
    """Read a number that a person gave."""
    if text.isascii() and text.isdecimal():
        return int(text)
    raise WorkshopError(f"{name} is {text!r}: expected a whole number, such as 2")


def quotas(session: Any, wanted: Sequence[Need]) -> Iterator[Finding]:
    """Compare needs with quotas. What Service Quotas does not tell, by whatever reason, is a warning."""
    client = session.client("service-quotas")
    try:
        found = applied(client, {need.quota for need in wanted})
    except (ClientError, BotoCoreError) as error:
        names = " and ".join(f"{need.quota}, {need.amount} needed" for need in wanted)
        yield Finding("warning", f"quotas are not checked ({names}): {account.explain(error)}")
        return
    yield from (quota_finding(client, need, found.get(need.quota)) for need in wanted)


def applied(client: Any, names: set[str]) -> dict[str, dict[str, Any]]:
    """The quotas of these names: as they are applied to the account, or else AWS's defaults.

    What was never changed may be missing from the first list: botocore, ListServiceQuotas.
    """
    found: dict[str, dict[str, Any]] = {}
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        for page in client.get_paginator(operation).paginate(
            ServiceCode="sagemaker", PaginationConfig={"PageSize": 100}
        ):
            found |= {
                one["QuotaName"]: one
                for one in page["Quotas"]
                if one["QuotaName"] in names and one["QuotaName"] not in found
            }
            if found.keys() == names:
                return found
    return found


def quota_finding(client: Any, need: Need, quota: Mapping[str, Any] | None) -> Finding:
    """Whether a quota suffices."""
    if quota is None:
        return Finding("warning", f"no quota is called {need.quota!r} in this region: it is not checked")
    told = f"quota {need.quota} is {quota['Value']:g}"
    if quota["Value"] >= max(need.amount, need.later):
        return Finding("ok", f"{told}, and {max(need.amount, need.later)} needed")
    if quota["Value"] >= need.amount:
        return Finding(
            "warning", f"{told}: enough for the first release, but an update of an endpoint needs {need.later}"
        )
    return Finding("refused", f"{told}, and {need.amount} needed: {more(client, need, quota)}; or {need.instead}")


def more(client: Any, need: Need, quota: Mapping[str, Any]) -> str:
    """How one gets more: by the request that is open, or by a new one, which AWS takes only above its default."""
    of_it, desired = {"ServiceCode": "sagemaker", "QuotaCode": quota["QuotaCode"]}, max(need.amount, need.later)
    with contextlib.suppress(ClientError):  # who may not ask for these is told the simple way
        for one in client.list_requested_service_quota_change_history_by_quota(**of_it)["RequestedQuotas"]:
            if one["Status"] in {"PENDING", "CASE_OPENED"}:
                return f"wait for the answer to your request for {one['DesiredValue']:g}, which is {one['Status']}"
        default = client.get_aws_default_service_quota(**of_it)["Quota"]["Value"]
        desired = max(desired, int(default) + 1)
    return f"{_ASK} --quota-code {quota['QuotaCode']} --desired-value {desired}"


def tell(findings: Iterable[Finding], suffix: str, *, troubles_alone: bool = False) -> None:
    """Print findings as they come; raise WorkshopError at their end when one is a refusal."""
    refused = 0
    for finding in findings:
        if finding.level != "ok" or not troubles_alone:
            print(finding, flush=True)
        refused += finding.level == "refused"
    if refused:
        raise WorkshopError(f"Refused above: {refused}. Mend what is named there, then: make preflight SUFFIX={suffix}")


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

    def work() -> int:
        suffix = given_suffix()
        stage_data.files(stage_data.given_folder())
        template = deploy.parsed(TEMPLATES / PIPELINE_TEMPLATE)
        declared = template["Parameters"] | deploy.parsed(TEMPLATES / PREP_TEMPLATE)["Parameters"]
        given = deploy.given_parameters(declared)
        deploy.refuse_unknown_source(given.get("Source", deploy.NO_SOURCE))
        train = os.environ.get("TRAIN", "")
        needs(given, train, template)  # what cannot be read is told before AWS is called
        session = account.open_session()
        region(session.region_name, template)  # before AWS is called where it may not be
        print(Finding("ok", f"signed in as {account.identify(session).arn}"), flush=True)
        tell(check(session, suffix, train, given), suffix)
        print(f"Nothing stands in the way. Next: make deploy SUFFIX={suffix}")
        return 0

    return account.run(work)


if __name__ == "__main__":
    sys.exit(main())

"""Create the prep stack or the pipeline stack, or update it, and tell each resource as it is made.

    make prep SUFFIX=me42 [CreateRepositories=false]
    make pipeline SUFFIX=me42 [TRAIN='{"hp-num-round": "50"}'] [SOURCE=CodeCommit] [SSEKMSKeyId=arn:aws:kms:...]

Any parameter of the template can be given by its name. What is not given keeps the value that it has; TRAIN changes
single keys of TrainUserParameters. With SOURCE=CodeCommit the empty ones of the three repositories get their first
commit before. An update is shown as CloudFormation's change set before it is carried out; one that
deletes a bucket or a repository wants CONFIRM=<account id>.
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import contextlib
import json
import os
import secrets
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

import account
import leftovers
import seed_repositories
import stacks
from account import WorkshopError
from function_names import FUNCTIONS, zip_name
from quick_create import template_url
from resource_names import DATA_KEYS, PIPELINE_TEMPLATE, PREP_STACK, PREP_TEMPLATE, Names, given_suffix
from stacks import EMPTY, Say, Stack, StackFailed, Template
from upload import TEMPLATES, bucket_trouble, put

NO_SOURCE = "None"


def prep(
    session: Any, suffix: str, given: dict[str, str] | None = None, say: Say = print, *, confirmed: str = ""
) -> Stack:
    """Deploy the prep stack: the data bucket, the code bucket, the repositories."""
    cloudformation = session.client("cloudformation")
    template = read_template(TEMPLATES / PREP_TEMPLATE)
    name = prep_stack_name(cloudformation, Names(suffix))
    with plain_words_for_buckets(session, suffix):
        stack = stacks.deploy(
            cloudformation, name, template, {**(given or {}), "SuffixID": suffix}, say, confirmed=confirmed
        )
    refuse_lost_buckets(session.client("s3"), stack, suffix)
    return stack


def pipeline(
    session: Any,
    suffix: str,
    train: str = "",
    given: dict[str, str] | None = None,
    say: Say = print,
    *,
    confirmed: str = "",
) -> Stack:
    """Deploy the pipeline stack with the zips that are in the code bucket now, or in a CodeBucket that is given.

    ``train`` is a JSON object: its keys replace those of the train parameters that are given, or deployed, or the
    template's own. With a source the code is what was pushed, and the zips are there for a new stack alone.
    """
    parameters = {**(given or {}), "SuffixID": suffix}
    for key in ("TrainUserParameters", "SmokeTestUserParameters", "FullTestUserParameters"):
        if parameters.get(key):
            json_object(key, parameters[key])
    refuse_unknown_source(parameters.get("Source", NO_SOURCE))
    s3, cloudformation, name = session.client("s3"), session.client("cloudformation"), Names(suffix).pipeline_stack
    now = {**deployed_parameters(cloudformation, name), **parameters}
    source = now.get("Source", NO_SOURCE)
    if train:
        parameters["TrainUserParameters"] = merged(train, train_parameters(now))
    parameters |= code(s3, suffix, parameters, source)
    template = in_code_bucket(s3, suffix)
    if source == "CodeCommit":
        seed_repositories.seed(session, suffix, say)
    if not has_training_data(s3, suffix):
        say("There is no training data yet: the first execution will fail")
    with plain_words_for_buckets(session, suffix):
        stack = stacks.deploy(cloudformation, name, template, parameters, say, confirmed=confirmed)
    refuse_lost_buckets(s3, stack, suffix)
    return stack


@contextlib.contextmanager
def plain_words_for_buckets(session: Any, suffix: str) -> Iterator[None]:
    """Tell the commonest failure as what it is: a bucket's name is the whole world's."""
    try:
        yield
    except StackFailed as failure:
        raise bucket_failure(session.client("s3"), suffix, failure.cause or {}) or failure from None


def prep_stack_name(cloudformation: Any, names: Names) -> str:
    """The usual name, or one with the suffix when another suffix of this account has the usual one."""
    if stacks.find(cloudformation, names.second_prep_stack):
        return names.second_prep_stack
    usual = stacks.find(cloudformation, PREP_STACK)
    return PREP_STACK if usual is None or usual.parameters.get("SuffixID") == names.suffix else names.second_prep_stack


def code(s3: Any, suffix: str, given: dict[str, str], source: str) -> dict[str, str]:
    """Where the zips are: all of it, since what an update keeps of another bucket would not be there."""
    elsewhere = {"CodeBucket": given.get("CodeBucket", ""), "CodePrefix": given.get("CodePrefix", "")}
    if not elsewhere["CodeBucket"]:
        found = code_versions(s3, suffix)
        return elsewhere | (found if source == NO_SOURCE else {})
    versions = (f"{function}CodeVersion" for function in FUNCTIONS)
    return elsewhere | {name: given.get(name, "") for name in versions}


def code_versions(s3: Any, suffix: str) -> dict[str, str]:
    """The version of each zip: CloudFormation looks at a function's code only when a parameter changes."""
    bucket = Names(suffix).code_bucket
    versions = {}
    for function in FUNCTIONS:
        try:
            versions[f"{function}CodeVersion"] = s3.head_object(Bucket=bucket, Key=zip_name(function))["VersionId"]
        except ClientError as error:
            if account.code(error) == "404":
                raise WorkshopError(
                    f"There is no {zip_name(function)} in {bucket}: make prep upload SUFFIX={suffix}"
                ) from None
            raise bucket_trouble(error, bucket) from error
    return versions


def has_training_data(s3: Any, suffix: str) -> bool:
    try:
        s3.head_object(Bucket=Names(suffix).data_bucket, Key=DATA_KEYS["train.csv"])
    except ClientError as error:
        if account.code(error) == "404":
            return False
        raise
    return True


def deployed_parameters(cloudformation: Any, stack_name: str) -> dict[str, str]:
    """Those of the stack, where there is one that can be updated; else none."""
    stack = stacks.find(cloudformation, stack_name)
    return stack.parameters if stack and stack.status not in EMPTY else {}


def train_parameters(parameters: Mapping[str, str]) -> str:
    """How the pipeline trains with these parameters: as they say, or as the template does where they say nothing."""
    by_default = parsed(TEMPLATES / PIPELINE_TEMPLATE)["Mappings"]["TrainByDefault"]
    given = parameters.get("TrainUserParameters")
    return given or str(by_default[parameters.get("Source", NO_SOURCE)]["UserParameters"])


def refuse_unknown_source(source: str) -> None:
    """Raise WorkshopError for a source that the template does not know."""
    known = parsed(TEMPLATES / PIPELINE_TEMPLATE)["Parameters"]["Source"]["AllowedValues"]
    if source not in known:
        raise WorkshopError(f"SOURCE is {source!r}: expected {', '.join(known[:-1])} or {known[-1]}")


def merged(train: str, before: str) -> str:
    """The train parameters with the person's keys put in."""
    changes = json_object("TRAIN", train)
    try:
        return json.dumps({**json.loads(before), **changes})
    except (ValueError, TypeError):
        raise WorkshopError(
            f"TRAIN changes keys of TrainUserParameters, which is no JSON object: {before[:60]!r}. "
            f"Give it whole instead, as TrainUserParameters='{{...}}'"
        ) from None


def json_object(name: str, text: str) -> dict[str, Any]:
    """Read a JSON object that a person gave in the variable ``name``; the functions judge its keys."""
    example = f"""Write it like {name}='{{"key": "value"}}'"""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise WorkshopError(
            f"{name} is not JSON: {error.msg} at character {error.pos + 1}, near {text[error.pos : error.pos + 20]!r}. "
            f"{example}"
        ) from None
    if not isinstance(found, dict):
        raise WorkshopError(f"{name} is {text}: expected an object. {example}")
    return found


def refuse_lost_buckets(s3: Any, stack: Stack, suffix: str) -> None:
    """A stack does not notice that somebody deleted its bucket, and no update brings it back."""
    for output, bucket in stack.outputs.items():
        if output.endswith("BucketName"):
            try:
                s3.head_bucket(Bucket=bucket)
            except ClientError as error:
                if account.code(error) != "404":
                    raise
                raise lost_bucket(stack, bucket, suffix) from None


def lost_bucket(stack: Stack, bucket: str, suffix: str) -> WorkshopError:
    return WorkshopError(
        f"The bucket {bucket} of {stack.name} is gone, and only a new stack has a new one: "
        f"make teardown SUFFIX={suffix}, then make deploy SUFFIX={suffix}"
    )


class TemplateLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # C's takes a seventh
    """Reads a template. What its tags (!Sub, !Ref) stand for is CloudFormation's to know: they are None."""


TemplateLoader.add_multi_constructor("!", lambda loader, tag, node: None)


def parsed(path: Path) -> dict[str, Any]:
    """A template's plain data."""
    # Its class is a SafeLoader, which makes nothing else.
    return dict(yaml.load(path.read_text(encoding="utf-8"), TemplateLoader))  # noqa: S506


def read_template(path: Path) -> Template:
    """A template that fits into a request."""
    return Template({"TemplateBody": path.read_text(encoding="utf-8")}, defaults(path))


def in_code_bucket(s3: Any, suffix: str) -> Template:
    """The pipeline's template, which is too large for a request, as CloudFormation reads it from S3."""
    bucket, key, path = Names(suffix).code_bucket, f"templates/{PIPELINE_TEMPLATE}", TEMPLATES / PIPELINE_TEMPLATE
    put(s3, bucket, key, path)
    return Template({"TemplateURL": template_url(s3.meta.region_name, bucket, key)}, defaults(path))


def defaults(path: Path) -> dict[str, str | None]:
    """What each parameter of a template is where nobody gives it."""
    return {name: declared.get("Default") for name, declared in parsed(path)["Parameters"].items()}


def given_parameters(names: Collection[str]) -> dict[str, str]:
    """Those that a person gave by their names. SOURCE is Source, spelt like the other variables of make."""
    given = {name: os.environ[name] for name in names if name in os.environ}
    return given | ({"Source": os.environ["SOURCE"]} if "Source" in names and os.environ.get("SOURCE") else {})


def bucket_failure(s3: Any, suffix: str, cause: Mapping[str, Any]) -> WorkshopError | None:
    """What to say where a bucket could not be created or deleted; None for another cause."""
    if cause.get("ResourceType") != "AWS::S3::Bucket":
        return None
    reason = cause.get("ResourceStatusReason", "")
    told = f"{cause.get('PhysicalResourceId')} {reason} {cause.get('ResourceProperties')}"
    bucket = next((name for name in Names(suffix).buckets if name in told), None)
    if bucket is None:
        return None
    if "conflicting conditional operation" in reason or "OperationAborted" in reason:
        return WorkshopError(
            f"S3 is still releasing the name {bucket}: try again in some minutes, or {another_than(suffix)}"
        )
    return taken_bucket(s3, suffix, bucket) if "already" in reason.lower() else None


def taken_bucket(s3: Any, suffix: str, bucket: str) -> WorkshopError:
    region = leftovers.bucket_region(s3, bucket)
    if region == s3.meta.region_name:
        return WorkshopError(f"{bucket} is left in this account from an earlier stack: make teardown SUFFIX={suffix}")
    if region:
        return WorkshopError(
            f"{bucket} is in {region} already: {another_than(suffix)}, or "
            f"AWS_REGION={region} make teardown SUFFIX={suffix}"
        )
    return WorkshopError(f"{bucket} belongs to somebody else in the world: {another_than(suffix)}")


def another_than(suffix: str) -> str:
    return f"choose another suffix, like SUFFIX={suffix[:13]}{secrets.randbelow(900) + 100}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stack", choices=["prep", "pipeline"])
    stack = parser.parse_args().stack

    def work() -> int:
        suffix = given_suffix()
        session = account.connect().session
        confirmed, train = os.environ.get("CONFIRM", ""), os.environ.get("TRAIN", "")
        if stack == "prep":
            given = given_parameters(defaults(TEMPLATES / PREP_TEMPLATE))
            deployed, following = prep(session, suffix, given, confirmed=confirmed), "make upload data pipeline"
        else:
            given = given_parameters(defaults(TEMPLATES / PIPELINE_TEMPLATE))
            deployed = pipeline(session, suffix, train, given, confirmed=confirmed)
            following = "make release" if has_training_data(session.client("s3"), suffix) else "make data release"
        for name, value in deployed.outputs.items():
            print(f"  {name}  {value}")
        print(f"Next: {following} SUFFIX={suffix}")
        return 0

    return account.run(work)


if __name__ == "__main__":
    sys.exit(main())

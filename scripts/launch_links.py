"""Publish templates and zips in a bucket of yours, and link to them: whoever follows the links needs a browser alone.

    make launch-links TEMPLATE_BUCKET=my-templates [SUFFIX=me42]

What is published lies under a prefix that is made of its bytes: the same bytes are stored once, and another version is
another prefix, so that a link goes on leading to what it was made for.
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import base64
import hashlib
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

import account
import deploy
import leftovers
import package
import quick_create
from account import Account, WorkshopError
from resource_names import PIPELINE_TEMPLATE, PREP_TEMPLATE, Names, given_suffix
from upload import TEMPLATES

PAGE = package.BUILD / "launch-links.md"
BUTTON = "https://s3.amazonaws.com/cloudformation-examples/cloudformation-launch-stack.png"
# Ends the names of stacks as long as nobody has chosen a suffix.
TO_BE_CHOSEN = "SUFFIX"


@dataclass(frozen=True)
class Place:
    """Where the files are published."""

    region: str
    bucket: str
    prefix: str

    def url(self, name: str) -> str:
        """The address of a template."""
        return quick_create.template_url(self.region, self.bucket, self.prefix + name)


@dataclass(frozen=True)
class Launch:
    """A link, and the stack that it makes."""

    stack: str
    link: str


def files() -> list[Path]:
    """What is published: the zips that `make package` built, and the templates, which come last."""
    return [*package.built(package.BUILD), TEMPLATES / PREP_TEMPLATE, TEMPLATES / PIPELINE_TEMPLATE]


def prefix(paths: Iterable[Path]) -> str:
    """The prefix of these files: other names or other bytes have another one."""
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda one: one.name):
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return f"mlops-builtinalgo/{digest.hexdigest()[:16]}/"


def publish(s3: Any, place: Place, paths: Iterable[Path]) -> None:
    """Store each file once; what is there with other bytes than it should have is refused, and never overwritten."""
    bucket = place.bucket
    for path in paths:
        key, content = f"{place.prefix}{path.name}", path.read_bytes()
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=content, ChecksumSHA256=digest, IfNoneMatch="*")
            print(f"  uploaded   s3://{bucket}/{key}", flush=True)
        except ClientError as error:
            if account.code(error) != "PreconditionFailed":
                raise
            # Its checksum, whatever the bucket is encrypted with: ETags are no MD5 under a KMS key.
            if s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED").get("ChecksumSHA256") != digest:
                raise WorkshopError(
                    f"s3://{bucket}/{key} is not what make launch-links put there: look at it, then "
                    f"`aws s3 rm s3://{bucket}/{key}` and the same command again"
                ) from None
            print(f"  unchanged  s3://{bucket}/{key}", flush=True)


def refuse_unusable(s3: Any, bucket: str, here: Account) -> None:
    """Refuse a bucket that is missing, somebody else's, or where this region's Lambda would not take code from."""
    region = here.region
    try:
        found = s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=here.id)
        where = found.get("BucketRegion", region)
    except ClientError as error:
        match account.code(error):
            case "404":
                raise WorkshopError(
                    f"There is no bucket {bucket}: `aws s3 mb s3://{bucket} --region {region}`, "
                    "then the same command again"
                ) from None
            case "403":
                raise WorkshopError(
                    f"The bucket {bucket} is not of account {here.id}, or you may not list it (s3:ListBucket): "
                    "name one of yours, as TEMPLATE_BUCKET=my-templates"
                ) from None
            case "301":
                where = leftovers.redirected_to(error)
            case _:
                raise
    if where != region:
        raise WorkshopError(
            f"The bucket {bucket} is in {where}, and Lambda in {region} takes code from buckets of {region} alone: "
            f"AWS_REGION={where} make launch-links TEMPLATE_BUCKET={bucket}, or name a bucket of {region}"
        )


def launches(place: Place, prep_stack: str, pipeline_stack: str, suffix: str) -> tuple[Launch, Launch]:
    """Both links, in the order in which they are followed. Without a suffix its field is left to the person."""
    ours = {"SuffixID": suffix} if suffix else {}
    code = {"CodeBucket": place.bucket, "CodePrefix": place.prefix}
    return (
        Launch(prep_stack, quick_create.link(place.region, place.url(PREP_TEMPLATE), prep_stack, ours)),
        Launch(
            pipeline_stack, quick_create.link(place.region, place.url(PIPELINE_TEMPLATE), pipeline_stack, ours | code)
        ),
    )


def stack_names(cloudformation: Any, suffix: str) -> tuple[str, str]:
    """The names under which the other commands look for the stacks of this suffix, or of the one to be chosen."""
    if suffix:
        return deploy.prep_stack_name(cloudformation, Names(suffix)), Names(suffix).pipeline_stack
    open_names = Names("suffix").second_prep_stack, Names("suffix").pipeline_stack
    prep, pipeline = (name.replace("suffix", TO_BE_CHOSEN) for name in open_names)
    return prep, pipeline


def page(region: str, prep: Launch, pipeline: Launch, suffix: str) -> str:
    """The links as Markdown with buttons, and what to do with each."""
    choose = f"""
Choose a suffix first: 2 to 16 lower-case letters and digits, such as me42. It goes into both forms, as **Your suffix**
and, in place of `{TO_BE_CHOSEN}`, into the stack's name.
"""
    return f"""# MLOps with a SageMaker built-in algorithm, in {region}

Sign in to the AWS console first. The links open {region}: leave the console in that region.
{"" if suffix else choose}
1. Buckets and repositories, as `{prep.stack}`: **Create stack** (no box to tick), and wait for `CREATE_COMPLETE`.

   [![Launch Stack]({BUTTON})]({prep.link})

2. The pipeline, as `{pipeline.stack}`: tick **I acknowledge that AWS CloudFormation might create IAM resources**, then
   **Create stack**. The pipeline starts at once, and its first execution fails, since there are no data yet.

   [![Launch Stack]({BUTTON})]({pipeline.link})

3. `DataBucketUrl`, among the **Outputs** of the first stack, opens the data bucket. Upload `validation.csv` to the
   folder `validation`, `test.csv` to `test`, and `train.csv` to `train`.

4. `PipelineUrl`, among the **Outputs** of the second stack, opens the pipeline: **Release change**.
"""


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

    def work() -> int:
        bucket, suffix = given_bucket(), given_suffix() if os.environ.get("SUFFIX") else ""
        here, paths = account.connect(), files()
        s3, cloudformation = here.session.client("s3"), here.session.client("cloudformation")
        refuse_unusable(s3, bucket, here)
        place = Place(here.region, bucket, prefix(paths))
        publish(s3, place, paths)
        for template in (PREP_TEMPLATE, PIPELINE_TEMPLATE):  # read as the console will read it
            cloudformation.validate_template(TemplateURL=place.url(template))
        prep, pipeline = launches(place, *stack_names(cloudformation, suffix), suffix)
        PAGE.write_text(page(here.region, prep, pipeline, suffix), encoding="utf-8")
        for one in (prep, pipeline):
            print(f"{one.stack}\n  {one.link}")
        print(f"The same with buttons, for others: {PAGE.relative_to(package.ROOT)}")
        return 0

    return account.run(work)


def given_bucket() -> str:
    """The bucket that the person gave."""
    bucket = os.environ.get("TEMPLATE_BUCKET", "")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        told = f"TEMPLATE_BUCKET={bucket}" if bucket else "TEMPLATE_BUCKET is missing"
        raise WorkshopError(f"{told}: expected the name of a bucket of yours alone. Say TEMPLATE_BUCKET=my-templates")
    return bucket


if __name__ == "__main__":
    sys.exit(main())

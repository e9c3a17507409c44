"""Upload the function zips and the templates to the code bucket of the prep stack. What is there already is skipped.

make upload SUFFIX=me42
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

import account
import package
import quick_create
from account import WorkshopError
from resource_names import PIPELINE_TEMPLATE, PREP_TEMPLATE, Names, given_suffix

TEMPLATES = package.ROOT / "templates"


def upload(session: Any, suffix: str, folder: Path = package.BUILD) -> None:
    """Put what ``package.build`` made, and the templates, into the code bucket."""
    s3 = session.client("s3")
    bucket = Names(suffix).code_bucket
    for path in package.built(folder):
        put(s3, bucket, path.name, path)
    for name in (PREP_TEMPLATE, PIPELINE_TEMPLATE):
        put(s3, bucket, f"templates/{name}", TEMPLATES / name)


def put(s3: Any, bucket: str, key: str, path: Path) -> bool:
    """Upload one file, unless the bucket has these very bytes there, and say which of the two it was.

    A new version, even of equal bytes, would start the pipeline or change a function.
    """
    try:
        if is_there(s3, bucket, key, path):
            print(f"  unchanged  s3://{bucket}/{key}", flush=True)
            return False
        with path.open("rb") as body:
            s3.put_object(Bucket=bucket, Key=key, Body=body)
    except ClientError as error:
        raise bucket_trouble(error, bucket) from error
    print(f"  uploaded   s3://{bucket}/{key}", flush=True)
    return True


def is_there(s3: Any, bucket: str, key: str, path: Path) -> bool:
    try:
        found = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if account.code(error) == "404":
            return False
        raise
    # One put, and no KMS key (the prep stack's buckets have none): the ETag is the MD5 of the bytes.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    with path.open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return str(found["ETag"]).strip('"') == md5.hexdigest()


def bucket_trouble(error: ClientError, bucket: str) -> WorkshopError:
    """Why a call on one of our buckets failed, and what mends it."""
    suffix = bucket.rpartition("-")[2]
    match account.code(error):
        case "NoSuchBucket" | "404":
            return WorkshopError(f"There is no bucket {bucket} here: make prep SUFFIX={suffix}")
        case "403" | "AccessDenied":
            return WorkshopError(
                f"AWS refuses access to {bucket}: it belongs to another account (choose another SUFFIX), "
                f"or you may not use it ({error})"
            )
    return WorkshopError(account.explain(error))


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

    def work() -> int:
        suffix = given_suffix()
        here = account.connect()
        upload(here.session, suffix)
        names = Names(suffix)
        print(f"Next: make data SUFFIX={suffix}, then make pipeline SUFFIX={suffix}. Or, with the data staged, create")
        print("the pipeline stack in the AWS console:")
        template = quick_create.template_url(here.region, names.code_bucket, f"templates/{PIPELINE_TEMPLATE}")
        print(f"  {quick_create.link(here.region, template, names.pipeline_stack, {'SuffixID': suffix})}")
        return 0

    return account.run(work)


if __name__ == "__main__":
    sys.exit(main())

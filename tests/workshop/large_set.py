"""A test set that FullTest scores in two invocations, since the endpoint answers late."""

import itertools
import time
from typing import Any

import pytest

from localaws.sagemaker.variants import Variant

from .conftest import ROOT, Workshop

COPIES = 240  # of test.csv: 3 MB, three requests of EvaluateModel
TEST_SET = (ROOT / "Data/test.csv").read_bytes()
_TIMEOUT = 45  # 30 s of them are for the answer
_LARGE = 100_000  # bytes: a request of SmokeTest has fewer
_HELD = 3  # the last request waits until what came before it is kept


def release_in_two_invocations(workshop: Workshop) -> list[str]:
    """Release with such a set; return the keys of what EvaluateModel kept from one invocation to the next."""
    functions, function = workshop.client("lambda"), f"MLOps-BIA-EvaluateModel-{workshop.suffix}"
    s3 = workshop.client("s3")
    place = {"Bucket": f"mlops-builtinalgo-data-{workshop.suffix}", "Key": "test/test.csv"}
    before = functions.get_function_configuration(FunctionName=function)["Timeout"]
    functions.update_function_configuration(FunctionName=function, Timeout=_TIMEOUT)
    workshop.updated(function)
    s3.put_object(**place, Body=TEST_SET * COPIES)
    earlier = set(_kept(workshop))
    numbers, invoke = itertools.count(1), Variant.invoke

    def hold(variant: Variant, body: bytes, headers: Any) -> Any:
        if len(body) > _LARGE and next(numbers) == _HELD:
            deadline = time.monotonic() + _TIMEOUT
            while set(_kept(workshop)) == earlier and time.monotonic() < deadline:
                time.sleep(0.1)
        return invoke(variant, body, headers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Variant, "invoke", hold)
        workshop.made("release", NEW="1")
    functions.update_function_configuration(FunctionName=function, Timeout=before)
    workshop.updated(function)
    s3.put_object(**place, Body=TEST_SET)
    return sorted(set(_kept(workshop)) - earlier)


def _kept(workshop: Workshop) -> list[str]:
    bucket = f"mlops-builtinalgo-pipeline-artifacts-{workshop.suffix}"
    found = workshop.client("s3").list_objects_v2(Bucket=bucket, Prefix="continuations/")
    return [each["Key"] for each in found.get("Contents", [])]

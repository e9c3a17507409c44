"""Which images can run here, and by which rules."""

import pytest
from moto.core.exceptions import ServiceException

from localaws.sagemaker.images import version_of

CURRENT = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost"
FIRST = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost"


@pytest.mark.parametrize(
    ("image", "version"),
    [
        (f"{CURRENT}:3.2-0", "3.2-0"),
        (f"{CURRENT}:3.2-0-cpu-py3", "3.2-0"),
        (f"{CURRENT}:1.7-1", "1.7-1"),
        (f"{FIRST}:1", "0.72"),
        (f"{FIRST}:latest", "0.72"),
    ],
)
def test_an_image_runs_by_the_rules_of_its_version(image: str, version: str) -> None:
    assert version_of(image, "us-east-1").name == version


def test_other_regions_have_other_registries() -> None:
    image = "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-xgboost:3.2-0"
    assert version_of(image, "cn-north-1").name == "3.2-0"


@pytest.mark.parametrize(
    "image",
    [
        f"{CURRENT}:9.9-9",
        f"{CURRENT}:latest",
        f"{CURRENT}@sha256:{'0' * 64}",
        "811284229777.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0",
        "683313688378.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:3.2-0",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1",
        "xgboost:1",
    ],
)
def test_another_image_is_refused_by_name(image: str) -> None:
    with pytest.raises(ServiceException) as error:
        version_of(image, "us-east-1")
    assert error.value.code == "ValidationException"
    assert error.value.message.startswith(f"Requested image {image} not found.")

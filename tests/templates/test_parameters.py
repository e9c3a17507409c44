"""Which values CloudFormation accepts, and that the workshop's own values are among them."""

import json
import re
from typing import Any

import pytest

from evaluate_model import EvaluationParameters
from train_parameters import Stack, TrainParameters

Template = dict[str, Any]

KEY = "key/1234abcd-12ab-34cd-56ef-1234567890ab"
USER_PARAMETERS = ["TrainUserParameters", "SmokeTestUserParameters", "FullTestUserParameters"]
CODE_VERSIONS = [f"{name}CodeVersion" for name in ("TrainModel", "GetStatus", "DeployModel", "EvaluateModel")]
# Keys that name a bucket, an image or a person: a default that held one would fit one stack only.
STACK_KEYS = {"databucket", "modelartifactout", "resourceidentifier", "container-path", "s3bucket"}
WORKSHOP = {
    "TrainUserParameters": '{ "traincompute": "ml.c4.2xlarge", "model-name": "winequality", "container-path": '
    '"811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "modelartifactout": '
    '"mlops-builtinalgo-model-artifacts-sde", "resourceidentifier": "sde", "databucket": "mlops-builtinalgo-data-sde", '
    '"hp-num-round": "20", "num-round": "3", "hp-min-child-weight": "6", "hp-subsample": "0.7"}',
    "SmokeTestUserParameters": '{ "env": "Dev", "s3bucket": "mlops-builtinalgo-data-sde", '
    '"s3key": "/validation/validation.csv" }',
    "FullTestUserParameters": '{ "env": "Test", "s3bucket": "mlops-builtinalgo-data-sde", "s3key": "/test/test.csv" }',
}


def accepts(parameter: dict[str, Any], value: str) -> bool:
    """Whether CloudFormation takes a value: a pattern must match all of it, lengths and numbers are inclusive."""
    if "AllowedValues" in parameter and value not in parameter["AllowedValues"]:
        return False
    if "AllowedPattern" in parameter and not re.fullmatch(parameter["AllowedPattern"], value):
        return False
    if parameter["Type"] == "Number":
        low, high = int(parameter["MinValue"]), int(parameter["MaxValue"])
        return value.isdecimal() and low <= int(value) <= high
    return int(parameter.get("MinLength", 0)) <= len(value) <= int(parameter.get("MaxLength", 4096))


@pytest.mark.parametrize("suffix", ["sde", "jd", "a1", "007", "a" * 16])
def test_suffix_is_accepted(template: Template, suffix: str) -> None:
    assert accepts(template["Parameters"]["SuffixID"], suffix)


@pytest.mark.parametrize(
    "suffix", ["", "a", "a" * 17, "SDE", "s-d", "s_d", "s.d", "s d", "sde\n", "süd", "<initials>", "your-initials"]
)
def test_suffix_is_refused(template: Template, suffix: str) -> None:
    assert not accepts(template["Parameters"]["SuffixID"], suffix)


@pytest.mark.parametrize(
    "key",
    [
        "",
        f"arn:aws:kms:us-east-1:111122223333:{KEY}",
        f"arn:aws-cn:kms:cn-north-1:111122223333:{KEY}",
        f"arn:aws-us-gov:kms:us-gov-west-1:111122223333:{KEY}",
        "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
    ],
)
def test_key_is_accepted(pipeline: Template, key: str) -> None:
    assert accepts(pipeline["Parameters"]["SSEKMSKeyId"], key)


@pytest.mark.parametrize(
    "key",
    [
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "alias/aws/s3",
        "arn:aws:kms:us-east-1:111122223333:alias/aws/s3",
        "arn:aws:s3:::bucket",
        f"arn:aws:kms:us-east-1:11112222333:{KEY}",
        f"arn:aws:kms:us-east-1:111122223333:{KEY} ",
        f"arn:aws:kms::111122223333:{KEY}",
        " ",
    ],
)
def test_key_is_refused(pipeline: Template, key: str) -> None:
    assert not accepts(pipeline["Parameters"]["SSEKMSKeyId"], key)


@pytest.mark.parametrize("value", ["true", "false"])
def test_choice_of_repositories_is_accepted(prep: Template, value: str) -> None:
    assert accepts(prep["Parameters"]["CreateRepositories"], value)


@pytest.mark.parametrize("value", ["", "True", "yes", "no"])
def test_choice_of_repositories_is_refused(prep: Template, value: str) -> None:
    assert not accepts(prep["Parameters"]["CreateRepositories"], value)


@pytest.mark.parametrize("instance", ["", "ml.m5.large", "ml.c6i.32xlarge", "ml.inf1.24xlarge"])
def test_instance_type_is_accepted(pipeline: Template, instance: str) -> None:
    assert accepts(pipeline["Parameters"]["HostingInstanceType"], instance)


@pytest.mark.parametrize("instance", ["m5.large", "ml.m5", "ML.M5.LARGE", "serverless", "ml.m5.large "])
def test_instance_type_is_refused(pipeline: Template, instance: str) -> None:
    assert not accepts(pipeline["Parameters"]["HostingInstanceType"], instance)


@pytest.mark.parametrize("count", ["1", "10"])
def test_number_of_instances_is_accepted(pipeline: Template, count: str) -> None:
    assert accepts(pipeline["Parameters"]["HostingInstanceCount"], count)


@pytest.mark.parametrize("count", ["0", "11", "-1", "two", ""])
def test_number_of_instances_is_refused(pipeline: Template, count: str) -> None:
    assert not accepts(pipeline["Parameters"]["HostingInstanceCount"], count)


@pytest.mark.parametrize("bucket", ["", "abc", "my-templates", "my.templates", "b" * 63])
def test_bucket_of_code_is_accepted(pipeline: Template, bucket: str) -> None:
    assert accepts(pipeline["Parameters"]["CodeBucket"], bucket)


@pytest.mark.parametrize(
    "bucket", ["ab", "b" * 64, "s3://my-templates", "my-templates/", "My-Templates", "arn:aws:s3:::b"]
)
def test_bucket_of_code_is_refused(pipeline: Template, bucket: str) -> None:
    assert not accepts(pipeline["Parameters"]["CodeBucket"], bucket)


@pytest.mark.parametrize("prefix", ["", "zips/", "mlops-builtinalgo/0123456789abcdef/"])
def test_prefix_of_code_is_accepted(pipeline: Template, prefix: str) -> None:
    assert accepts(pipeline["Parameters"]["CodePrefix"], prefix)


@pytest.mark.parametrize("prefix", ["zips", "mlops-builtinalgo/0123456789abcdef", "with space/", "z" * 900 + "/"])
def test_prefix_of_code_is_refused(pipeline: Template, prefix: str) -> None:
    assert not accepts(pipeline["Parameters"]["CodePrefix"], prefix)


@pytest.mark.parametrize("name", CODE_VERSIONS)
@pytest.mark.parametrize("version", ["", "null", "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo"])
def test_code_version_is_accepted(pipeline: Template, name: str, version: str) -> None:
    assert accepts(pipeline["Parameters"][name], version)


@pytest.mark.parametrize("name", USER_PARAMETERS)
@pytest.mark.parametrize(("length", "accepted"), [(0, False), (1, True), (1000, True), (1001, False)])
def test_user_parameters_fit_an_action(pipeline: Template, name: str, length: int, accepted: bool) -> None:
    assert accepts(pipeline["Parameters"][name], "x" * length) is accepted


@pytest.mark.parametrize("name", USER_PARAMETERS)
def test_the_workshops_own_value_is_accepted(pipeline: Template, name: str) -> None:
    assert accepts(pipeline["Parameters"][name], WORKSHOP[name])


@pytest.mark.parametrize("name", USER_PARAMETERS)
def test_default_of_user_parameters_fits_every_stack(pipeline: Template, name: str) -> None:
    default = pipeline["Parameters"][name]["Default"]

    assert accepts(pipeline["Parameters"][name], default)
    assert STACK_KEYS.isdisjoint(json.loads(default))
    assert "mlops-builtinalgo" not in default


@pytest.fixture
def stack() -> Stack:
    """The stack of the workshop's own suffix."""
    return Stack(
        suffix="sde",
        region="us-east-1",
        data_bucket="mlops-builtinalgo-data-sde",
        model_bucket="mlops-builtinalgo-model-artifacts-sde",
        training_image="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0",
    )


def test_function_trains_on_the_default(pipeline: Template, stack: Stack) -> None:
    default = TrainParameters.parse(pipeline["Parameters"]["TrainUserParameters"]["Default"], stack)

    assert (default.model_name, default.image) == ("winequality", stack.training_image)
    assert default.hyperparameters["num_round"] == "100"


def test_function_trains_on_the_workshops_own_value(stack: Stack) -> None:
    workshop = TrainParameters.parse(WORKSHOP["TrainUserParameters"], stack)

    assert workshop.image == "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"
    assert workshop.hyperparameters["num_round"] == "20"


@pytest.mark.parametrize(
    ("name", "env", "key"),
    [
        ("SmokeTestUserParameters", "Dev", "validation/validation.csv"),
        ("FullTestUserParameters", "Test", "test/test.csv"),
    ],
)
def test_function_tests_alike_on_the_default_and_on_the_workshops_own_value(
    pipeline: Template, stack: Stack, name: str, env: str, key: str
) -> None:
    expected = EvaluationParameters(env=env, bucket=stack.data_bucket, key=key, max_rmse=None)

    assert EvaluationParameters.parse(pipeline["Parameters"][name]["Default"], stack.data_bucket) == expected
    assert EvaluationParameters.parse(WORKSHOP[name], stack.data_bucket) == expected


def test_every_default_is_accepted(template: Template) -> None:
    defaults = {name: p for name, p in template["Parameters"].items() if "Default" in p}

    assert [name for name, p in defaults.items() if not accepts(p, str(p["Default"]))] == []

"""Which values CloudFormation accepts, and that the workshop's own values are among them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evaluate_model import EvaluationParameters
from train_parameters import Stack, TrainParameters
from training_config import TrainingConfig

from .conftest import CONNECTION

Template = dict[str, Any]

KEY = "key/1234abcd-12ab-34cd-56ef-1234567890ab"
USER_PARAMETERS = ["TrainUserParameters", "SmokeTestUserParameters", "FullTestUserParameters"]
SEED = Path(__file__).parents[2] / "scripts/repositories/training-config/training.json"
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


@pytest.mark.parametrize("source", ["None", "CodeCommit", "GitHub"])
def test_source_is_accepted(pipeline: Template, source: str) -> None:
    assert accepts(pipeline["Parameters"]["Source"], source)


@pytest.mark.parametrize("given", ["", "none", "codecommit", "Github", "S3", "true"])
def test_source_is_refused(pipeline: Template, given: str) -> None:
    assert not accepts(pipeline["Parameters"]["Source"], given)


CONNECTION_ID = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    "arn",
    [
        "",
        CONNECTION,
        f"arn:aws:codestar-connections:eu-west-1:111122223333:connection/{CONNECTION_ID}",
        f"arn:aws-us-gov:codeconnections:us-gov-west-1:111122223333:connection/{CONNECTION_ID}",
    ],
)
def test_connection_is_accepted(pipeline: Template, arn: str) -> None:
    assert accepts(pipeline["Parameters"]["GitHubConnectionArn"], arn)


@pytest.mark.parametrize(
    "arn",
    [
        CONNECTION_ID,
        "my-connection",
        "https://github.com/me",
        f"{CONNECTION} ",
        f"arn:aws:codeconnections:us-east-1:111122223333:host/{CONNECTION_ID}",
        f"arn:aws:codeconnections:us-east-1:1111222233:connection/{CONNECTION_ID}",
        f"arn:aws:codeconnections::111122223333:connection/{CONNECTION_ID}",
        CONNECTION.upper(),
    ],
)
def test_connection_is_refused(pipeline: Template, arn: str) -> None:
    assert not accepts(pipeline["Parameters"]["GitHubConnectionArn"], arn)


GITHUB_REPOSITORIES = ["GitHubTrainingConfig", "GitHubPipelineLambdaCode", "GitHubInferenceLambdaCode"]


@pytest.mark.parametrize("name", GITHUB_REPOSITORIES)
@pytest.mark.parametrize("repository", ["", "me/training-config", "my-team/pipeline_lambda.code", "A1/B2"])
def test_repository_is_accepted(pipeline: Template, name: str, repository: str) -> None:
    assert accepts(pipeline["Parameters"][name], repository)


@pytest.mark.parametrize("name", GITHUB_REPOSITORIES)
@pytest.mark.parametrize(
    "repository",
    [
        "training-config",
        "me/",
        "/code",
        "me/my/code",
        "me/my code",
        "https://github.com/me/code",
        "git@github.com:me/code",
    ],
)
def test_repository_is_refused(pipeline: Template, name: str, repository: str) -> None:
    assert not accepts(pipeline["Parameters"][name], repository)


@pytest.mark.parametrize("name", USER_PARAMETERS)
@pytest.mark.parametrize(("length", "accepted"), [(1, True), (1000, True), (1001, False)])
def test_user_parameters_fit_an_action(pipeline: Template, name: str, length: int, accepted: bool) -> None:
    assert accepts(pipeline["Parameters"][name], "x" * length) is accepted


@pytest.mark.parametrize(
    ("name", "accepted"),
    [("TrainUserParameters", True), ("SmokeTestUserParameters", False), ("FullTestUserParameters", False)],
)
def test_only_training_has_parameters_that_are_not_in_the_parameter(
    pipeline: Template, name: str, accepted: bool
) -> None:
    assert accepts(pipeline["Parameters"][name], "") is accepted


def by_default(pipeline: Template, name: str, source: str = "None") -> str:
    """What reaches the function when nobody gives the parameter."""
    training = pipeline["Mappings"]["TrainByDefault"][source]["UserParameters"]
    return str(pipeline["Parameters"][name]["Default"] or training)


@pytest.mark.parametrize("name", USER_PARAMETERS)
def test_the_workshops_own_value_is_accepted(pipeline: Template, name: str) -> None:
    assert accepts(pipeline["Parameters"][name], WORKSHOP[name])


@pytest.mark.parametrize("name", USER_PARAMETERS)
def test_default_of_user_parameters_fits_every_stack(pipeline: Template, name: str) -> None:
    default = by_default(pipeline, name)

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
    default = TrainParameters.parse(by_default(pipeline, "TrainUserParameters"), stack)

    assert (default.model_name, default.image) == ("winequality", stack.training_image)
    assert default.hyperparameters["num_round"] == "100"


def test_the_default_is_what_the_parameter_says_of_it(pipeline: Template) -> None:
    (quoted,) = re.findall(r"Empty: (\{.*\});", pipeline["Parameters"]["TrainUserParameters"]["Description"])

    assert quoted == by_default(pipeline, "TrainUserParameters")


def test_what_a_repository_begins_with_is_the_default(pipeline: Template) -> None:
    assert json.loads(SEED.read_text()) == json.loads(by_default(pipeline, "TrainUserParameters"))


@pytest.mark.parametrize("source", ["CodeCommit", "GitHub"])
def test_with_a_source_the_default_masks_nothing(pipeline: Template, stack: Stack, source: str) -> None:
    default = by_default(pipeline, "TrainUserParameters", source)
    asked = TrainParameters.parse(default, stack, TrainingConfig(SEED.read_text(), "0123456789abcdef"))
    alone = TrainParameters.parse(by_default(pipeline, "TrainUserParameters"), stack)

    assert "hp-" not in default
    assert asked.masked == ()
    assert (asked.model_name, asked.instance_type, asked.hyperparameters) == (
        alone.model_name,
        alone.instance_type,
        alone.hyperparameters,
    )


def test_every_source_has_a_default(pipeline: Template) -> None:
    assert list(pipeline["Mappings"]["TrainByDefault"]) == pipeline["Parameters"]["Source"]["AllowedValues"]


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

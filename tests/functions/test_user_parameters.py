"""UserParameters: every way to write them wrong is answered with the key, the value, what was expected, what to do."""

import json
from collections.abc import Callable

import pytest

from outcomes import ConfigurationError
from train_parameters import Stack, TrainParameters
from user_parameters import UserParameters

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
OLD_IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"
STACK = Stack("sde", "us-east-1", "mlops-builtinalgo-data-sde", "mlops-builtinalgo-model-artifacts-sde", IMAGE)
GOOD = {"traincompute": "ml.m5.large", "model-name": "winequality", "hp-num-round": "100"}


def parse(text: str) -> TrainParameters:
    return TrainParameters.parse(text, STACK)


def refusal(parse_it: Callable[[], object]) -> str:
    with pytest.raises(ConfigurationError) as refused:
        parse_it()
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Expecting value at line 1, column 1, here:  >>> the end of the text"),
        ("{", "at line 1, column 2, here: { >>> the end of the text"),
        ('{"a": "1" "b": "2"}', """Expecting ',' delimiter at line 1, column 11, here: {"a": "1" >>> "b": "2"}"""),
        ("{'a': 1}", "at line 1, column 2, here: { >>> 'a': 1}"),
        ('{\n "a": "1",\n "b": }', 'Expecting value at line 3, column 7, here: { "a": "1", "b": >>> }'),
        ("{“a”: 1}", "at line 1, column 2, here: { >>> “a”: 1}"),
        ('{"a": "1",}', 'here: {"a": "1"'),  # from 3.13 on Python points at the comma, before at what follows
    ],
)
def test_text_that_is_not_json_is_shown_where_it_breaks(text: str, says: str) -> None:
    message = refusal(lambda: parse(text))

    assert message.startswith("UserParameters: this is not JSON: ")
    assert says in message


def test_the_text_around_an_error_is_short() -> None:
    message = refusal(lambda: parse('{"a": "' + "x" * 900 + '", b}'))

    assert f'here: {"x" * 17}", >>> b}}' in message


@pytest.mark.parametrize("text", ["[]", '"text"', "3", "null"])
def test_json_that_is_no_object_is_refused(text: str) -> None:
    message = refusal(lambda: parse(text))
    assert "expected a JSON object such as" in message
    assert message.startswith(f"UserParameters: this is {text!r}")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"traincompute": None}, "traincompute is missing, expected a type such as ml.m5.large"),
        ({"traincompute": "m5.large"}, "traincompute is 'm5.large', expected a type such as ml.m5.large"),
        ({"traincompute": "ml.m5"}, "traincompute is 'ml.m5', expected"),
        ({"model-name": None}, "model-name is missing, expected 1 to 20 lower-case letters and digits"),
        ({"model-name": "wine-quality"}, "model-name is 'wine-quality', expected 1 to 20 lower-case"),
        ({"model-name": "WineQuality"}, "model-name is 'WineQuality', expected"),
        ({"model-name": "w" * 21}, "expected 1 to 20 lower-case"),
        ({"model-name": ""}, "model-name is '', expected"),
        ({"model-name": "wine\n"}, "model-name is 'wine\\n', expected"),
        ({"databucket": "my-bucket"}, "databucket is 'my-bucket', expected 'mlops-builtinalgo-data-sde'"),
        ({"modelartifactout": "b"}, "modelartifactout is 'b', expected 'mlops-builtinalgo-model-artifacts-sde'"),
        ({"resourceidentifier": "abc"}, "resourceidentifier is 'abc', expected 'sde'"),
        ({"traininstancecount": "0"}, "traininstancecount is '0', expected a whole number from 1 to 20"),
        ({"traininstancecount": "two"}, "traininstancecount is 'two', expected a whole number"),
        ({"traininstancevolumesize": "16385"}, "traininstancevolumesize is '16385', expected"),
        ({"traininstancevolumesize": 1.5}, "traininstancevolumesize is '1.5', expected a whole number"),
        ({"trainmaxruntime": "59"}, "trainmaxruntime is '59', expected a whole number from 60 to 2419200"),
        ({"trainmaxruntime": "-60"}, "trainmaxruntime is '-60', expected"),
        ({"hp-num-round": None}, "hp-num-round is missing, the algorithm requires it"),
        ({"hp-num-round": "0"}, "hp-num-round is '0', expected a whole number of at least 1"),
        ({"hp-num-round": "3.0"}, "hp-num-round is '3.0', expected a whole number"),
        ({"hp-num-round": None, "num-round": "x"}, "num-round is 'x', expected a whole number"),
        ({"hp-num-round": None, "hp-num_round": "x"}, "hp-num_round is 'x', expected a whole number"),
        ({"hp-num_round": "3"}, "hp-num-round and hp-num_round are one hyperparameter: keep one"),
        ({"hp-": "3"}, "hp- is '3', expected a name of letters, digits and hyphens after hp-"),
        ({"hp-e ta": "3"}, "hp-e ta is '3', expected a name"),
        ({"hp-eta": ""}, "hp-eta is '', expected a value"),
        ({"hp-eta": " "}, "hp-eta is ' ', expected a value"),
        ({"hp-eta": True}, "hp-eta is True, expected a text or a number"),
        ({"hp-eta": None, "hp-eta ": {}}, "hp-eta  is {}, expected a text or a number"),
        ({"databucket": ["a"]}, "databucket is ['a'], expected a text or a number"),
        (
            {"container-path": OLD_IMAGE.replace("us-east-1", "eu-west-1")},
            f"expected an image of us-east-1, not of eu-west-1 (or leave container-path out for {IMAGE})",
        ),
        ({"container-path": "xgboost:1"}, "container-path is 'xgboost:1', expected <account>.dkr.ecr.us-east-1."),
        ({"container-path": IMAGE.partition(":")[0]}, "container-path is '683313688378.dkr.ecr"),
        ({"container-path": "docker.io/evil/xgboost:1"}, "container-path is 'docker.io/evil/xgboost:1', expected"),
        ({"container-path": OLD_IMAGE + "\n"}, "container-path is "),
    ],
)
def test_a_bad_parameter_is_named_with_its_value_and_what_was_expected(changes: dict[str, object], says: str) -> None:
    values = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}

    assert says in refusal(lambda: parse(json.dumps(values)))


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("train-compute", "did you mean traincompute?"),
        ("modelname", "did you mean model-name?"),
        ("TrainCompute", "did you mean traincompute?"),
        ("data-bucket", "did you mean databucket?"),
        ("eta", "did you mean hp-eta?"),
        ("max_depth", "did you mean hp-max-depth?"),
        ("numround", "did you mean num-round?"),
        ("zzz", "known keys are traincompute, model-name,"),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_known(key: str, near: str) -> None:
    message = refusal(lambda: parse(json.dumps({**GOOD, key: "1"})))

    assert f"{key} (with the value '1') is not a known key: {near}" in message


@pytest.mark.parametrize(
    ("key", "value", "placeholder"),
    [
        ("databucket", "mlops-builtinalgo-data-your-initials", "your-initials"),
        ("databucket", "mlops-builtinalgo-data-<your-initials>", "<your-initials>"),
        ("resourceidentifier", "<suffix>", "<suffix>"),
        ("hp-eta", "your-eta", "your-eta"),
    ],
)
def test_a_placeholder_left_in_is_named(key: str, value: str, placeholder: str) -> None:
    message = refusal(lambda: parse(json.dumps({**GOOD, key: value})))

    assert f"{key} is {value!r}, expected a value of yours instead of the placeholder {placeholder}." in message


def test_a_key_given_twice_is_refused() -> None:
    message = refusal(lambda: parse('{"model-name": "a", "model-name": "b"}'))

    assert "model-name is given twice, 'a' and 'b': keep one" in message


def test_what_is_left_out_is_the_stacks_own() -> None:
    assert parse(json.dumps(GOOD)) == TrainParameters(
        model_name="winequality",
        instance_type="ml.m5.large",
        instance_count=1,
        volume_gb=10,
        max_runtime_seconds=3600,
        image=IMAGE,
        hyperparameters={"num_round": "100", "objective": "reg:squarederror"},
    )


def test_all_of_it_can_be_said_aloud() -> None:
    said = {
        **GOOD,
        "databucket": STACK.data_bucket,
        "modelartifactout": STACK.model_bucket,
        "resourceidentifier": "sde",
        "container-path": OLD_IMAGE,
        "traininstancecount": "2",
        "traininstancevolumesize": 30,
        "trainmaxruntime": "600",
    }

    parsed = parse(json.dumps(said))

    assert (parsed.instance_count, parsed.volume_gb, parsed.max_runtime_seconds) == (2, 30, 600)
    assert parsed.image == OLD_IMAGE


@pytest.mark.parametrize(
    ("written", "hyperparameters"),
    [
        ({"hp-num-round": "20"}, {"num_round": "20"}),
        ({"num-round": "3"}, {"num_round": "3"}),
        ({"hp-num-round": "20", "num-round": "3"}, {"num_round": "20"}),
        ({"hp-num-round": 20}, {"num_round": "20"}),
        ({"hp-num-round": "9", "hp-min-child-weight": "6"}, {"num_round": "9", "min_child_weight": "6"}),
        ({"hp-num-round": "9", "hp-eta": 0.10}, {"num_round": "9", "eta": "0.1"}),
        ({"hp-num-round": "9", "hp-own_thing": "x"}, {"num_round": "9", "own_thing": "x"}),
        ({"hp-num-round": "9", "hp-_kfold": "5"}, {"num_round": "9", "_kfold": "5"}),
    ],
)
def test_hyperparameters_lose_their_prefix_and_hyphens(
    written: dict[str, object], hyperparameters: dict[str, str]
) -> None:
    values = {key: value for key, value in GOOD.items() if key != "hp-num-round"} | written

    parsed = parse(json.dumps(values))

    assert parsed.hyperparameters == {**hyperparameters, "objective": "reg:squarederror"}


def test_a_number_keeps_the_digits_that_were_written() -> None:
    assert UserParameters('{"a": 0.10}', ("a",)).values == {"a": "0.10"}


@pytest.mark.parametrize(
    ("image", "objective"),
    [
        (OLD_IMAGE, "reg:linear"),
        (OLD_IMAGE.replace(":1", ":latest"), "reg:linear"),
        (IMAGE, "reg:squarederror"),
        (IMAGE.replace("sagemaker-xgboost:3.2-0", "my/xgboost:1"), "reg:squarederror"),
        (IMAGE.replace("sagemaker-xgboost:3.2-0", "xgboost@sha256:" + "0" * 64), "reg:linear"),
    ],
)
def test_the_objective_depends_on_the_image(image: str, objective: str) -> None:
    parsed = parse(json.dumps({**GOOD, "container-path": image}))

    assert parsed.hyperparameters["objective"] == objective


def test_an_objective_of_ones_own_stays() -> None:
    parsed = parse(json.dumps({**GOOD, "container-path": OLD_IMAGE, "hp-objective": "reg:gamma"}))

    assert parsed.hyperparameters["objective"] == "reg:gamma"


def test_the_stacks_image_of_another_partition_is_good() -> None:
    image = "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-xgboost:3.2-0"
    stack = Stack("sde", "cn-north-1", "d", "m", image)

    assert TrainParameters.parse(json.dumps(GOOD), stack).image == image

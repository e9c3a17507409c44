"""StartTraining with sources on, through its handler: training.json of a commit, and TrainUserParameters over it."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

import train_model
from functions.fake_aws import ARTIFACTS, DATA, RUN, Aws, Context, recorded, with_parameters
from functions.training_data import at_version, put_data

COMMIT = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
NAMED = "training.json (commit 1a2b3c4d)"
KEY = "mlops-builtinalgo-s/TrainingCo/Qw3eRt7"
CONFIG = {"traincompute": "ml.m5.xlarge", "model-name": "winequality", "hp-num-round": "100", "hp-eta": "0.1"}
REQUIRED = {"traincompute": "ml.m5.large", "model-name": "winequality", "hp-num-round": "100"}


@pytest.fixture
def event(aws: Aws) -> Any:
    """StartTraining's event with both artifacts; TrainUserParameters are empty."""
    return with_parameters(at_version(recorded("start_training_with_config"), put_data(aws)[0]), {})


def zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def push(aws: Aws, config: object) -> None:
    """Have the artifact hold this training.json (an object or a text), beside another file of the repository."""
    text = config if isinstance(config, str) else json.dumps(config)
    aws.put(ARTIFACTS, KEY, zipped({"README.md": b"# Ours", "training.json": text.encode()}))


def request(aws: Aws) -> Any:
    """The training job that was asked for."""
    assert aws.codepipeline.answer.done
    [found] = aws.sagemaker.called("CreateTrainingJob")
    return found


def refusal(aws: Aws) -> str:
    """The message of a refusal for which nothing was made."""
    message = aws.codepipeline.answer.failure
    assert aws.codepipeline.answer.failure_type == "ConfigurationError"
    assert aws.sagemaker.calls == []
    return message


def test_training_json_alone_says_how_to_train(aws: Aws, event: Any, context: Context) -> None:
    said = {"traininstancecount": 2, "traininstancevolumesize": 30, "trainmaxruntime": "600", "hp-max-depth": 4}
    push(aws, {**CONFIG, **said, "databucket": DATA, "max-rmse": 0.75})

    train_model.lambda_handler(event, context)

    made = request(aws)
    assert made["HyperParameters"] == {
        "num_round": "100",
        "eta": "0.1",
        "max_depth": "4",
        "objective": "reg:squarederror",
    }
    assert made["ResourceConfig"] == {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 30}
    assert made["StoppingCondition"] == {"MaxRuntimeInSeconds": 600}
    assert aws.codepipeline.answer.summary.endswith(f"sagemaker-xgboost:3.2-0, configured by {NAMED}")


@pytest.mark.parametrize("reverse", [False, True], ids=["data first", "config first"])
def test_artifacts_are_known_by_their_names(aws: Aws, event: Any, context: Context, reverse: bool) -> None:
    push(aws, CONFIG)
    inputs = event["CodePipeline.job"]["data"]["inputArtifacts"]
    version = inputs[0]["revision"]
    if reverse:
        inputs.reverse()

    train_model.lambda_handler(event, context)

    document = aws.output(event, "training.json")
    assert document["data"]["train"]["version"] == version
    assert document["config_commit"] == COMMIT


@pytest.mark.parametrize(
    "names", [["TrainingData", "Config"], ["TrainingConfig", "TrainingConfig"], ["TrainingData", "TrainingConfig", "X"]]
)
def test_other_artifacts_are_refused_by_name(aws: Aws, event: Any, context: Context, names: list[str]) -> None:
    data = event["CodePipeline.job"]["data"]
    data["inputArtifacts"] = [{**data["inputArtifacts"][0], "name": name} for name in names]

    train_model.lambda_handler(event, context)

    assert refusal(aws) == (
        "This action needs the artifacts TrainingData and TrainingConfig, or the data alone, in InputArtifacts, it has:"
        f" {', '.join(names)}. Mend the pipeline's definition."
    )


def test_data_alone_may_have_any_name(aws: Aws, event: Any, context: Context) -> None:
    data = event["CodePipeline.job"]["data"]
    data["inputArtifacts"] = [{**data["inputArtifacts"][0], "name": "Wines"}]

    train_model.lambda_handler(with_parameters(event, CONFIG), context)

    assert request(aws)["HyperParameters"]["eta"] == "0.1"
    assert "configured" not in aws.codepipeline.answer.summary


@pytest.mark.parametrize(
    ("config", "parameters", "expected"),
    [
        (CONFIG, {}, ({"eta": "0.1", "num_round": "100"}, "")),
        (CONFIG, {"hp-max-depth": "2"}, ({"eta": "0.1", "num_round": "100", "max_depth": "2"}, "")),
        (
            CONFIG,
            {"hp-eta": "0.3"},
            ({"eta": "0.3", "num_round": "100"}, "; hp-eta of training.json is masked by TrainUserParameters"),
        ),
        (
            CONFIG,
            {"hp-eta": "0.1"},
            ({"eta": "0.1", "num_round": "100"}, "; hp-eta of training.json is masked by TrainUserParameters"),
        ),
        (
            CONFIG,
            {"hp-eta": "0.3", "hp-num-round": 7, "traincompute": "ml.m5.large"},
            (
                {"eta": "0.3", "num_round": "7"},
                "; traincompute, hp-num-round, hp-eta of training.json are masked by TrainUserParameters",
            ),
        ),
        (
            {**CONFIG, "hp-max_depth": "5"},
            {"hp-max-depth": "2"},
            (
                {"eta": "0.1", "num_round": "100", "max_depth": "2"},
                "; hp-max_depth of training.json is masked by TrainUserParameters",
            ),
        ),
        (
            CONFIG,
            {"num-round": "7"},
            ({"eta": "0.1", "num_round": "7"}, "; hp-num-round of training.json is masked by TrainUserParameters"),
        ),
        (
            {**CONFIG, "num-round": "9"},
            {"hp-num_round": "7"},
            (
                {"eta": "0.1", "num_round": "7"},
                "; hp-num-round, num-round of training.json are masked by TrainUserParameters",
            ),
        ),
        ({**CONFIG, "num-round": "9"}, {}, ({"eta": "0.1", "num_round": "100"}, "")),
    ],
)
def test_train_user_parameters_mask_training_json_key_by_key(
    aws: Aws, event: Any, config: Any, parameters: Any, expected: tuple[dict[str, str], str]
) -> None:
    push(aws, config)

    train_model.lambda_handler(with_parameters(event, parameters), Context())

    job, says = expected
    assert request(aws)["HyperParameters"] == {**job, "objective": "reg:squarederror"}
    assert aws.codepipeline.answer.summary.endswith(f"configured by {NAMED}{says}")


def test_a_summary_with_every_key_masked_is_not_cut(aws: Aws, event: Any, context: Context) -> None:
    most = REQUIRED | {f"hp-a{number}": "1" for number in range(60)}
    assert 850 < len(json.dumps(most)) <= 1000
    push(aws, most)

    train_model.lambda_handler(with_parameters(event, most), context)

    assert aws.codepipeline.answer.summary.endswith("hp-a59 of training.json are masked by TrainUserParameters")


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("{", f"{NAMED}: this is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        ("[]", f"{NAMED}: this is '[]', expected a JSON object such as"),
        ('{"hp-eta": "1", "hp-eta": "2"}', f"{NAMED}: hp-eta is given twice, '1' and '2': keep one."),
        ({"hp-eta": ["1"]}, f"{NAMED}: hp-eta is ['1'], expected a text or a number"),
        ({"hp-eta": "<eta>"}, f"{NAMED}: hp-eta is '<eta>', expected a value of yours instead of the placeholder"),
        ({"eta": "1"}, f"{NAMED}: eta (with the value '1') is not a known key: did you mean hp-eta?"),
        ({"maxrmse": "1"}, f"{NAMED}: maxrmse (with the value '1') is not a known key: did you mean max-rmse?"),
        ({"hp-eta": " "}, f"{NAMED}: hp-eta is ' ', expected a value"),
        ({"hp-e ta": "1"}, f"{NAMED}: hp-e ta is '1', expected a name of letters"),
        ({"hp-max-depth": "1", "hp-max_depth": "2"}, f"{NAMED}: hp-max-depth and hp-max_depth are one hyperparameter"),
        ({"hp-num-round": "0"}, f"{NAMED}: hp-num-round is '0', expected a whole number of at least 1"),
        ({"traincompute": "large"}, f"{NAMED}: traincompute is 'large', expected a type such as ml.m5.large"),
        ({"databucket": "mine"}, f"{NAMED}: databucket is 'mine', expected '{DATA}', which belongs to this stack"),
        ({"container-path": "xgboost:1"}, f"{NAMED}: container-path is 'xgboost:1', expected <account>.dkr.ecr."),
        ({"max-rmse": "0"}, f"{NAMED}: max-rmse is '0', expected a number above 0, such as 0.75"),
    ],
)
@pytest.mark.parametrize("parameters", [{}, REQUIRED], ids=["alone", "masked"])
def test_what_is_wrong_is_named_with_file_and_key_masked_or_not(
    aws: Aws, event: Any, config: object, parameters: object, says: str
) -> None:
    push(aws, config if isinstance(config, str) else CONFIG | config)  # type: ignore[operator]

    train_model.lambda_handler(with_parameters(event, parameters), Context())

    assert refusal(aws).startswith(says)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"hp-eta": ""}, "UserParameters: hp-eta is '', expected a value"),
        ({"max-rmse": "1"}, "UserParameters: max-rmse (with the value '1') is not a known key"),
        ("", "UserParameters: this is not JSON"),
    ],
)
def test_what_is_wrong_in_user_parameters_is_named_as_ever(aws: Aws, event: Any, parameters: Any, says: str) -> None:
    push(aws, CONFIG)

    train_model.lambda_handler(with_parameters(event, parameters), Context())

    assert refusal(aws).startswith(says)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("model-name", 'model-name is missing, expected 1 to 20 lower-case letters and digits: add "model-name": '),
        ("hp-num-round", 'hp-num-round is missing, the algorithm requires it: add "hp-num-round": "100".'),
    ],
)
def test_a_key_that_is_missing_in_both_names_both(aws: Aws, event: Any, context: Context, key: str, says: str) -> None:
    push(aws, {name: value for name, value in CONFIG.items() if name != key})

    train_model.lambda_handler(with_parameters(event, {"hp-eta": "0.3"}), context)

    assert refusal(aws).startswith(f"UserParameters and {NAMED}: {says}")


def test_a_text_with_a_byte_order_mark_is_read(aws: Aws, event: Any, context: Context) -> None:
    push(aws, "\ufeff" + json.dumps(CONFIG))

    train_model.lambda_handler(event, context)

    assert request(aws)["HyperParameters"]["eta"] == "0.1"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            zipped({"config/training.json": b"{}"}),
            "it holds no training.json at its root: add the file to the repository, and push.",
        ),
        (b"{}", "it is not a zip: give the source action the OutputArtifactFormat CODE_ZIP, and release again."),
        (b"", "it is not a zip: "),
        (
            zipped({"training.json": b'{\n"hp-eta": "\xe9"}'}),
            "training.json, line 2, is not UTF-8: save it in that encoding, and push.",
        ),
        (
            zipped({"training.json": b" " * 16_385}),
            "training.json has more than 16,384 bytes: keep parameters alone in it, and push.",
        ),
        (
            b"x" * 20_000_001,
            "it has more than 20,000,000 bytes: keep large files out of the repository.",
        ),
    ],
    ids=["elsewhere", "no zip", "empty", "latin-1", "large", "large zip"],
)
def test_a_repository_that_cannot_be_used_is_named(
    aws: Aws, event: Any, context: Context, body: bytes, says: str
) -> None:
    aws.put(ARTIFACTS, KEY, body)

    train_model.lambda_handler(event, context)

    assert refusal(aws).startswith(f"The input artifact TrainingConfig (commit 1a2b3c4d) cannot be used: {says}")


def test_an_artifact_that_is_gone_is_named(aws: Aws, event: Any, context: Context) -> None:
    train_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.failure.startswith(
        f"The input artifact TrainingConfig cannot be used: s3://{ARTIFACTS}/{KEY}: NoSuchKey. Release"
    )


def test_a_large_file_that_is_not_ours_is_not_unpacked(aws: Aws, event: Any, context: Context) -> None:
    aws.put(ARTIFACTS, KEY, zipped({"big.bin": bytes(50_000_000), "training.json": json.dumps(CONFIG).encode()}))

    train_model.lambda_handler(event, context)

    assert request(aws)


def test_the_repository_is_read_with_the_jobs_credentials(aws: Aws, event: Any, context: Context) -> None:
    push(aws, CONFIG)

    train_model.lambda_handler(event, context)

    assert [key for method, url, key in aws.s3_requests if method == "GET" and KEY in url] == ["ASIAJOBJOBJOBJOBJOBJ"]


def test_the_commit_goes_into_the_tags_and_the_document(aws: Aws, event: Any, context: Context) -> None:
    push(aws, {**CONFIG, "max-rmse": "0.75"})

    train_model.lambda_handler(with_parameters(event, {"hp-eta": "0.3"}), context)

    assert request(aws)["Tags"] == [
        {"Key": "mlops-builtinalgo:suffix", "Value": "sde"},
        {"Key": "mlops-builtinalgo:run-id", "Value": RUN},
        {"Key": "mlops-builtinalgo:config-commit", "Value": COMMIT},
    ]
    document = aws.output(event, "training.json")
    assert document["version"] == 1
    assert (document["config_commit"], document["masked"], document["max_rmse"]) == (COMMIT, ["hp-eta"], 0.75)


def test_without_a_revision_there_is_a_configuration_without_a_commit(aws: Aws, event: Any, context: Context) -> None:
    push(aws, CONFIG)
    del event["CodePipeline.job"]["data"]["inputArtifacts"][1]["revision"]

    train_model.lambda_handler(event, context)

    assert len(request(aws)["Tags"]) == 2
    assert aws.codepipeline.answer.summary.endswith(", configured by training.json")
    assert not {"config_commit", "masked", "max_rmse"} & aws.output(event, "training.json").keys()

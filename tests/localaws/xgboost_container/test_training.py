"""The training half of the built-in image's contract: aws-facts B2, a row a case."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import xgboost

from localaws import children
from localaws.xgboost_container.errors import AlgorithmError, UserError, failure_text
from localaws.xgboost_container.train import train
from localaws.xgboost_container.version import Version

# XGBoost says that its reading of text files is deprecated; the image reads them so all the same.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:xgboost")

Lay = Callable[..., Path]
NEWEST, FIRST = Version("3.2-0"), Version("0.72")
ROWS = "1,0,5\n3,1,5\n"


def channel(content_type: str | None = "text/csv", mode: str = "File") -> dict[str, str]:
    rest = {"TrainingInputMode": mode, "S3DistributionType": "FullyReplicated"}
    return ({"ContentType": content_type} if content_type else {}) | rest


# id, hyperparameters beside num_round (None takes it away), the text of the error
REFUSED_HYPERPARAMETERS: list[tuple[str, dict[str, str | None], str]] = [
    ("required", {"num_round": None}, "Missing required hyperparameter: num_round"),
    ("not an integer", {"num_round": "3.0"}, "Hyperparameter num_round: could not parse value (caused by ValueError)"),
    ("above a closed range", {"eta": "1.5"}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
    ("below a half-open range", {"gamma": "-1"}, "Hyperparameter gamma: -1.0 is not in [0, +inf)"),
    ("the open end of a range", {"subsample": "0"}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
    ("no rounds", {"num_round": "0"}, "Hyperparameter num_round: 0 is not in [1, +inf)"),
    ("one class", {"num_class": "1"}, "Hyperparameter num_class: 1 is not in [2, +inf)"),
    ("verbosity", {"verbosity": "4"}, "Hyperparameter verbosity: 4 is not in [0, 3]"),
    ("an unknown objective", {"objective": "foo"}, "Hyperparameter objective: foo is not in ['"),
    ("silent is 0.72's alone", {"silent": "1"}, "Extraneous hyperparameter found: silent"),
    ("device", {"device": "cpu"}, "Extraneous hyperparameter found: device"),
    ("enable_categorical", {"enable_categorical": "true"}, "Extraneous hyperparameter found: enable_categorical"),
    ("max_cat_to_onehot", {"max_cat_to_onehot": "4"}, "Extraneous hyperparameter found: max_cat_to_onehot"),
    ("an own key", {"mine": "1"}, "Extraneous hyperparameter found: mine"),
    (
        "classes without their number",
        {"objective": "multi:softmax"},
        "Require input for parameter 'num_class' for multi-classification",
    ),
    ("_kfold is not built", {"_kfold": "5"}, "Local AWS does not implement the hyperparameter _kfold"),
    ("the image's own metrics are not built", {"eval_metric": "f1"}, "Local AWS does not compute the metric f1"),
]


@pytest.mark.parametrize(
    ("changes", "message"),
    [row[1:] for row in REFUSED_HYPERPARAMETERS],
    ids=[row[0] for row in REFUSED_HYPERPARAMETERS],
)
def test_a_hyperparameter_is_refused(lay: Lay, changes: Mapping[str, str | None], message: str) -> None:
    with pytest.raises(UserError) as error:
        train(lay(changes), NEWEST)
    assert str(error.value).startswith(message)


def test_eval_metric_without_objective_crashes_as_in_the_image(lay: Lay) -> None:
    with pytest.raises(KeyError, match="objective"):
        train(lay({"objective": None, "eval_metric": "rmse"}), NEWEST)


def test_gpu_hist_passes_the_ranges_and_dies_in_xgboost(lay: Lay) -> None:
    with pytest.raises(AlgorithmError, match="XGB train call failed with exception:\n Invalid Input: 'gpu_hist'"):
        train(lay({"tree_method": "gpu_hist"}), NEWEST)


ACCEPTED_HYPERPARAMETERS = [
    {"learning_rate": "0.5"},
    {"reg_lambda": "1", "reg_alpha": "0", "min_split_loss": "0"},
    {"objective": "reg:linear"},
    {"objective": "reg:absoluteerror"},
    {"booster": "dart", "rate_drop": "0.1"},
    {"booster": "gblinear", "updater": "shotgun"},
    {"eval_metric": "rmse,mae"},
    {"tree_method": "hist", "monotone_constraints": "(1, 0)"},
    {"seed": "7", "num_parallel_tree": "2", "colsample_bynode": "0.5"},
    {"_tuning_objective_metric": "validation:rmse"},
    {"csv_weights": "1"},
]


@pytest.mark.parametrize("changes", ACCEPTED_HYPERPARAMETERS, ids=",".join)
def test_a_hyperparameter_is_accepted(lay: Lay, changes: Mapping[str, str]) -> None:
    folder = lay(changes)
    train(folder, NEWEST)
    assert (folder / "model" / "xgboost-model").exists()


# xgboost:1, the 0.72 image (Developer Guide, "XGBoost Version 0.72")
def test_the_first_image_knows_silent(lay: Lay) -> None:
    folder = lay({"objective": None, "silent": "1"})
    train(folder, FIRST)
    assert (folder / "model" / "xgboost-model").exists()


@pytest.mark.parametrize("name", ["verbosity", "colsample_bynode", "num_parallel_tree", "learning_rate"])
def test_the_first_image_does_not_know_later_names(lay: Lay, name: str) -> None:
    with pytest.raises(UserError, match=f"Extraneous hyperparameter found: {name}"):
        train(lay({"objective": None, name: "1"}), FIRST)


def test_the_first_image_does_not_know_squarederror(lay: Lay) -> None:
    with pytest.raises(UserError, match="Hyperparameter objective: reg:squarederror is not in"):
        train(lay(), FIRST)


# id, channels, the text of the error
REFUSED_CHANNELS: list[tuple[str, dict[str, Any], str]] = [
    ("no train", {"validation": channel()}, "Missing required channel: train"),
    ("another", {"train": channel(), "test": channel()}, "Extraneous channel found: test"),
    (
        "label_size",
        {"train": channel("text/csv; label_size=1")},
        "Channel configuration for 'train' channel is not supported: {'ContentType': 'text/csv; label_size=1'",
    ),
    (
        "FastFile",
        {"train": channel(mode="FastFile")},
        "Channel configuration for 'train' channel is not supported: {",
    ),
    ("Pipe", {"train": channel(mode="Pipe")}, "Pipe mode for CSV is no longer supported"),
    ("parquet", {"train": channel("application/x-parquet")}, "Local AWS does not read application/x-parq"),
    ("recordio", {"train": channel("recordio-protobuf")}, "Local AWS does not read recordio-protobuf"),
    (
        "the default is libsvm",
        {"train": channel(None)},
        "First line '1,0,5\n...' of file '0.csv' is not 'LIBSVM' format",
    ),
]


@pytest.mark.parametrize(
    ("channels", "message"), [row[1:] for row in REFUSED_CHANNELS], ids=[row[0] for row in REFUSED_CHANNELS]
)
def test_a_channel_is_refused(lay: Lay, channels: Mapping[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        train(lay({}, {"train/0.csv": ROWS}, channels), NEWEST)
    assert str(error.value).startswith(message)


# id, files, the text of the error
REFUSED_DATA: list[tuple[str, dict[str, str | bytes], str]] = [
    ("nothing to train on", {"train/0.csv": ""}, "No data in training channel path "),
    (
        "nothing to validate on",
        {"train/0.csv": ROWS, "validation/0.csv": ""},
        "No data in validation channel path ",
    ),
    (
        "a hidden file",
        {"train/0.csv": ROWS, "train/.part": "1"},
        "Hidden file found in the data path! Remove that before training.",
    ),
]


@pytest.mark.parametrize(("files", "message"), [row[1:] for row in REFUSED_DATA], ids=[row[0] for row in REFUSED_DATA])
def test_data_is_refused(lay: Lay, files: Mapping[str, str | bytes], message: str) -> None:
    with pytest.raises(UserError) as error:
        train(lay({}, files), NEWEST)
    assert str(error.value).startswith(message)


# id, the file, how many rows the image trains on: what it silently accepts
ACCEPTED_DATA: list[tuple[str, str | bytes, int]] = [
    ("plain", "1,0,5\n3,1,5\n", 2),
    ("semicolons", "1;0;5\n3;1;5\n", 2),
    ("spaces", "1 0 5\n3 1 5\n", 2),
    ("CRLF", "1,0,5\r\n3,1,5\r\n", 2),
    ("a header becomes a row", "quality,a,b\n1,0,5\n3,1,5\n", 3),
    ("text cells", "1,x,5\n3,1,y\n", 2),
    ("ragged rows", "1,0,5\n3,1\n", 2),
    ("a BOM", b"\xef\xbb\xbf1,0,5\n3,1,5\n", 2),
    ("blank lines", "1,0,5\n\n3,1,5\n", 2),
]


@pytest.mark.parametrize(("content", "rows"), [row[1:] for row in ACCEPTED_DATA], ids=[row[0] for row in ACCEPTED_DATA])
def test_data_is_accepted(lay: Lay, caplog: pytest.LogCaptureFixture, content: str | bytes, rows: int) -> None:
    with caplog.at_level("INFO"):
        train(lay({}, {"train/0.csv": content}), NEWEST)
    assert f"Train matrix has {rows} rows and 2 columns" in caplog.text


def test_quoted_numbers_fail(lay: Lay) -> None:
    quoted = '"1","0","5"\n"3","1","5"\n'
    with pytest.raises(AlgorithmError, match="XGB train call failed with exception"):
        train(lay({}, {"train/0.csv": quoted, "validation/0.csv": ROWS}), NEWEST)


def test_folders_deeper_than_three_are_ignored(lay: Lay, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        train(lay({}, {"train/a/b/0.csv": "1,0,5\n3,1,5\n", "train/a/b/c/1.csv": "1,0,5\n"}), NEWEST)
    assert "Train matrix has 2 rows" in caplog.text


def test_libsvm_is_read(lay: Lay, caplog: pytest.LogCaptureFixture) -> None:
    libsvm = channel("text/libsvm")
    with caplog.at_level("INFO"):
        train(lay({}, {"train/0": "1 0:0 1:5\n3 0:1 1:5\n"}, {"train": libsvm}), NEWEST)
    assert "Train matrix has 2 rows and 2 columns" in caplog.text


def test_the_model_is_xgboosts_own_format(lay: Lay) -> None:
    folder = lay()
    train(folder, NEWEST)
    assert [path.name for path in (folder / "model").iterdir()] == ["xgboost-model"]
    model = folder / "model" / "xgboost-model"
    assert model.read_bytes().startswith(b"{L")
    scores = xgboost.Booster(model_file=bytearray(model.read_bytes())).predict(xgboost.DMatrix([[0, 5], [1, 5]]))
    assert scores.tolist() == [1, 3]


def test_reg_linear_is_saved_as_squarederror(lay: Lay) -> None:
    folder = lay({"objective": "reg:linear"})
    train(folder, NEWEST)
    booster = xgboost.Booster(model_file=bytearray((folder / "model" / "xgboost-model").read_bytes()))
    assert json.loads(booster.save_config())["learner"]["objective"]["name"] == "reg:squarederror"


@pytest.mark.parametrize(
    ("changes", "rounds"),
    [
        ({"eval_metric": "rmse"}, 1),
        ({}, 20),  # without eval_metric early_stopping_rounds is ignored
    ],
)
def test_early_stopping_needs_eval_metric(lay: Lay, changes: dict[str, str], rounds: int) -> None:
    stopping = {"num_round": "20", "early_stopping_rounds": "2"} | changes
    folder = lay(stopping, {"train/0.csv": ROWS, "validation/0.csv": "1,0,5\n3,1,5\n"})
    train(folder, NEWEST)
    booster = xgboost.Booster(model_file=bytearray((folder / "model" / "xgboost-model").read_bytes()))
    assert booster.num_boosted_rounds() == rounds


def test_early_stopping_needs_a_validation_channel(lay: Lay) -> None:
    folder = lay({"num_round": "20", "early_stopping_rounds": "2", "eval_metric": "rmse"})
    train(folder, NEWEST)
    booster = xgboost.Booster(model_file=bytearray((folder / "model" / "xgboost-model").read_bytes()))
    assert booster.num_boosted_rounds() == 20


def run(folder: Path, version: str = "3.2-0") -> "subprocess.CompletedProcess[bytes]":
    process = children.spawn_module(
        "xgboost_container.train",
        [str(folder), version],
        environment={},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout
    output = process.stdout.read()
    children.kill(process)
    process.stdout.close()
    return subprocess.CompletedProcess(process.args, process.returncode, output)


def test_the_process_prints_a_metrics_line_a_round(lay: Lay) -> None:
    done = run(lay({"num_round": "2"}, {"train/0.csv": ROWS, "validation/0.csv": "1,0,5\n4,1,5\n"}))
    lines = [line for line in done.stdout.decode().splitlines() if line.startswith(("[0]", "[1]"))]
    assert (done.returncode, lines) == (
        0,
        ["[0]\ttrain-rmse:0.00000\tvalidation-rmse:0.70711", "[1]\ttrain-rmse:0.00000\tvalidation-rmse:0.70711"],
    )


def test_the_process_leaves_its_failure_in_a_file(lay: Lay) -> None:
    folder = lay({"eta": "1.5"})
    done = run(folder)
    failure = (folder / "output" / "failure").read_text()
    assert done.returncode == 1
    assert failure.startswith("framework error: \nTraceback (most recent call last):\n")
    assert failure.endswith(
        "sagemaker_algorithm_toolkit.exceptions.UserError: Hyperparameter eta: 1.5 is not in [0, 1]\n"
        "\nHyperparameter eta: 1.5 is not in [0, 1]"
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"eta": "abc"}, "Hyperparameter eta: could not parse value"),
        ({"eta": "1.5"}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
        ({"num_round": None}, "Missing required hyperparameter: num_round"),
        ({"nobody_knows": "1"}, "Extraneous hyperparameter found: nobody_knows"),
        ({"objective": "x" * 2000}, "Hyperparameter objective: "),
        ({"lambda": "-1"}, "Hyperparameter lambda: -1.0 is not in [0, +inf)"),
        ({"base_score": "0", "objective": "reg:gamma"}, "base_score"),
    ],
    ids=str,
)
def test_the_reason_names_the_hyperparameter_before_it_is_cut(
    lay: Lay, changes: dict[str, str | None], named: str
) -> None:
    folder = lay(changes)
    with pytest.raises(Exception) as failed:
        train(folder, NEWEST)
    told = failure_text(failed.value, folder)[: 1024 - len("AlgorithmError: ")]
    assert named in told


def test_the_reason_has_the_container_s_paths(lay: Lay) -> None:
    folder = lay(files={"train/0.csv": ROWS, "validation/0.csv": ""})
    with pytest.raises(UserError) as failed:
        train(folder, NEWEST)
    told = failure_text(failed.value, folder)
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert f'  File "/miniconda3/lib/{python}/site-packages/sagemaker_xgboost_container/train.py", line ' in told
    assert told.endswith("\nNo data in validation channel path /opt/ml/input/data/validation")
    assert [place for place in (str(folder), str(Path(children.__file__).parents[2])) if place in told] == []


def test_the_log_says_what_stands_in_for_the_first_image(lay: Lay) -> None:
    done = run(lay({"objective": None}), "0.72")
    assert f"the image xgboost:1 (XGBoost 0.72) and trains with XGBoost {xgboost.__version__}." in done.stdout.decode()


def test_validating_on_the_training_data_is_a_warning_only(lay: Lay, caplog: pytest.LogCaptureFixture) -> None:
    folder = lay({}, {"train/0.csv": ROWS, "validation/0.csv": ROWS})
    train(folder, NEWEST)
    assert "Suspected identical files found" in caplog.text
    assert (folder / "model" / "xgboost-model").exists()

"""What the table of the contract cannot say in a row: processes, what is cut, and combinations that really train."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import xgboost

from localaws import children
from localaws.xgboost_container.cross_validation import splits
from localaws.xgboost_container.errors import UserError, failure_text
from localaws.xgboost_container.train import train
from localaws.xgboost_container.version import Version

# XGBoost says that its reading of text files is deprecated; the image reads them so all the same.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:xgboost")

Lay = Callable[..., Path]
NEWEST, FIRST = Version("3.2-0"), Version("0.72")
ROWS = "1,0,5\n3,1,5\n"


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


@pytest.mark.parametrize("rounds", [1, 3])
@pytest.mark.parametrize(("folds", "sizes"), [(2, [4, 3]), (3, [3, 2, 2]), (7, [1] * 7)])
def test_every_row_is_held_out_once_a_round(rounds: int, folds: int, sizes: list[int]) -> None:
    made = list(splits(7, folds, rounds))
    assert [len(held_out) for _, held_out in made] == sizes * rounds
    assert all(sorted([*shown, *held_out]) == list(range(7)) for shown, held_out in made)
    for start in range(0, len(made), folds):
        assert sorted(np.concatenate([held_out for _, held_out in made[start : start + folds]])) == list(range(7))


def test_every_fold_has_its_share_of_each_class() -> None:
    classes = np.array([2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 1, 1, 1], dtype=np.float32)
    made = [sorted(classes[held_out]) for _, held_out in splits(15, 3, 20, classes)]
    assert made == [[0, 0, 1, 2, 2]] * 60


def test_no_two_rounds_split_alike() -> None:
    rows = [tuple(held_out) for _, held_out in splits(1000, 2, 2)]
    assert len(set(rows)) == 4


def test_a_class_with_too_few_rows_for_all_folds_is_told_of() -> None:
    with pytest.warns(UserWarning, match="in y has only 1 members, which is less than n_splits=2.") as told:
        list(splits(5, 2, 1, np.array([0, 0, 1, 0, 0], dtype=np.float32)))
    assert len(told) == 1


def test_the_log_says_what_stands_in_for_the_first_image(lay: Lay) -> None:
    done = run(lay({"objective": None}), "0.72")
    assert f"the image xgboost:1 (XGBoost 0.72) and trains with XGBoost {xgboost.__version__}." in done.stdout.decode()


# A host that trains alone among one, which looks at what listens in its process.
ALONE = """
import os, socket, sys
from xgboost import collective
from localaws.xgboost_container import distributed

def fail(*_):
    raise AssertionError("what comes over the network is unpickled")

def look(is_master):
    for descriptor in os.listdir("/dev/fd"):
        try:
            each = socket.socket(fileno=os.dup(int(descriptor)))
        except OSError:
            continue
        if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            print(each.getsockname()[0], each.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16))

collective.broadcast = fail
_, network = os.pipe()
with distributed._first_ring(distributed.Place("algo-1", ["algo-1"], network), ["algo-1"]):
    look(True)
distributed.run(distributed.Place("algo-1", ["algo-1"], network), lambda is_master: print(is_master), has_data=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the interface of a socket")
def test_hosts_hear_loopback_alone_and_unpickle_nothing() -> None:
    paths = {"PYTHONPATH": str(Path(children.__file__).parents[1])}
    told = subprocess.run([sys.executable, "-c", ALONE], env=paths, capture_output=True, text=True, check=True).stdout
    listening = [line for line in told.splitlines() if line.endswith("'")]
    assert listening
    assert {line for line in listening if not line.endswith(r" b'lo\x00'")} == set()
    assert told.splitlines()[-1] == "True"

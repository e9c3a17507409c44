"""Ways to ask the container: to validate hyperparameters, to train, to serve. A small model has known scores."""

import contextlib
import functools
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import xgboost

from localaws.xgboost_container import hyperparameters
from localaws.xgboost_container.errors import failure_text
from localaws.xgboost_container.serve import Server
from localaws.xgboost_container.settings import Settings
from localaws.xgboost_container.train import train
from localaws.xgboost_container.version import Version

CSV_CHANNEL = {"ContentType": "text/csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
# The label is 1 where the first feature is 0, and 3 where it is 1.
ROWS = "1,0,5\n3,1,5\n" * 10
# One round from 2 with a step of 1 and no shrinkage: the scores are exactly 1 and 3.
EXACT: dict[str, str | None] = {
    "num_round": "1",
    "nthread": "1",
    "objective": "reg:squarederror",
    "base_score": "2",
    "eta": "1",
    "lambda": "0",
    "min_child_weight": "0",
}
# What serving containers are trained with, beside what is exact, and their first line of data.
MODELS: dict[str, tuple[Mapping[str, str | None], str]] = {
    "exact": ({}, ROWS),
    "wide": ({}, "1,0,5,7\n3,1,5,7\n"),
    "softprob": ({"objective": "multi:softprob", "num_class": "2", "base_score": None}, "0,0,5\n1,1,5\n"),
    "softmax": ({"objective": "multi:softmax", "num_class": "2", "base_score": None}, "0,0,5\n1,1,5\n"),
    "hinge": ({"objective": "binary:hinge", "base_score": None}, "0,0,5\n1,1,5\n"),
    "logistic": ({"objective": "binary:logistic", "base_score": "0.5", "eta": "0"}, "0,0,5\n1,1,5\n"),
    "even": ({"objective": "multi:softprob", "num_class": "2", "base_score": None, "eta": "0"}, "0,0,5\n1,1,5\n"),
    "poisson": ({"objective": "count:poisson"}, ROWS),
    "reg:logistic": ({"objective": "reg:logistic", "base_score": "0.5", "eta": "0"}, "0,0,5\n1,1,5\n"),
    **{name: ({"objective": name, "eta": "0"}, ROWS) for name in ("reg:gamma", "reg:absoluteerror", "reg:tweedie")},
}


def lay_out(
    folder: Path,
    changes: Mapping[str, str | None],
    files: Mapping[str, str | bytes],
    channels: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write what a training job finds in /opt/ml: hyperparameters beside the exact ones (None takes one away)."""
    config = folder / "input" / "config"
    config.mkdir(parents=True)
    given = {name: value for name, value in (EXACT | dict(changes)).items() if value is not None}
    (config / "hyperparameters.json").write_text(json.dumps(given))
    (config / "inputdataconfig.json").write_text(json.dumps(channels))
    for name in channels:
        (folder / "input" / "data" / name).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        file = folder / "input" / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.fixture
def lay(tmp_path: Path) -> Callable[..., Path]:
    """A function that lays out a training job's input and returns the folder.

    Its parameters change what the exact model is made of: hyperparameters (None takes one away), files, channels.
    """

    def lay_out_here(
        changes: Mapping[str, str | None] | None = None,
        files: Mapping[str, str | bytes] | None = None,
        channels: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Path:
        files = {"train/0.csv": ROWS} if files is None else files
        names = sorted({name.partition("/")[0] for name in files})
        lay_out(tmp_path, changes or {}, files, dict.fromkeys(names, CSV_CHANNEL) if channels is None else channels)
        return tmp_path

    return lay_out_here


def told_of_model(model: bytes) -> str:
    booster = xgboost.Booster(model_file=bytearray(model))
    learner = json.loads(booster.save_config())["learner"]
    base_score = float(learner["learner_model_param"]["base_score"].strip("[]").split(",")[0])
    return f"{booster.num_boosted_rounds()} rounds, objective {learner['objective']['name']}, base_score {base_score}"


@pytest.fixture
def of_parameters() -> Callable[[Any], tuple[int, bytes]]:
    """A function that validates hyperparameters: 0 and what they became, or 1 and why not."""

    def validate(given: Any) -> tuple[int, bytes]:
        named = {name: value for name, value in ({"num_round": "1"} | dict(given.values)).items() if value is not None}
        try:
            return 0, str(hyperparameters.validate(named, Version(given.version))).encode()
        except Exception as error:  # noqa: BLE001 - the failure is the answer
            return 1, str(error).encode()

    return validate


@pytest.fixture
def of_job(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Callable[[Any], tuple[int, bytes, bytes]]:
    """A function that trains: the exit status, what the job tells (log, models, predictions), and its first model."""

    def run(job: Any) -> tuple[int, bytes, bytes]:
        lay_out(tmp_path, job.hyperparameters, job.files, job.channels)
        caplog.set_level("INFO")
        try:
            train(tmp_path, Version(job.version))
        except Exception as error:  # noqa: BLE001 - the failure is the answer
            return 1, failure_text(error, tmp_path).encode(), b""
        models = {file.name: file.read_bytes() for file in sorted((tmp_path / "model").iterdir())}
        told = [f"{name}: {told_of_model(model)}" for name, model in models.items()]
        put_out = [file.read_text() for file in (tmp_path / "output").rglob("*.csv")]
        log = [caplog.text, capsys.readouterr().out]
        return 0, "\n".join(log + told + put_out).encode(), next(iter(models.values()))

    return run


@pytest.fixture(scope="module")
def port_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Any], int]]:
    """A function that returns the port of a serving container: one for all requests that ask for the same."""
    with contextlib.ExitStack() as at_end:

        @functools.cache
        def trained(model: str) -> bytes:
            folder = tmp_path_factory.mktemp(model)
            changes, rows = MODELS[model]
            lay_out(folder, changes, {"train/0.csv": rows}, {"train": CSV_CHANNEL})
            train(folder, Version("3.2-0"))
            return (folder / "model" / "xgboost-model").read_bytes()

        @functools.cache
        def start(container: Any) -> int:
            folder = tmp_path_factory.mktemp("serving")
            beside = folder / "model" / (container.beside or "xgboost-model")
            beside.parent.mkdir(parents=True)
            beside.write_text("{}" if container.beside.endswith(".json") else "")
            (folder / "model" / "xgboost-model").write_bytes(trained(container.model))
            settings = Settings.of(Version(container.version), dict(container.environment))
            server = Server(socket.create_server(("127.0.0.1", 0)), folder, settings)
            threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
            at_end.callback(server.server_close)
            at_end.callback(server.shutdown)
            port: int = server.socket.getsockname()[1]
            return port

        yield start


@pytest.fixture
def of_request(port_of: Callable[[Any], int]) -> Callable[[Any], tuple[int, bytes]]:
    """A function that sends a request to its container: the status and the body of the answer."""

    def send(request: Any) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port_of(request.container), timeout=30)
        headers = {"Content-Type": request.content_type, "Accept": request.accept}
        method, path = request.line.split()
        connection.request(method, path, request.body, {name: value for name, value in headers.items() if value})
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    return send

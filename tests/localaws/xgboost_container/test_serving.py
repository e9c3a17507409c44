"""What the table of the contract cannot say in a row: several models, none, and one that must not be read."""

import contextlib
import http.client
import os
import pickle
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localaws.xgboost_container.serve import Server
from localaws.xgboost_container.settings import Settings
from localaws.xgboost_container.train import train
from localaws.xgboost_container.version import Version

# XGBoost says that its reading of text files is deprecated; the image reads them so all the same.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:xgboost")

Serve = Callable[..., Callable[..., tuple[int, str, bytes]]]
TWO_ROWS = b"0,5\n1,5\n"  # the exact model's scores are 1 and 3


@pytest.fixture
def model(lay: Callable[..., Path]) -> Path:
    """A folder with the exact model."""
    folder = lay()
    train(folder, Version("3.2-0"))
    return folder


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A function that serves a folder and returns one that sends a request: status, content type, body."""
    with contextlib.ExitStack() as at_end:

        def start(folder: Path) -> Callable[..., tuple[int, str, bytes]]:
            settings = Settings.of(Version("3.2-0"), {})
            server = Server(socket.create_server(("127.0.0.1", 0)), folder, settings)
            port = server.socket.getsockname()[1]
            threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
            at_end.callback(server.server_close)
            at_end.callback(server.shutdown)

            def send(
                body: bytes = b"", path: str = "/invocations", method: str = "POST", **headers: str
            ) -> tuple[int, str, bytes]:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request(
                    method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
                )
                response = connection.getresponse()
                answer = response.status, response.getheader("Content-Type", ""), response.read()
                connection.close()
                return answer

            return send

        yield start


@pytest.mark.parametrize(
    ("accept", "kind"), [("text/csv", "text/csv; charset=utf-8"), ("application/json", "application/json")]
)
def test_the_answer_names_its_type(serve: Serve, model: Path, accept: str, kind: str) -> None:
    assert serve(model)(TWO_ROWS, Content_Type="text/csv", Accept=accept)[1] == kind


def test_two_models_answer_their_mean(serve: Serve, model: Path, lay: Callable[..., Path]) -> None:
    first = (model / "model" / "xgboost-model").read_bytes()
    (model / "input" / "config").rename(model / "old-config")
    (model / "staging").rename(model / "old-staging")
    folder = lay({}, {"train/0.csv": "3,0,5\n3,1,5\n" * 10})
    train(folder, Version("3.2-0"))
    (folder / "model" / "xgboost-model-1").write_bytes(first)
    assert serve(folder)(TWO_ROWS, Content_Type="text/csv")[2] == b"2.0\n3.0\n"


def test_three_classifiers_vote(serve: Serve, lay: Callable[..., Path]) -> None:
    folder = lay({"objective": "binary:hinge", "base_score": None}, {"train/0.csv": "0,0,5\n1,1,5\n" * 10})
    train(folder, Version("3.2-0"))
    (folder / "model" / "xgboost-model-1").write_bytes((folder / "model" / "xgboost-model").read_bytes())
    for name in ("config", "data"):
        (folder / "input" / name).rename(folder / f"old-{name}")
    (folder / "staging").rename(folder / "old-staging")
    lay({"objective": "binary:hinge", "base_score": None}, {"train/0.csv": "1,0,5\n0,1,5\n" * 10})
    train(folder, Version("3.2-0"))
    (folder / "model" / "xgboost-model-2").write_bytes((folder / "model" / "xgboost-model").read_bytes())
    (folder / "model" / "xgboost-model").write_bytes((folder / "model" / "xgboost-model-1").read_bytes())
    assert serve(folder)(TWO_ROWS, Content_Type="text/csv")[2] == b"0.0\n1.0\n"


def test_a_missing_model_fails_the_ping(serve: Serve, model: Path) -> None:
    (model / "model" / "xgboost-model").unlink()
    assert serve(model)(path="/ping", method="GET")[0] == 500


class _Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path(os.environ["TRAP"]),)  # type: ignore[return-value]


def test_a_pickle_is_never_read(
    serve: Serve, model: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sprung = model / "sprung"
    monkeypatch.setenv("TRAP", str(sprung))
    (model / "model" / "xgboost-model").write_bytes(pickle.dumps(_Trap()))
    assert serve(model)(path="/ping", method="GET")[0] == 500
    assert not sprung.exists()
    assert "xgboost-model is a pickle: loading it would run its author's code, which local AWS refuses." in caplog.text

"""The serving half of the built-in image's contract: aws-facts B3, a row a case."""

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
from localaws.xgboost_container.train import train
from localaws.xgboost_container.version import Version

# XGBoost says that its reading of text files is deprecated; the image reads them so all the same.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:xgboost")

Serve = Callable[..., Callable[..., tuple[int, str, bytes]]]
TWO_ROWS = b"0,5\n1,5\n"  # the exact model's scores are 1 and 3
TWO_SCORES = b"1.0\n3.0\n"
CSV_ANSWER = "text/csv; charset=utf-8"


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

        def start(folder: Path, version: str = "3.2-0") -> Callable[..., tuple[int, str, bytes]]:
            server = Server(socket.create_server(("127.0.0.1", 0)), folder, Version(version))
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


# id, method, path, status
PATHS = [
    ("ping", "GET", "/ping", 200),
    ("ping is a GET", "POST", "/ping", 405),
    ("invocations is a POST", "GET", "/invocations", 405),
    ("another path", "GET", "/models", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), [row[1:] for row in PATHS], ids=[row[0] for row in PATHS])
def test_a_path_answers(serve: Serve, model: Path, method: str, path: str, status: int) -> None:
    answer = serve(model)(path=path, method=method)
    assert (answer[0], answer[2]) == (status, b"")


def test_execution_parameters(serve: Serve, model: Path) -> None:
    expected = f'{{"MaxConcurrentTransforms": {os.cpu_count()}, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}}'
    assert serve(model)(path="/execution-parameters", method="GET") == (200, "application/json", expected.encode())


# id, Content-Type (None: absent), body, the scores' bytes
ACCEPTED_BODIES: list[tuple[str, str | None, bytes, bytes]] = [
    ("csv", "text/csv", TWO_ROWS, TWO_SCORES),
    ("one row", "text/csv", b"1,5", b"3.0\n"),
    ("a charset", "text/csv; charset=utf-8", TWO_ROWS, TWO_SCORES),
    ("label_size 1", "text/csv;label_size=1", TWO_ROWS, TWO_SCORES),
    ("CRLF", "text/csv", b"0,5\r\n1,5\r\n", TWO_SCORES),
    ("semicolons", "text/csv", b"0;5\n1;5\n", TWO_SCORES),
    ("spaces", "text/csv", b"0 5\n1 5\n", TWO_SCORES),
    ("an empty cell is missing", "text/csv", b"0,\n1,\n", TWO_SCORES),
    ("libsvm", "text/libsvm", b"0:0 1:5\n0:1 1:5\n", TWO_SCORES),
    ("x-libsvm", "text/x-libsvm", b"9 0:0 1:5\n9 0:1 1:5\n", TWO_SCORES),
    ("no content type is libsvm", None, b"0:0 1:5\n0:1 1:5\n", TWO_SCORES),
]


@pytest.mark.parametrize(
    ("content_type", "body", "scores"), [row[1:] for row in ACCEPTED_BODIES], ids=[row[0] for row in ACCEPTED_BODIES]
)
def test_a_body_is_scored(serve: Serve, model: Path, content_type: str | None, body: bytes, scores: bytes) -> None:
    headers = {"Content_Type": content_type} if content_type else {}
    assert serve(model)(body, **headers) == (200, CSV_ANSWER, scores)


def test_too_few_columns_are_scored_all_the_same(serve: Serve, lay: Callable[..., Path]) -> None:
    folder = lay({}, {"train/0.csv": "1,0,5,7\n3,1,5,7\n" * 10})
    train(folder, Version("3.2-0"))
    assert serve(folder)(TWO_ROWS, Content_Type="text/csv") == (200, CSV_ANSWER, TWO_SCORES)


LOADING = "Loading csv data failed with Exception, please ensure data is in csv format:\n <class "
# id, Content-Type (None: absent), body, status and how the answer's body begins
REFUSED_BODIES: list[tuple[str, str | None, bytes, tuple[int, str]]] = [
    ("a header row", "text/csv", b"a,b\n0,5\n", (415, LOADING)),
    ("a text cell", "text/csv", b"0,x\n", (415, LOADING)),
    ("ragged rows", "text/csv", b"0,5\n1\n", (415, LOADING)),
    ("a blank line inside", "text/csv", b"0,5\n\n1,5\n", (415, LOADING)),
    ("a BOM", "text/csv", b"\xef\xbb\xbf0,5\n", (415, LOADING)),
    ("bad UTF-8", "text/csv", b"0,\xff\n", (415, LOADING)),
    ("a lone newline", "text/csv", b"\n", (415, LOADING)),
    (
        "json",
        "application/json",
        b"[0, 5]",
        (415, "application/json is not an accepted ContentType: csv, libsvm, parquet"),
    ),
    ("parquet", "application/x-parquet", b"PAR1", (415, "")),
    (
        "label_size 0",
        "text/csv;label_size=0",
        TWO_ROWS,
        (415, "text/csv;label_size=0 is not an accepted csv ContentType."),
    ),
    ("csv without content type", None, TWO_ROWS, (415, "Loading libsvm data failed with Exception")),
    ("too many columns", "text/csv", b"1,0,5\n", (400, "Unable to evaluate payload provided: ")),
    ("nothing", "text/csv", b"", (204, "")),
    ("too long", "text/csv", b"1" * 6_291_457, (413, "")),
]


@pytest.mark.parametrize(
    ("content_type", "body", "expected"), [row[1:] for row in REFUSED_BODIES], ids=[row[0] for row in REFUSED_BODIES]
)
def test_a_body_is_refused(
    serve: Serve, model: Path, content_type: str | None, body: bytes, expected: tuple[int, str]
) -> None:
    headers = {"Content_Type": content_type} if content_type else {}
    answer = serve(model)(body, **headers)
    assert (answer[0], answer[2].decode()[: len(expected[1])]) == expected


def test_too_many_columns_are_named(serve: Serve, model: Path) -> None:
    body = serve(model)(b"1,0,5\n", Content_Type="text/csv")[2].decode()
    assert "Number of columns does not match number of features in booster." in body


# id, Accept, status, Content-Type, how the body begins
ACCEPTS = [
    ("anything", "*/*", (200, CSV_ANSWER, "1.0\n3.0\n")),
    ("csv", "text/csv", (200, CSV_ANSWER, "1.0\n3.0\n")),
    ("json", "application/json", (200, "application/json", '{"predictions": [{"score": 1.0}, {"score": 3.0}]}')),
    ("jsonlines", "application/jsonlines", (500, "text/html; charset=utf-8", "")),
    ("recordio", "application/x-recordio-protobuf", (500, "text/html; charset=utf-8", "")),
    ("html", "text/html", (406, "text/html; charset=utf-8", "Accept type text/html is not supported")),
]


@pytest.mark.parametrize(("accept", "expected"), [row[1:] for row in ACCEPTS], ids=[row[0] for row in ACCEPTS])
def test_an_accept_header_is_answered(serve: Serve, model: Path, accept: str, expected: tuple[int, str, str]) -> None:
    answer = serve(model)(TWO_ROWS, Content_Type="text/csv", Accept=accept)
    assert (*answer[:2], answer[2].decode()[: len(expected[2])]) == expected


def test_batch_transform_gets_lines_whatever_it_accepts(
    serve: Serve, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEMAKER_BATCH", "true")
    assert serve(model)(TWO_ROWS, Content_Type="text/csv", Accept="application/json")[2] == TWO_SCORES


def test_the_default_answer_is_a_variable(serve: Serve, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json")
    body = serve(model)(TWO_ROWS, Content_Type="text/csv", Accept="*/*")[2]
    assert body == b'{"predictions": [{"score": 1.0}, {"score": 3.0}]}'


def test_the_longest_body_is_a_variable(serve: Serve, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_CONTENT_LENGTH", "5")
    assert serve(model)(TWO_ROWS, Content_Type="text/csv")[0] == 413


@pytest.mark.parametrize(("version", "answer"), [("0.72", b"1.0,3.0"), ("1.2-1", b"1.0,3.0"), ("1.2-2", TWO_SCORES)])
def test_old_images_join_scores_with_commas(serve: Serve, model: Path, version: str, answer: bytes) -> None:
    assert serve(model, version)(TWO_ROWS, Content_Type="text/csv") == (200, CSV_ANSWER, answer)


def test_the_first_image_takes_csv_for_granted(serve: Serve, model: Path) -> None:
    assert serve(model, "0.72")(TWO_ROWS, Accept="application/json") == (200, CSV_ANSWER, b"1.0,3.0")


def test_images_with_pickles_count_columns(serve: Serve, model: Path) -> None:
    status, _, body = serve(model, "1.2-2")(b"1,0,5\n", Content_Type="text/csv")
    assert (status, body.decode()) == (
        400,
        "Unable to evaluate payload provided: Feature size of csv inference data 3 is not consistent "
        "with feature size of trained model 2",
    )


def test_several_outputs_a_row_are_joined_with_commas(serve: Serve, lay: Callable[..., Path]) -> None:
    rows = "0,0,5\n1,1,5\n" * 10
    folder = lay({"objective": "multi:softprob", "num_class": "2", "num_round": "1"}, {"train/0.csv": rows})
    train(folder, Version("3.2-0"))
    lines = serve(folder)(TWO_ROWS, Content_Type="text/csv")[2].decode().splitlines()
    assert [len(line.split(",")) for line in lines] == [2, 2]


def test_another_file_beside_the_model_fails_the_ping(serve: Serve, model: Path) -> None:
    (model / "model" / "metrics.json").write_text("{}")
    send = serve(model)
    assert send(path="/ping", method="GET")[0] == 500
    assert send(TWO_ROWS, Content_Type="text/csv")[0] == 500


def test_another_file_does_no_harm_without_ensemble(serve: Serve, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (model / "model" / "metrics.json").write_text("{}")
    monkeypatch.setenv("SAGEMAKER_INFERENCE_ENSEMBLE", "false")
    assert serve(model)(TWO_ROWS, Content_Type="text/csv")[2] == TWO_SCORES


@pytest.mark.parametrize("name", ["code/inference.py", ".hidden"])
def test_folders_and_hidden_files_beside_the_model_are_ignored(serve: Serve, model: Path, name: str) -> None:
    (model / "model" / "code").mkdir()
    (model / "model" / name).write_text("")
    assert serve(model)(path="/ping", method="GET")[0] == 200


def test_two_models_answer_their_mean(serve: Serve, model: Path, lay: Callable[..., Path]) -> None:
    first = (model / "model" / "xgboost-model").read_bytes()
    (model / "input" / "config").rename(model / "old-config")
    (model / "staging").rename(model / "old-staging")
    folder = lay({}, {"train/0.csv": "3,0,5\n3,1,5\n" * 10})
    train(folder, Version("3.2-0"))
    (folder / "model" / "xgboost-model-1").write_bytes(first)
    assert serve(folder)(TWO_ROWS, Content_Type="text/csv")[2] == b"2.0\n3.0\n"


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

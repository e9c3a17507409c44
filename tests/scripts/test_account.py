"""What goes wrong on the way to AWS is one line, with the command that mends it."""

import errno
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import proxy_bypass

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError, ProfileNotFound

import account
from account import WorkshopError

SCRIPTS = Path(account.__file__).parent
ON_AWS = [
    "deploy.py prep",
    "deploy.py pipeline",
    "upload.py",
    "stage_data.py",
    "release.py",
    "teardown.py",
    "-m status",
]


def client_error(code: str, message: str = "said AWS") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (NoCredentialsError(), "run `aws configure`"),
        (NoRegionError(), "run `export AWS_REGION=us-east-1`"),
        (ProfileNotFound(profile="me"), "run `aws configure list-profiles`"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "`make local`"),
        (client_error("ExpiredToken"), "sign in again"),
        (client_error("InvalidClientTokenId"), "run `aws configure`"),
    ],
)
def test_an_error_comes_with_what_mends_it(error: Exception, remedy: str) -> None:
    line = account.explain(error)
    assert remedy in line
    assert str(error).rstrip(".") in line
    assert "\n" not in line


def test_any_other_error_is_told_as_it_is() -> None:
    assert account.explain(client_error("AccessDenied", "two\nlines")) == (
        "An error occurred (AccessDenied) when calling the Operation operation: two lines"
    )


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (WorkshopError("what to do"), 1, "what to do\n"),
        (
            client_error("AccessDenied"),
            1,
            "An error occurred (AccessDenied) when calling the Operation operation: said AWS\n",
        ),
        (
            KeyboardInterrupt(),
            130,
            "Interrupted. What AWS had begun goes on; the same command takes it up again.\n",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "build/report.html.new"),
            1,
            "build/report.html.new: Permission denied. Mend that, then the same command again\n",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            1,
            "This machine's disk: No space left on device. Mend that, then the same command again\n",
        ),
    ],
)
def test_a_script_ends_in_one_line(
    raised: BaseException, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> int:
        raise raised

    assert account.run(work) == status
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("raised", [ZeroDivisionError(), OSError(errno.EBADF, "Bad file descriptor")])
def test_an_error_of_ours_is_not_hidden(raised: Exception) -> None:
    def work() -> int:
        raise raised

    with pytest.raises(type(raised)):
        account.run(work)


def run(script: str, **environment: str) -> tuple[int, str, str]:
    """Run a script as make does, in an environment that holds nothing of this machine's."""
    ran = subprocess.run(
        [sys.executable, *script.split()],
        cwd=SCRIPTS,
        env={"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nowhere", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize("script", ON_AWS)
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "SUFFIX is missing"),
        ({"SUFFIX": "Bad-Suffix"}, "SUFFIX=Bad-Suffix: expected 2 to 16 lower-case letters and digits"),
        ({"SUFFIX": "me42"}, "aws configure"),
    ],
)
def test_a_script_names_what_is_missing(script: str, environment: dict[str, str], words: str) -> None:
    status, out, err = run(script, **environment)
    assert (status, out) == (1, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_missing_region_is_named() -> None:
    _, _, err = run("release.py", SUFFIX="me42", AWS_ACCESS_KEY_ID="AKIA0", AWS_SECRET_ACCESS_KEY="0")
    assert "export AWS_REGION=us-east-1" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_account_region_and_endpoint_are_said_first(
    local_aws: Any, variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in local_aws.administrator.environment("eu-west-1").items():
        monkeypatch.setenv(name, value)
    for name in {"AWS_REGION", "AWS_DEFAULT_REGION"} - {variable}:
        monkeypatch.delenv(name)
    here = account.connect()
    assert (here.id, here.region) == ("123456789012", "eu-west-1")
    said = capsys.readouterr().out
    assert said.startswith("Account 123456789012, region eu-west-1, endpoint http://127.0.0.1:")


@pytest.mark.parametrize("others", ["", "corp.example.com"])
@pytest.mark.parametrize("variables", [("HTTP_PROXY", "NO_PROXY"), ("http_proxy", "no_proxy")])
def test_a_proxy_does_not_hide_the_aws_of_this_machine(
    local_aws: Any, variables: tuple[str, str], others: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = local_aws.administrator.environment("us-east-1")
    for name, value in {**settings, variables[0]: "http://127.0.0.1:9", variables[1]: others}.items():
        monkeypatch.setenv(name, value)
    account.connect()
    assert proxy_bypass("corp.example.com") == bool(others)
    assert not proxy_bypass("s3.us-east-1.amazonaws.com")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_no_name_of_this_machine_is_left_to_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    account.keep_loopback_from_proxies(os.environ)
    assert proxy_bypass(f"{host}:4566")


def test_no_proxy_for_all_stays_so() -> None:
    environ = {"NO_PROXY": "*"}
    account.keep_loopback_from_proxies(environ)
    assert environ == {"NO_PROXY": "*"}


class Throttling(BaseHTTPRequestHandler):
    """Refuses the first five calls, and answers the sixth."""

    calls = 0

    def do_POST(self) -> None:
        type(self).calls += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = (200, _IDENTITY) if self.calls == 6 else (500, b"")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_IDENTITY = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
    b"<Arn>arn:aws:iam::123456789012:user/me</Arn>"
    b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def test_a_service_that_is_busy_for_a_while_is_asked_again(local_aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Throttling) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, value in local_aws.administrator.environment("us-east-1").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        assert account.connect().id == "123456789012"
        server.shutdown()


def test_delays_begin_short_and_grow_to_the_longest() -> None:
    delays = account.delays(longest=3.0)
    first = [next(delays) for _ in range(20)]
    assert first[0] < 0.1
    assert first == sorted(first)
    assert first[-1] == 3.0


def test_a_reader_that_goes_early_is_no_traceback() -> None:
    """As in `make release | head -1`."""
    code = "import account; account.run(lambda: print('x' * 10**6, flush=True) or 0)"
    script = subprocess.Popen(
        [sys.executable, "-c", code], cwd=SCRIPTS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert script.stdout
    assert script.stderr
    script.stdout.close()
    assert script.stderr.read() == ""
    script.wait()

"""What commands find around them: variables, their own folder and Python, the role's credentials."""

import importlib.metadata
import importlib.util
import io
import json
import os
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Client = Callable[[str], Any]
Build = dict[str, Any]


def spec(*commands: str, env: str = "") -> str:
    lines = "".join(f"      - {json.dumps(command)}\n" for command in commands)
    return f"version: 0.2\n{env}phases:\n  build:\n    commands:\n{lines}"


def ended(pid: int) -> bool:
    """Return whether a process has ended, also if nobody has asked how."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture
def printed(
    run: Callable[..., Build], project: Callable[..., str], output: Callable[[Build], list[str]]
) -> Callable[..., list[str]]:
    """A function that runs a buildspec's text and returns what it printed; parameters are StartBuild's."""
    return lambda text, **overrides: output(run(project(text), **overrides))


@pytest.fixture
def parameter(client: Client) -> str:
    """The name of a secret parameter, whose value is "hush"."""
    name = f"/build/{uuid.uuid4().hex[:8]}"
    client("ssm").put_parameter(Name=name, Value="hush", Type="SecureString")
    return name


def test_a_command_begins_where_the_last_one_ended(printed: Callable[..., list[str]]) -> None:
    text = """
        version: 0.2
        phases:
          install:
            commands: [mkdir -p sub/deep, cd sub/deep, export WORD="two words", PLAIN=gone]
          post_build:
            commands: [basename "$PWD", 'echo "$WORD$PLAIN"']
    """
    assert printed(text) == ["deep", "two words"]


def test_a_command_may_have_lines(printed: Callable[..., list[str]]) -> None:
    assert printed(spec("for word in a b\ndo echo $word\ndone"))[-2:] == ["a", "b"]


def test_bash_runs_the_commands_that_ask_for_it(printed: Callable[..., list[str]]) -> None:
    words = "words=(a b); echo ${words[1]}"
    assert printed(spec(words, env="env:\n  shell: bash\n")) == ["b"]


def test_the_last_word_on_a_variable_is_start_builds(
    run: Callable[..., Build], project: Callable[..., str], output: Callable[[Build], list[str]]
) -> None:
    def variables(*names: str, of: str) -> list[dict[str, str]]:
        return [{"name": name, "value": of} for name in names]

    env = "env:\n  variables: {A: spec, B: spec, C: spec, D: 1.10}\n"
    source = {"type": "NO_SOURCE", "buildspec": spec("echo $A $B $C $D", env=env)}
    environment = {
        "type": "LINUX_CONTAINER",
        "image": "aws/codebuild/standard:7.0",
        "computeType": "BUILD_GENERAL1_SMALL",
        "environmentVariables": variables("B", "C", of="project"),
    }
    build = run(
        project(source=source, environment=environment), environmentVariablesOverride=variables("C", of="start")
    )
    assert output(build) == ["spec project start 1.10"]


def test_parameters_are_read_and_hidden_in_the_log(printed: Callable[..., list[str]], parameter: str) -> None:
    env = f"env:\n  parameter-store:\n    WORD: {parameter}\n"
    assert printed(spec("echo $WORD ${#WORD}", env=env)) == ["*** 4"]
    override = [{"name": "OTHER", "value": parameter, "type": "PARAMETER_STORE"}]
    assert printed(spec('echo "$OTHER" | rev'), environmentVariablesOverride=override) == ["hsuh"]


def test_a_missing_parameter_fails_the_build(
    built: Callable[..., Build],
) -> None:
    env = "env:\n  parameter-store:\n    WORD: /no/such\n"
    failed = built(spec("true", env=env))["phases"][-3]
    assert (failed["phaseType"], failed["phaseStatus"]) == ("DOWNLOAD_SOURCE", "FAILED")
    assert failed["contexts"] == [
        {"statusCode": "Decrypted Variables Error", "message": "parameter does not exist: /no/such"}
    ]


def test_variables_are_exported(
    built: Callable[..., Build],
) -> None:
    env = "env:\n  variables: {A: first}\n  exported-variables: [A, B, NEVER]\n"
    build = built(spec("export A=last", 'export B="$(printf "x\\ny")"', env=env))
    found = {each["name"]: each["value"] for each in build["exportedEnvironmentVariables"]}
    assert found == {"A": "last", "B": "x\ny"}


def test_codebuild_says_what_it_runs(printed: Callable[..., list[str]]) -> None:
    names = ["BUILD_ID", "BUILD_NUMBER", "BUILD_IMAGE", "BUILD_SUCCEEDING", "INITIATOR", "LOG_PATH"]
    found = dict(
        zip(names, printed(spec(*(f"echo $CODEBUILD_{name}" for name in names)), sourceVersion="x"), strict=True)
    )
    assert found["BUILD_ID"].partition(":")[2] == found["LOG_PATH"]
    assert (found["BUILD_NUMBER"], found["BUILD_SUCCEEDING"], found["INITIATOR"]) == ("1", "1", "local")
    assert found["BUILD_IMAGE"].startswith("aws/codebuild/")


def test_commands_act_as_the_service_role(printed: Callable[..., list[str]], role: str) -> None:
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    session = printed(spec("echo $CODEBUILD_BUILD_ID", f'python -c "{code}"'))
    uuid_of_build = session[0].partition(":")[2]
    assert session[1].endswith(f":assumed-role/{role.rpartition('/')[2]}/AWSCodeBuild-{uuid_of_build}")


def test_credentials_are_not_in_the_log(printed: Callable[..., list[str]]) -> None:
    lines = printed(spec("env | grep -c AWS_SECRET", "env | grep AWS_ | grep -v REGION | grep -v URL | sort"))
    assert lines == ["1", "AWS_ACCESS_KEY_ID=***", "AWS_SECRET_ACCESS_KEY=***", "AWS_SESSION_TOKEN=***"]


def test_the_environment_is_clean(printed: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "private")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert printed(spec("env | grep -c -e ^MINE= -e ^AWS_PROFILE= -e ^MOTO_ || true")) == ["0"]


def wheel() -> bytes:
    """Return a wheel with one module, ``tinyone``."""
    buffer, about = io.BytesIO(), "tinyone-1.0.dist-info"
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("tinyone.py", "WORD = 'tiny'\n")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tinyone\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return buffer.getvalue()


@pytest.mark.slow
def test_what_a_build_installs_is_its_own(
    client: Client, bucket: str, built: Callable[..., Build], output: Callable[[Build], list[str]]
) -> None:
    name = "tinyone-1.0-py3-none-any.whl"
    client("s3").put_object(Bucket=bucket, Key=f"wheels/{name}", Body=wheel())
    code = "import boto3, tinyone; print(tinyone.WORD, tinyone.__file__)"
    text = spec(f"pip install --no-index --quiet ./{name} boto3", f'python -c "{code}"')
    build = built(source={"type": "S3", "location": f"{bucket}/wheels/", "buildspec": text})
    word, place = output(build)[-1].split()
    assert word == "tiny"
    assert not Path(place).exists()
    assert importlib.util.find_spec("tinyone") is None


@pytest.mark.slow
def test_pins_that_are_here_are_installed_without_a_network(built: Callable[..., Build]) -> None:
    pins = "\\n".join(f"{name}=={importlib.metadata.version(name)}" for name in ("boto3", "pytest", "PyYAML"))
    env = "env:\n  variables: {PIP_INDEX_URL: 'http://127.0.0.1:9/simple/', PIP_RETRIES: '0'}\n"  # nobody is there
    text = spec(f"printf '{pins}' > pins.txt", "pip install -r pins.txt", "pytest --version", env=env)
    assert built(text)["buildStatus"] == "SUCCEEDED"
    missing = spec("pip install tinyone==1.0", env=env)
    assert built(missing)["buildStatus"] == "FAILED"


def test_nothing_of_a_build_is_left(printed: Callable[..., list[str]]) -> None:
    # What it started in the background, too: the shell that runs a command ends, its child does not.
    pid, source, home = printed(spec("sleep 600 & echo $!", "echo $CODEBUILD_SRC_DIR", "echo $HOME"))
    assert not Path(source).exists()
    assert not Path(home).exists()
    assert ended(int(pid))

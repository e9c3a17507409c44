"""An invocation runs the zip's code, with its environment, its role and its context, and answers as AWS does."""

import base64
import io
import json
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
Create = Callable[..., str]


def call(client: Client, name: str, event: Any = None, **options: Any) -> Any:
    """Invoke a function and return its answer."""
    answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **options)
    return json.loads(answer["Payload"].read())


def test_a_handler_gets_the_event_and_answers_json(client: Client, create_function: Create) -> None:
    name = create_function("def handler(event, context):\n    return {'twice': event['n'] * 2}\n")
    answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps({"n": 21}))
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == {"twice": 42}


def test_the_context_says_what_runs_and_for_how_long(client: Client, create_function: Create) -> None:
    name = create_function(
        """
        def handler(event, c):
            return [c.function_name, c.memory_limit_in_mb, c.function_version, c.invoked_function_arn, c.log_group_name,
                    c.log_stream_name[10:20], len(c.aws_request_id), c.get_remaining_time_in_millis()]
        """,
        Timeout=7,
        MemorySize=256,
    )
    *told, remaining = call(client, name)
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert told == [name, "256", "$LATEST", arn, f"/aws/lambda/{name}", "/[$LATEST]", 36]
    assert 0 < remaining <= 7000


def test_the_environment_is_the_functions_own(
    client: Client, create_function: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:3128")
    for _ in range(2):  # the first may take a process that started before, the second takes one that started since
        name = create_function(
            "import os\n"
            "def handler(event, context):\n    return [dict(os.environ), open('/proc/self/environ').read()]\n",
            Environment={"Variables": {"COLOUR": "red"}},
        )
        variables, at_start = call(client, name)
    assert variables["COLOUR"] == "red"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert variables["AWS_REGION"] == "us-east-1"
    assert variables["_HANDLER"] == "lambda_code.handler"
    assert not {"AWS_MAX_ATTEMPTS", "HTTPS_PROXY", "PYTHONPATH"} & set(variables)
    assert "192.0.2.1" not in at_start


def test_module_level_clients_act_as_the_functions_role(client: Client, create_function: Create) -> None:
    name = create_function("""
        import boto3
        identity = boto3.client("sts").get_caller_identity()["Arn"]
        def handler(event, context):
            return identity
    """)
    role = client("lambda").get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]
    assert call(client, name) == f"arn:aws:sts::123456789012:assumed-role/{role}/{name}"


@pytest.mark.parametrize("module", ["localaws", "moto", "numpy", "pytest"])
def test_what_a_lambda_runtime_lacks_cannot_be_imported(client: Client, create_function: Create, module: str) -> None:
    name = create_function(f"import {module}\ndef handler(event, context):\n    return 1\n")
    assert call(client, name)["errorMessage"] == f"Unable to import module 'lambda_code': No module named '{module}'"


def test_files_of_the_zip_are_in_the_working_directory(
    client: Client, create_function: Create, zipped: Callable[[dict[str, str]], bytes]
) -> None:
    files = {
        "src/entry.py": "from helper import WORD\ndef handler(event, c):\n    return WORD + open('a.txt').read()\n",
        "helper.py": "WORD = 'helped'\n",
        "a.txt": "text",
    }
    name = create_function("", Code={"ZipFile": zipped(files)}, Handler="src/entry.handler")
    assert call(client, name) == "helpedtext"


def test_a_second_invocation_finds_the_process_warm(client: Client, create_function: Create) -> None:
    name = create_function(
        "import os\nn = 0\ndef handler(e, c):\n    global n\n    n += 1\n    return [os.getpid(), n]\n"
    )
    first, second = call(client, name), call(client, name)
    assert second == [first[0], 2]


def test_new_code_is_run_by_the_next_invocation(
    client: Client, create_function: Create, zipped: Callable[[dict[str, str]], bytes]
) -> None:
    name = create_function("def handler(event, context):\n    return 'old'\n")
    assert call(client, name) == "old"
    newer = zipped({"lambda_code.py": "def handler(event, context):\n    return 'new'\n"})
    client("lambda").update_function_code(FunctionName=name, ZipFile=newer)
    assert call(client, name) == "new"


def test_a_new_configuration_is_used_by_the_next_invocation(client: Client, create_function: Create) -> None:
    name = create_function("import os\ndef handler(event, context):\n    return os.environ.get('COLOUR')\n")
    assert call(client, name) is None
    client("lambda").update_function_configuration(FunctionName=name, Environment={"Variables": {"COLOUR": "blue"}})
    assert call(client, name) == "blue"


def test_a_function_made_again_runs_with_the_new_functions_credentials(
    client: Client,
    create_function: Create,
    create_role: Callable[[str], str],
    zipped: Callable[[dict[str, str]], bytes],
) -> None:
    name = create_function("import os\ndef handler(event, context):\n    return os.environ['AWS_ACCESS_KEY_ID']\n")
    settings = client("lambda").get_function_configuration(FunctionName=name)
    before = call(client, name)
    client("lambda").delete_function(FunctionName=name)
    source = "import os\ndef handler(event, context):\n    return os.environ['AWS_ACCESS_KEY_ID']\n"
    client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="lambda_code.handler",
        Role=settings["Role"],
        Code={"ZipFile": zipped({"lambda_code.py": source})},
    )
    assert call(client, name) != before


# What a handler does, and the error document that AWS's runtime makes of it.
FAILURES = {
    "raises": (
        "def handler(event, context):\n    raise KeyError('colour')\n",
        {"errorType": "KeyError", "errorMessage": "'colour'"},
    ),
    "returns what JSON cannot say": (
        "def handler(event, context):\n    return {1, 2}\n",
        {
            "errorType": "Runtime.MarshalError",
            "errorMessage": "Unable to marshal response: Object of type set is not JSON serializable",
        },
    ),
    "has no such name": (
        "def other(event, context):\n    pass\n",
        {
            "errorType": "Runtime.HandlerNotFound",
            "errorMessage": "Handler 'handler' missing on module 'lambda_code'",
        },
    ),
    "is not Python": (
        "def handler(:\n",
        {"errorType": "Runtime.UserCodeSyntaxError"},
    ),
    "raises while it is imported": (
        "import os\nos.environ['MISSING']\n",
        {"errorType": "KeyError", "errorMessage": "'MISSING'"},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("source", "expected"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_an_error_document(
    client: Client, create_function: Create, source: str, expected: dict[str, str]
) -> None:
    name = create_function(source)
    for _ in "twice":  # a failed import is tried again, since its process has ended
        answer = client("lambda").invoke(FunctionName=name)
        assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
        assert expected.items() <= json.loads(answer["Payload"].read()).items()


def test_a_stack_trace_begins_in_the_handler(client: Client, create_function: Create) -> None:
    name = create_function("def handler(event, context):\n    return deeper()\n\ndef deeper():\n    return 1 / 0\n")
    trace = call(client, name)["stackTrace"]
    assert [line.partition("\n")[0].split(", ")[1:] for line in trace] == [
        ["line 2", "in handler"],
        ["line 5", "in deeper"],
    ]


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("sys.exit(3)", "with error: exit status 3"),
        ("sys.exit(0)", "without providing a reason"),
        ("os._exit(7)", "with error: exit status 7"),
        ("os.kill(os.getpid(), 9)", "with error: signal: killed"),
    ],
)
def test_a_process_that_ends_is_an_exit_error(
    client: Client, create_function: Create, ending: str, reason: str
) -> None:
    name = create_function(
        f"import os, sys\ndef handler(event, context):\n    if event:\n        {ending}\n    return 'well'\n"
    )
    answer = client("lambda").invoke(FunctionName=name, Payload="1")
    document = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert document["errorType"] == "Runtime.ExitError"
    assert document["errorMessage"].endswith(f"Error: Runtime exited {reason}")
    assert call(client, name) == "well"


def test_a_function_that_takes_too_long_is_killed(client: Client, create_function: Create) -> None:
    name = create_function(
        "import subprocess, time\ndef handler(event, context):\n"
        "    if event:\n        subprocess.Popen(['sleep', '600'])\n        time.sleep(600)\n    return 'quick'\n",
        Timeout=1,
    )
    answer = client("lambda").invoke(FunctionName=name, Payload="1")
    assert answer["FunctionError"] == "Unhandled"
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert json.loads(answer["Payload"].read()) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds",
    }
    assert call(client, name) == "quick"


def test_an_invocation_in_flight_has_a_process_of_its_own(
    client: Client, create_function: Create, tmp_path: Any
) -> None:
    gate = tmp_path / "gate"
    name = create_function(
        "import os, time\ndef handler(event, context):\n"
        "    open(event['mark'], 'w').close()\n"
        "    while event['wait'] and not os.path.exists(event['wait']):\n        time.sleep(0.01)\n"
        "    return os.getpid()\n"
    )
    answers: list[int] = []
    event = {"mark": str(tmp_path / "began"), "wait": str(gate)}
    waiting = threading.Thread(target=lambda: answers.append(call(client, name, event)))
    waiting.start()
    deadline = time.monotonic() + 20
    while not (tmp_path / "began").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    other = call(client, name, {"mark": str(tmp_path / "second"), "wait": ""})
    gate.touch()
    waiting.join(timeout=20)
    assert answers
    assert answers[0] != other


def test_a_dry_run_runs_nothing(client: Client, create_function: Create) -> None:
    name = create_function("def handler(event, context):\n    raise RuntimeError\n")
    answer = client("lambda").invoke(FunctionName=name, InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert answer["Payload"].read() == b""


def test_a_published_version_runs_its_own_code(
    client: Client, create_function: Create, zipped: Callable[[dict[str, str]], bytes]
) -> None:
    name = create_function("def handler(event, context):\n    return ['old', context.function_version]\n")
    client("lambda").publish_version(FunctionName=name)
    newer = zipped({"lambda_code.py": "def handler(event, context):\n    return ['new', context.function_version]\n"})
    client("lambda").update_function_code(FunctionName=name, ZipFile=newer)
    assert call(client, name, Qualifier="1") == ["old", "1"]
    assert call(client, name) == ["new", "$LATEST"]


REFUSED_PAYLOADS = [
    ("RequestResponse", b"{not json", "InvalidRequestContentException"),
    ("Event", b'"' + b"x" * 1024 * 1024 + b'"', "RequestTooLargeException"),
    ("RequestResponse", b'"' + b"x" * 6 * 1024 * 1024 + b'"', "RequestTooLargeException"),
]


@pytest.mark.parametrize(("kind", "payload", "code"), REFUSED_PAYLOADS)
def test_a_payload_is_refused(client: Client, create_function: Create, kind: str, payload: bytes, code: str) -> None:
    name = create_function("def handler(event, context):\n    return 1\n")
    with pytest.raises(ClientError) as refused:
        client("lambda").invoke(FunctionName=name, InvocationType=kind, Payload=io.BytesIO(payload))
    assert refused.value.response["Error"]["Code"] == code


def test_an_unknown_function_is_not_found(client: Client) -> None:
    with pytest.raises(ClientError) as refused:
        client("lambda").invoke(FunctionName="nobody")
    error = refused.value.response["Error"]
    assert error["Code"] == "ResourceNotFoundException"
    assert error["Message"] == "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody"


def test_a_role_that_trusts_lambda_no_more_fails_the_invocation(
    client: Client, create_function: Create, create_role: Callable[[str], str]
) -> None:
    role = create_role("lambda")
    name = create_function("def handler(event, context):\n    return 1\n", Role=role)
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    nobody = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("iam").update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=nobody)
    with pytest.raises(ClientError) as refused, warnings.catch_warnings(record=True) as warned:
        call(client, name)
    assert [str(warning.message) for warning in warned if "error shape" in str(warning.message)] == []
    assert refused.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": "The role defined for the function cannot be assumed by Lambda.",
    }


def test_the_tail_of_the_log_comes_with_the_answer(client: Client, create_function: Create) -> None:
    name = create_function("def handler(event, context):\n    print('printed')\n")
    answer = client("lambda").invoke(FunctionName=name, LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert lines[:3] == [f"START RequestId: {request_id} Version: $LATEST", "printed", f"END RequestId: {request_id}"]
    assert lines[3].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert "Init Duration: " in lines[3]


def test_a_kind_of_invocation_that_is_none_is_refused(client: Client, create_function: Create) -> None:
    with pytest.raises(ClientError) as refused:
        client("lambda").invoke(FunctionName=create_function(""), InvocationType="Later")
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: Member"
        " must satisfy enum value set: [Event, RequestResponse, DryRun]",
    }

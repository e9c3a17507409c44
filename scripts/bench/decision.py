"""How long local AWS takes to decide about a request: signature, caller, policies, without the service itself."""

import json
import statistics
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

DECISIONS = 500


def median() -> float:
    """Return the median time, in seconds, that the gate takes for a request that it lets pass."""
    from localaws.gate.middleware import Gate
    from localaws.server import LocalAWS

    with LocalAWS() as aws:
        gate, environ = Gate(lambda _environ, _start_response: []), _signed_request(aws.administrator.client)
        return statistics.median(_seconds(lambda: gate(dict(environ), None)) for _ in range(DECISIONS))


def _signed_request(client: Callable[[str, str], object]) -> dict[str, object]:
    """Return a signed request for an object of a bucket with a policy, as the server would hand it on."""
    from werkzeug.test import EnvironBuilder

    s3: Any = client("s3", "us-east-1")
    s3.create_bucket(Bucket="bench")
    s3.put_object(Bucket="bench", Key="a", Body=b"")
    unless_tls = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::bench/*"}
    policy = {"Version": "2012-10-17", "Statement": [deny | {"Condition": unless_tls}]}
    s3.put_bucket_policy(Bucket="bench", Policy=json.dumps(policy))
    sent: list[Any] = []
    s3.meta.events.register("before-send.s3.GetObject", lambda request, **_: sent.append(request))
    s3.get_object(Bucket="bench", Key="a")
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in sent[0].headers.items()}
    host = urlsplit(sent[0].url).netloc
    built = EnvironBuilder("/bench/a", f"http://{host}", headers=headers)
    return built.get_environ() | {"RAW_URI": "/bench/a", "REMOTE_ADDR": "127.0.0.1"}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

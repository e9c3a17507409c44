"""Local AWS answers on loopback, to signed requests of keys it issued, and to nobody else."""

import socket
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore import xform_name
from botocore.exceptions import ClientError

from localaws import loopback, server
from localaws.wire import Credentials

IPV6 = socket.has_ipv6 and Path("/proc/net/if_inet6").is_file()


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Host": "evil.example"}, "Local AWS answers on loopback only, not as 'evil.example'."),
        ({"Host": "127.0.0.1.evil.example"}, "Local AWS answers on loopback only, not as '127.0.0.1.evil.example'."),
        ({"Origin": "https://evil.example"}, "answers no requests from the origin 'https://evil.example'."),
        ({"Origin": "null"}, "answers no requests from the origin 'null'."),
        ({}, "Local AWS answers signed requests only."),
    ],
)
def test_a_stranger_is_refused(local_aws: Any, headers: dict[str, str], message: str) -> None:
    answer = requests.get(local_aws.endpoint, headers=headers, timeout=10)
    assert answer.status_code == 403
    assert message in answer.text.replace("&quot;", '"')


@pytest.mark.parametrize("path", ["/moto-api/reset", "/moto-api/", "/latest/meta-data/iam/", "/v20180820/tags/x"])
def test_moto_s_own_paths_are_closed(local_aws: Any, path: str) -> None:
    answer = requests.post(local_aws.endpoint + path, timeout=10)
    assert (
        answer.status_code,
        "Local AWS has no paths of administration, instance metadata or S3 Control." in answer.text,
    ) == (403, True)


def test_no_page_of_another_origin_may_read_answers(local_aws: Any) -> None:
    answer = requests.options(local_aws.endpoint, headers={"Origin": "https://evil.example"}, timeout=10)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_it_listens_on_loopback_alone(local_aws: Any) -> None:
    port = int(local_aws.endpoint.rpartition(":")[2])
    with socket.socket() as elsewhere:
        elsewhere.bind(("127.0.0.2", port))  # free, unless the server had taken every address


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", pytest.param("[::1]", marks=pytest.mark.skipif(not IPV6, reason="no IPv6"))]
)
def test_it_answers_by_each_name_of_loopback(local_aws: Any, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localaws.wire.endpoint.url", local_aws.endpoint.replace("127.0.0.1", host))
    caller = local_aws.administrator.client("sts", "us-east-1").get_caller_identity()
    assert caller["Arn"] == "arn:aws:iam::123456789012:user/local"


def test_nobody_listens_once_it_is_closed() -> None:
    for host, listener in loopback.listeners(0).items():
        serving = server._server(host, listener, lambda _environ, _start: [])
        serving.server_close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, serving.port))


@pytest.mark.skipif(not IPV6, reason="no IPv6")
def test_a_port_that_is_taken_on_one_address_is_taken() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as stranger:
        port = stranger.getsockname()[1]
        with pytest.raises(OSError, match="Address already in use"):
            loopback.listeners(port)
    with socket.create_server(("127.0.0.1", port)):
        pass  # it let go of the other one


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("iam", "list_roles", "InvalidClientTokenId"),
        ("cloudformation", "list_stacks", "InvalidClientTokenId"),  # https://github.com/Sceptre/sceptre/issues/988
        ("sns", "list_topics", "InvalidClientTokenId"),  # https://github.com/aws/aws-sdk-js/issues/1919
        ("sagemaker", "list_models", "UnrecognizedClientException"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
    ],
)
def test_a_key_it_never_issued_is_refused(local_aws: Any, service: str, operation: str, code: str) -> None:
    stranger = Credentials("AKIAAAAAAAAAAAAAAAAA", "secret").client(service, "us-east-1")
    with pytest.raises(ClientError) as refused:
        getattr(stranger, operation)()
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("codepipeline", "ListWebhooks", {}),
        ("cloudformation", "DescribeType", {"Arn": "arn:aws:cloudformation:us-east-1::type/resource/AWS-S3-Bucket"}),
    ],
)
def test_an_unknown_operation_is_refused_by_name(client: Any, service: str, operation: str, arguments: Any) -> None:
    caller = client(service)
    with pytest.raises(ClientError) as refused:
        getattr(caller, xform_name(operation))(**arguments)
    assert refused.value.response["Error"] == {
        "Code": "NotImplemented",
        "Message": f"Local AWS does not implement {service}:{operation}.",
    } | ({"Type": "Sender"} if service == "cloudformation" else {})


@pytest.mark.parametrize(
    ("service", "operation"),
    [("ec2", "describe_instances"), ("dynamodb", "list_tables"), ("ecr", "describe_repositories")],
)
def test_a_service_that_it_does_not_have_is_refused_by_name(client: Any, service: str, operation: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client(service), operation)()
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("NotImplemented", f"Local AWS does not have the service {service}.")


@pytest.mark.parametrize("region", ["mars", "us-east-9"])
@pytest.mark.parametrize(("service", "operation"), [("codepipeline", "list_pipelines"), ("s3", "list_buckets")])
def test_a_region_that_does_not_exist_is_refused(local_aws: Any, region: str, service: str, operation: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(local_aws.administrator.client(service, region), operation)()
    assert refused.value.response["Error"]["Message"] == f"Local AWS knows no region {region!r}: us-east-1 is one."

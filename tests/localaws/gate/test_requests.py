"""A request is served as what it was authorised for; what two readers may take for two things reaches no service."""

import base64
import gzip
import hashlib
import http.client
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials
from botocore.exceptions import ClientError

from localaws.wire import Credentials

Client = Callable[[str], Any]
Send = Callable[..., requests.Response]


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/x-amz-json-1.1"}
GROUPS = JSON | {"X-Amz-Target": "Logs_20140328.DescribeLogGroups"}


@pytest.fixture
def log_group(client: Client, unique: Callable[[str], str]) -> Iterator[str]:
    """A log group."""
    name = unique("group")
    client("logs").create_log_group(logGroupName=name)
    yield name
    client("logs").delete_log_group(logGroupName=name)


def test_an_action_in_query_and_body_is_refused(client: Client, person: Any, send: Send) -> None:
    person.may({"Action": "iam:ListUsers", "Resource": "*"})
    body = b"Action=CreateUser&UserName=evil&Version=2010-05-08"
    answer = send(person.credentials, "iam", "POST", "/?Action=ListUsers", body, FORM)
    assert (answer.status_code, "given in the query and in the body" in answer.text) == (400, True)
    with pytest.raises(client("iam").exceptions.NoSuchEntityException):
        client("iam").get_user(UserName="evil")


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/", {"limit": 1, "x": "&Action=DeleteLogGroup&logGroupName={victim}&"}, {}),
        ("/", {"limit": 1}, {"Action": "DeleteLogGroup", "logGroupName": "{victim}"}),
        ("/", {"limit": 1}, {"X-HTTP-Method-Override": "DELETE"}),
        ("/", {"limit": 1}, {"X_Amz_Target": "Logs_20140328.DeleteLogGroup"}),
        ("/", {"limit": 1}, {"x-moto-account-id": "999999999999"}),
        ("/", {"limit": 1}, {"User-Agent": "x region/eu-west-1"}),
    ],
    ids=["form in JSON", "headers", "method", "underscores", "account", "region"],
)
def test_nothing_beside_the_operation_says_what_is_served(  # noqa: PLR0917 - fixtures and a row
    person: Any, log_group: str, send: Send, path: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    person.may({"Action": "logs:DescribeLogGroups", "Resource": "*"})
    text = json.dumps({"logGroupNamePrefix": log_group} | body).replace("{victim}", log_group)
    unsigned = {name: value.replace("{victim}", log_group) for name, value in headers.items()}
    answer = send(person.credentials, "logs", "POST", path, text.encode(), GROUPS, unsigned)
    assert [each["logGroupName"] for each in answer.json()["logGroups"]] == [log_group]


@pytest.mark.parametrize("query", ["Action=DeleteLogGroup&logGroupName={victim}", "x=.eu-west-1.amazonaws.com"])
def test_a_query_beside_json_is_refused(person: Any, log_group: str, send: Send, query: str) -> None:
    person.may({"Action": "logs:DescribeLogGroups", "Resource": "*"})
    path = f"/?{query.format(victim=log_group)}"
    answer = send(person.credentials, "logs", "POST", path, b"{}", GROUPS)
    assert (answer.status_code, "given in the query and in the body" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("service", "method", "path", "body", "twice"),
    [
        ("iam", "POST", "/", b"Action=GetUser&Action=ListUsers&Version=2010-05-08", "Action"),
        ("iam", "GET", "/?Action=GetUser&Action=ListUsers&Version=2010-05-08", b"", "Action"),
        ("s3", "GET", "/{bucket}?prefix=a&prefix=data", b"", "prefix"),
        ("s3", "GET", "/{bucket}/data/a.csv?versionId=null&versionId=x", b"", "versionId"),
    ],
)
def test_a_parameter_that_is_given_twice_is_refused(  # noqa: PLR0917 - fixtures and a row
    local_aws: Any, bucket: str, send: Send, service: str, method: str, path: str, body: bytes, twice: str
) -> None:
    headers = FORM if body else {}
    answer = send(local_aws.administrator, service, method, path.format(bucket=bucket), body, headers)
    assert (answer.status_code, f"{twice} is given twice" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("method", "path", "headers", "what"),
    [
        ("GET", "/{bucket}?tagging=&uploads=", {}, "GetBucketTagging has no uploads"),
        ("GET", "/{bucket}?uploads=1", {}, "ListObjects has no uploads"),
        ("GET", "/{bucket}/data/a.csv?attributes", {}, "GetObject has no attributes"),
        ("PUT", "/{bucket}/b?acl", {"x-amz-copy-source": "{bucket}/data/a.csv"}, "CopyObject has no acl"),
        ("PUT", "/{bucket}/b?tagging", {"x-amz-copy-source": "{bucket}/data/a.csv"}, "CopyObject has no tagging"),
        ("GET", "/{bucket}%2Fdata/a.csv", {}, "the name of the bucket has a slash"),
    ],
)
def test_an_operation_of_s3_that_two_readers_may_take_for_two_is_refused(  # noqa: PLR0917 - fixtures and a row
    local_aws: Any, bucket: str, send: Send, method: str, path: str, headers: dict[str, str], what: str
) -> None:
    given = {name: value.format(bucket=bucket) for name, value in headers.items()}
    answer = send(local_aws.administrator, "s3", method, path.format(bucket=bucket), b"", given)
    assert (answer.status_code, what in answer.text) == (400, True)


@pytest.mark.parametrize("header", ["acl", "tagging", "uploads", "versionId"])
def test_a_header_is_no_subresource(client: Client, person: Any, bucket: str, send: Send, header: str) -> None:
    s3 = person.may({"Action": "s3:PutObject", "Resource": "*"}).credentials
    assert send(s3, "s3", "PUT", f"/{bucket}/b", b"new", unsigned={header: "1"}).status_code == 200
    assert client("s3").get_object(Bucket=bucket, Key="b")["Body"].read() == b"new"


def test_a_function_is_whom_the_path_names(client: Client, person: Any, create_function: Any, send: Send) -> None:
    victim = create_function("handler = str")
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{victim}"
    person.may({"Action": "lambda:*", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:mine"})
    body = {"FunctionName": "mine", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    path = f"/2015-03-31/functions/{victim}/policy"
    answer = send(person.credentials, "lambda", "POST", path, json.dumps(body).encode())
    assert (answer.status_code, f"lambda:AddPermission on resource: {arn} " in answer.text) == (403, True)
    with pytest.raises(client("lambda").exceptions.ResourceNotFoundException):
        client("lambda").get_policy(FunctionName=victim)


@pytest.mark.parametrize("between", ["%2F", "%252F"], ids=["slash", "slash that is encoded twice"])
def test_a_function_is_the_whole_name_of_the_path(
    client: Client, person: Any, create_function: Any, send: Send, between: str
) -> None:
    """What serves the request looks at the end of the path, and decodes it once more."""
    function = "arn:aws:lambda:us-east-1:123456789012:function:"
    victim = create_function("handler = str")
    person.may({"Action": "lambda:*", "Resource": f"{function}mine*"})
    path = f"/2017-03-31/tags/{quote(function)}mine{between}{quote(function + victim)}"
    answer = send(person.credentials, "lambda", "POST", path, b'{"Tags": {"a": "b"}}')
    assert (answer.status_code, "slash or a percent sign" in answer.text) == (400, True)
    assert client("lambda").list_tags(Resource=function + victim)["Tags"] == {}


def test_a_presigned_request_is_served_by_the_service_it_is_signed_for(local_aws: Any, person: Any) -> None:
    request = AWSRequest("GET", f"{local_aws.endpoint}/?Action=GetCallerIdentity&Version=2011-06-15")
    key = SigningCredentials(person.credentials.access_key_id, person.credentials.secret_access_key)
    SigV4QueryAuth(key, "sts", "us-east-1", 60).add_auth(request)
    answer = requests.get(request.prepare().url, timeout=10)
    assert (answer.status_code, f"<Arn>{person.arn}</Arn>" in answer.text) == (200, True)


@pytest.mark.parametrize(
    ("path", "edit", "message"),
    [
        (
            "/",
            ("Credential=", "Credential=a/20261122/us-east-1/s3/aws4_request, Credential="),
            "gives Credential twice",
        ),
        ("/", ("/aws4_request", "/aws4"), "Credential should be scoped to"),
        ("/", (r"/\d{8}/", "/20200101/"), "Credential should be scoped to"),
        ("/?X-Amz-Algorithm=AWS4-HMAC-SHA256", ("", ""), "Only one auth mechanism allowed"),
    ],
    ids=["two credentials", "another end", "another day", "two signatures"],
)
def test_a_signature_of_two_meanings_is_refused(
    person: Any, send: Send, path: str, edit: tuple[str, str], message: str
) -> None:
    answer = send(person.credentials, "s3", "GET", path, edit=lambda text: re.sub(*edit, text))
    assert (answer.status_code, message in answer.text) == (403, True)


def test_the_parts_of_a_signature_stand_in_any_order(person: Any, send: Send) -> None:
    def turned(text: str) -> str:
        algorithm, _, fields = text.partition(" ")
        return f"{algorithm} {', '.join(reversed(fields.split(', ')))}"

    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    answer = send(person.credentials, "sts", "POST", "/", body, FORM, edit=turned)
    assert (answer.status_code, person.arn in answer.text) == (200, True)


def test_a_signature_of_version_2_is_refused_as_s3_refuses_it(local_aws: Any, client: Client, bucket: str) -> None:
    url = client("s3").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    assert "X-Amz-Algorithm" not in url  # boto3 presigns so in us-east-1
    old = "AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g="
    unknown = "AWS4-HMAC-SHA257 Credential=a/20261122/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    for answer in (
        requests.get(url, timeout=10),
        requests.get(f"{local_aws.endpoint}/{bucket}/k", headers={"Authorization": old}, timeout=10),
        requests.get(f"{local_aws.endpoint}/{bucket}/k", headers={"Authorization": unknown}, timeout=10),
    ):
        assert answer.status_code == 400
        assert (
            "<Code>InvalidRequest</Code><Message>The authorization mechanism you have provided is not supported. "
            "Please use AWS4-HMAC-SHA256.</Message>"
        ) in answer.text


def test_a_compressed_body_is_what_it_unpacks_to(person: Any, send: Send) -> None:
    person.may({"Action": "iam:GetUser", "Resource": "*"})
    compressed = FORM | {"Content-Encoding": "gzip"}
    for action, status in (("GetUser", 200), ("ListUsers", 403)):
        body = gzip.compress(f"Action={action}&Version=2010-05-08".encode())
        assert send(person.credentials, "iam", "POST", "/", body, compressed).status_code == status
    answer = send(person.credentials, "iam", "POST", "/", b"no gzip", compressed)
    assert (answer.status_code, "<Code>MalformedInput</Code>" in answer.text) == (400, True)


def test_a_body_in_chunks_of_http_is_the_one_that_was_signed(local_aws: Any, person: Any) -> None:
    person.may({"Action": "iam:ListUsers", "Resource": "*"})
    for signed, status in ((b"Action=ListUsers&Version=2010-05-08", 200), (b"", 403)):
        request = AWSRequest("POST", f"{local_aws.endpoint}/", dict(FORM), data=signed)
        key = SigningCredentials(person.credentials.access_key_id, person.credentials.secret_access_key)
        SigV4Auth(key, "iam", "us-east-1").add_auth(request)
        sent = iter([b"Action=ListUsers", b"&Version=2010-05-08"])
        answer = requests.post(f"{local_aws.endpoint}/", data=sent, headers=dict(request.headers.items()), timeout=10)
        assert answer.status_code == status


def test_a_header_of_aws_that_nobody_signed_is_refused(person: Any, bucket: str, send: Send) -> None:
    person.may({"Action": "s3:*", "Resource": "*"})
    added = {"x-amz-copy-source": f"{bucket}/data/a.csv"}
    answer = send(person.credentials, "s3", "PUT", f"/{bucket}/b", unsigned=added)
    assert answer.status_code == 403
    assert "There were headers present in the request which were not signed" in answer.text


@pytest.mark.parametrize("length", ["-1", "abc"])
def test_a_length_that_is_none_is_refused(local_aws: Any, length: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(local_aws.endpoint).netloc, timeout=10)
    scope = f"{local_aws.administrator.access_key_id}/20261122/us-east-1/kms/aws4_request"
    connection.putrequest("POST", "/")
    connection.putheader("X-Amz-Date", "20261122T000000Z")
    connection.putheader("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"Content-Length is not a number of bytes" in answer.read()) == (400, True)


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("sns", "get_topic_attributes", {"TopicArn": "arn:x"}),
        ("kms", "describe_key", {"KeyId": "arn:aws:kms"}),
    ],
)
def test_an_arn_that_is_none_is_denied(person: Any, service: str, operation: str, parameters: dict[str, Any]) -> None:
    client = person.client(service)
    with pytest.raises(client.exceptions.ClientError) as error:
        getattr(client, operation)(**parameters)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    assert "is not authorized to perform" in error.value.response["Error"]["Message"]


def test_a_boundary_limits_a_user(client: Client, unique: Callable[[str], str]) -> None:
    iam, name = client("iam"), unique("bo")
    iam.create_user(UserName=name, PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    mine = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    assert mine.client("s3", "us-east-1").list_buckets()["Owner"]
    with pytest.raises(iam.exceptions.ClientError) as error:
        mine.client("iam", "us-east-1").list_users()
    assert "because no permissions boundary allows the iam:ListUsers action" in str(error.value)


@pytest.mark.parametrize(
    ("service", "target", "body", "code", "message"),
    [
        ("kms", "TrentService.ListKeys", "{", "SerializationException", "Unable to parse the body as JSON"),
        ("kms", "TrentService.ListKeys", "null", "SerializationException", "NULL_VALUE can not be converted to"),
        ("kms", "TrentService.ListKeys", "[]", "SerializationException", "Start of list found where not expected"),
        ("kms", "TrentService.ListKeys", '{"Limit": "1"}', "SerializationException", "STRING_VALUE can not be"),
        ("kms", "TrentService.ListKeys", '{"Limit": true}', "SerializationException", "TRUE_VALUE can not be"),
        (
            "kms",
            "TrentService.ListKeys",
            '{"Limit": NaN}',
            "SerializationException",
            "Unable to parse the body as JSON",
        ),
        ("kms", "TrentService.ListKeys", "[" * 100_000, "SerializationException", "Unable to parse the body as JSON"),
        ("ssm", "AmazonSSM.GetParameter", '{"Name": {}}', "SerializationException", "Start of structure or map found"),
        ("ssm", "AmazonSSM.GetParameter", "{}", "ValidationException", "Value null at 'name' failed to satisfy"),
        (
            "events",
            "AWSEvents.PutTargets",
            '{"Rule": "r", "Targets": [{"Id": "1"}]}',
            "ValidationException",
            "1 validation error detected: Value null at 'targets.1.member.arn' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            "logs",
            "Logs_20140328.PutLogEvents",
            "{}",
            "InvalidParameterException",
            "3 validation errors detected: Value null at 'logGroupName' failed",
        ),
    ],
)
def test_a_body_is_read_as_strictly_as_aws_reads_it(  # noqa: PLR0917 - fixtures and a row
    local_aws: Any, send: Send, service: str, target: str, body: str, code: str, message: str
) -> None:
    headers = JSON | {"X-Amz-Target": target}
    answer = send(local_aws.administrator, service, "POST", "/", body.encode(), headers)
    assert (answer.status_code, answer.json()["__type"], message in answer.json()["message"]) == (400, code, True)


@pytest.mark.parametrize(
    ("service", "body", "code", "message"),
    [
        ("iam", "Action=CreateUser", "ValidationError", "Value null at 'userName' failed to satisfy constraint"),
        ("iam", "Action=ListUsers&MaxItems=many", "MalformedInput", "invalid literal for int"),
        ("sns", "Action=DeleteTopic&TopicArn=x", "InvalidParameter", "An ARN must have at least 6 elements, not 1"),
    ],
)
def test_a_form_is_read_as_strictly(  # noqa: PLR0917 - fixtures and a row
    local_aws: Any, send: Send, service: str, body: str, code: str, message: str
) -> None:
    version = "2010-05-08" if service == "iam" else "2010-03-31"
    content = f"{body}&Version={version}".encode()
    answer = send(local_aws.administrator, service, "POST", "/", content, FORM)
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text, message in answer.text) == (400, True, True)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "<Delete>",
        "<Delete></Delete>",
        "<Delete><Object></Object></Delete>",
        "<Delete><Object><Key>a</Key><Key>data/a.csv</Key></Object></Delete>",
        "<Delete><Object><Key><x/>a</Key></Object></Delete>",
        '<!DOCTYPE d [<!ENTITY a "data/a.csv">]><Delete><Object><Key>&a;</Key></Object></Delete>',
    ],
)
def test_a_mass_deletion_that_cannot_be_read_deletes_nothing(
    client: Client, local_aws: Any, bucket: str, send: Send, document: str
) -> None:
    headers = {"Content-MD5": base64.b64encode(hashlib.md5(document.encode()).digest()).decode()}  # noqa: S324 - S3's
    answer = send(local_aws.administrator, "s3", "POST", f"/{bucket}?delete", document.encode(), headers)
    assert (answer.status_code, "<Code>MalformedXML</Code>" in answer.text) == (400, True)
    assert client("s3").head_object(Bucket=bucket, Key="data/a.csv")["ContentLength"] == 4


@pytest.mark.parametrize(
    ("request_line", "told"),
    [("PUT data/a.csv", (400, "<Code>MalformedXML</Code>")), ("DELETE absent", (404, "<Code>NoSuchKey</Code>"))],
)
def test_tags_that_cannot_be_are_refused(
    local_aws: Any, bucket: str, send: Send, request_line: str, told: tuple[int, str]
) -> None:
    method, key = request_line.split()
    answer = send(local_aws.administrator, "s3", method, f"/{bucket}/{key}?tagging")
    assert (answer.status_code, told[1] in answer.text) == (told[0], True)


def test_a_function_is_changed_by_no_body_at_all(local_aws: Any, create_function: Any, send: Send) -> None:
    path = f"/2015-03-31/functions/{create_function('handler = str')}/configuration"
    answer = send(local_aws.administrator, "lambda", "PUT", path)
    assert (answer.status_code, answer.json()["Handler"]) == (200, "lambda_code.handler")


def test_a_version_is_whom_the_query_names(client: Client, person: Any, create_function: Any, send: Send) -> None:
    function = create_function("handler = str")
    version = client("lambda").publish_version(FunctionName=function)["Version"]
    person.may({"Action": "lambda:*", "Resource": f"arn:aws:lambda:us-east-1:123456789012:function:{function}"})
    body = json.dumps({"Qualifier": version}).encode()
    answer = send(person.credentials, "lambda", "GET", f"/2015-03-31/functions/{function}/configuration", body)
    assert (answer.status_code, answer.json()["Version"]) == (200, "$LATEST")


@pytest.mark.parametrize(
    ("service", "operation", "token", "code"),
    [
        ("cloudwatch", "describe_alarms", "NextToken", "InvalidNextToken"),
        ("cloudwatch", "describe_alarm_history", "NextToken", "InvalidNextToken"),
        ("iam", "list_roles", "Marker", "ValidationError"),
        ("iam", "list_policies", "Marker", "ValidationError"),
        ("kms", "list_keys", "Marker", "InvalidMarkerException"),
        ("sns", "list_topics", "NextToken", "InvalidParameter"),
        ("sns", "list_subscriptions", "NextToken", "InvalidParameter"),
        ("ssm", "describe_parameters", "NextToken", "InvalidNextToken"),
    ],
)
def test_a_page_that_nobody_offered_is_refused(
    client: Client, service: str, operation: str, token: str, code: str
) -> None:
    with pytest.raises(ClientError) as error:
        getattr(client(service), operation)(**{token: "x"})
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error.value.response["Error"]["Code"] == code

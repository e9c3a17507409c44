"""What the two stacks are given: parameters, names, and plain words where a bucket's name is taken."""

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

import deploy
import seed_repositories
import stacks
from account import WorkshopError
from function_names import FUNCTIONS
from resource_names import PIPELINE_TEMPLATE, PREP_STACK, PREP_TEMPLATE, Names
from stacks import Stack
from upload import TEMPLATES

SINCE = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("train", "merged"),
    [
        ('{"b": "2"}', {"a": "1", "b": "2"}),
        ('{"a": "9"}', {"a": "9"}),
        ("{}", {"a": "1"}),
        ('{"c": "it\'s $HOME"}', {"a": "1", "c": "it's $HOME"}),
    ],
)
def test_train_changes_single_keys(train: str, merged: dict[str, str]) -> None:
    assert json.loads(deploy.merged(train, '{"a": "1"}')) == merged


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ("{'a': 1}", "TRAIN is not JSON: .* at character 2, near \"'a': 1}\""),
        ('{"a": 1', "TRAIN is not JSON"),
        ('["a"]', 'TRAIN is \\["a"\\]: expected an object'),
        ("50", "TRAIN is 50: expected an object"),
    ],
)
def test_a_train_that_is_no_object_is_refused(train: str, message: str) -> None:
    with pytest.raises(WorkshopError, match=message):
        deploy.merged(train, "{}")


@pytest.mark.parametrize("name", ["TrainUserParameters", "SmokeTestUserParameters", "FullTestUserParameters"])
@pytest.mark.parametrize("text", ["{", "[]", "max-rmse=1"])
def test_parameters_that_are_no_object_are_refused_before_anything_is_asked(name: str, text: str) -> None:
    with pytest.raises(WorkshopError, match=f"^{name} is "):
        deploy.pipeline(None, "me42", given={name: text})


@pytest.mark.parametrize("before", ["{not JSON", "[]", "50"])
def test_train_over_what_is_no_object_is_refused(before: str) -> None:
    with pytest.raises(WorkshopError, match=r"TrainUserParameters, which is no JSON object: .*Give it whole"):
        deploy.merged("{}", before)


DEFAULT = json.loads(deploy.train_parameters({}))
DEPLOYED = {"TrainUserParameters": '{"a": "deployed"}'}
PUSHED = {"TrainUserParameters": "", "Source": "CodeCommit"}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """What is done to the account, in order: with the parameters, when it is the stack that is deployed."""
    done: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(stacks, "find", lambda *_: None)
    monkeypatch.setattr(
        stacks, "deploy", lambda _client, _name, _template, parameters, _say, **_: done.append(("deploy", parameters))
    )
    monkeypatch.setattr(seed_repositories, "seed", lambda *_: done.append(("seed", {})))
    monkeypatch.setattr(deploy, "in_code_bucket", lambda *_: None)
    monkeypatch.setattr(deploy, "refuse_lost_buckets", lambda *_: None)
    monkeypatch.setattr(deploy, "has_training_data", lambda *_: True)
    return done


@pytest.mark.parametrize(
    ("status", "deployed", "given", "before"),
    [
        ("UPDATE_COMPLETE", DEPLOYED, {"TrainUserParameters": '{"a": "given"}'}, {"a": "given"}),
        ("UPDATE_COMPLETE", DEPLOYED, {}, {"a": "deployed"}),
        ("UPDATE_COMPLETE", DEPLOYED, {"Source": "CodeCommit"}, {"a": "deployed"}),
        ("UPDATE_ROLLBACK_COMPLETE", DEPLOYED, {}, {"a": "deployed"}),
        ("ROLLBACK_COMPLETE", DEPLOYED, {}, DEFAULT),  # it never was a pipeline, and is deleted
        (None, {}, {}, DEFAULT),
        (None, {}, {"TrainUserParameters": ""}, DEFAULT),
        # With a source all the rest is training.json's.
        (None, {}, {"Source": "CodeCommit"}, {}),
        (None, {}, {"Source": "GitHub"}, {}),
        ("UPDATE_COMPLETE", PUSHED, {}, {}),
        ("UPDATE_COMPLETE", PUSHED, {"Source": "None"}, DEFAULT),
    ],
)
@pytest.mark.usefixtures("versions")
def test_train_keeps_the_keys_that_it_does_not_name(
    session: Any,
    sent: list[tuple[str, dict[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    status: str | None,
    deployed: dict[str, str],
    given: dict[str, str],
    before: dict[str, str],
) -> None:
    found = Stack("x", "x-id", status, deployed, {}, SINCE) if status else None
    monkeypatch.setattr(stacks, "find", lambda *_: found)
    deploy.pipeline(session, "me42", '{"b": "2"}', given)
    assert json.loads(sent[-1][1]["TrainUserParameters"]) == {**before, "b": "2"}


@pytest.mark.parametrize(
    ("source", "done"), [("None", ["deploy"]), ("CodeCommit", ["seed", "deploy"]), ("GitHub", ["deploy"])]
)
@pytest.mark.usefixtures("versions")
def test_repositories_of_ours_have_a_commit_before_the_pipeline_looks_for_one(
    session: Any, sent: list[tuple[str, dict[str, str]]], source: str, done: list[str]
) -> None:
    deploy.pipeline(session, "me42", given={"Source": source})
    assert [what for what, _ in sent] == done


@pytest.mark.usefixtures("versions")
def test_a_source_that_the_stack_has_is_seeded_too(
    session: Any, sent: list[tuple[str, dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "find", lambda *_: Stack("x", "x-id", "UPDATE_COMPLETE", PUSHED, {}, SINCE))
    deploy.pipeline(session, "me42")
    assert [what for what, _ in sent] == ["seed", "deploy"]


@pytest.mark.parametrize("source", ["codecommit", "Github", "none", "S3", ""])
def test_a_source_that_is_misspelled_is_refused_before_anything_is_asked(source: str) -> None:
    with pytest.raises(WorkshopError) as refusal:
        deploy.pipeline(None, "me42", given={"Source": source})
    assert str(refusal.value) == f"SOURCE is {source!r}: expected None, CodeCommit or GitHub"


@pytest.mark.parametrize(
    ("environment", "given"),
    [
        ({}, {}),
        ({"SOURCE": "CodeCommit"}, {"Source": "CodeCommit"}),
        ({"Source": "GitHub"}, {"Source": "GitHub"}),
        ({"Source": "None", "SOURCE": "CodeCommit"}, {"Source": "CodeCommit"}),
        ({"SOURCE": ""}, {}),  # as make passes on what was not given
        ({"HostingInstanceType": "", "Other": "1"}, {"HostingInstanceType": ""}),
    ],
)
def test_a_parameter_is_given_by_its_name_and_the_source_by_ours(
    environment: dict[str, str], given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Source", "SOURCE", "HostingInstanceType"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert deploy.given_parameters(["Source", "HostingInstanceType"]) == given


def test_the_source_is_no_parameter_of_the_prep_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE", "CodeCommit")
    assert "Source" not in deploy.given_parameters(deploy.defaults(TEMPLATES / PREP_TEMPLATE))


def test_the_prep_template_goes_with_the_request() -> None:
    template = deploy.read_template(TEMPLATES / PREP_TEMPLATE)
    body = (TEMPLATES / PREP_TEMPLATE).read_text(encoding="utf-8")
    assert template.place == {"TemplateBody": body}
    assert len(body.encode()) <= 51_200  # botocore, cloudformation TemplateBody
    assert template.defaults["SuffixID"] is None


@pytest.fixture
def code_bucket(session: Any) -> str:
    """The bucket of a suffix that nobody else uses."""
    bucket = Names(f"dp{secrets.token_hex(4)}").code_bucket
    session.client("s3").create_bucket(Bucket=bucket)
    session.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def test_the_pipelines_template_is_read_from_the_code_bucket(session: Any, code_bucket: str) -> None:
    s3 = session.client("s3")
    template = deploy.in_code_bucket(s3, code_bucket.rpartition("-")[2])
    assert template.place == {
        "TemplateURL": f"https://{code_bucket}.s3.us-east-1.amazonaws.com/templates/{PIPELINE_TEMPLATE}"
    }
    kept = s3.get_object(Bucket=code_bucket, Key=f"templates/{PIPELINE_TEMPLATE}")["Body"].read()
    assert kept == (TEMPLATES / PIPELINE_TEMPLATE).read_bytes()
    assert template.defaults["Source"] == "None"


def test_a_template_that_is_in_the_bucket_is_not_put_there_again(
    session: Any, code_bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / PIPELINE_TEMPLATE).write_text("Parameters: {}")
    monkeypatch.setattr(deploy, "TEMPLATES", tmp_path)
    for text in ("Parameters: {}", "Parameters: {}", "Parameters: {A: {}}"):
        (tmp_path / PIPELINE_TEMPLATE).write_text(text)
        deploy.in_code_bucket(session.client("s3"), code_bucket.rpartition("-")[2])
    assert len(session.client("s3").list_object_versions(Bucket=code_bucket)["Versions"]) == 2


def test_without_a_code_bucket_the_prep_stack_is_what_is_missing(session: Any) -> None:
    with pytest.raises(WorkshopError, match="There is no bucket mlops-builtinalgo-lambda-code-nobody here: make prep"):
        deploy.in_code_bucket(session.client("s3"), "nobody")


def test_the_template_declares_what_the_script_gives() -> None:
    declared = deploy.read_template(TEMPLATES / PIPELINE_TEMPLATE).defaults
    given = {"SuffixID", "TrainUserParameters", "CodeBucket", "CodePrefix", "Source"}
    given |= {f"{function}CodeVersion" for function in FUNCTIONS}
    assert given <= declared.keys()


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Those of the zips in the prep stack's bucket."""
    found = {f"{function}CodeVersion": "7" for function in FUNCTIONS}
    monkeypatch.setattr(deploy, "code_versions", lambda *_: found)
    return found


def test_code_comes_from_the_prep_stacks_bucket_whatever_the_stack_had_before(versions: dict[str, str]) -> None:
    assert deploy.code(None, "me42", {}, "None") == {"CodeBucket": "", "CodePrefix": "", **versions}


@pytest.mark.usefixtures("versions")
def test_code_of_another_bucket_has_no_version_of_this_one() -> None:
    elsewhere = {"CodeBucket": "templates", "CodePrefix": "zips/"}
    given = elsewhere | {"GetStatusCodeVersion": "9"}
    none = {f"{function}CodeVersion": "" for function in FUNCTIONS}
    assert deploy.code(None, "me42", given, "None") == elsewhere | none | {"GetStatusCodeVersion": "9"}


def test_a_prefix_without_a_bucket_is_left_to_cloudformation_to_refuse(versions: dict[str, str]) -> None:
    assert deploy.code(None, "me42", {"CodePrefix": "zips/"}, "None") == {
        "CodeBucket": "",
        "CodePrefix": "zips/",
        **versions,
    }


@pytest.mark.parametrize("source", ["CodeCommit", "GitHub"])
@pytest.mark.usefixtures("versions")
def test_with_a_source_no_zip_has_a_version(source: str) -> None:
    """Else each new zip would be an update of the stack, and say that it puts code in place."""
    assert deploy.code(None, "me42", {}, source) == {"CodeBucket": "", "CodePrefix": ""}


@pytest.mark.parametrize("source", ["None", "CodeCommit", "GitHub"])
def test_a_new_stack_needs_the_zips_whatever_the_source(session: Any, code_bucket: str, source: str) -> None:
    suffix = code_bucket.rpartition("-")[2]
    with pytest.raises(WorkshopError, match=rf"There is no MLOps-BIA-TrainModel\.py\.zip in {code_bucket}: make prep"):
        deploy.code(session.client("s3"), suffix, {}, source)


def test_a_template_runs_no_code(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text("Parameters: {A: {Default: !!python/object/apply:os.getcwd []}}")
    with pytest.raises(yaml.YAMLError):
        deploy.read_template(path)


def stack(name: str, suffix: str) -> Stack:
    return Stack(name, f"{name}-id", "CREATE_COMPLETE", {"SuffixID": suffix}, {}, SINCE)


@pytest.mark.parametrize(
    ("existing", "name"),
    [
        ([], PREP_STACK),
        ([stack(PREP_STACK, "me42")], PREP_STACK),
        ([stack(PREP_STACK, "you")], f"{PREP_STACK}-me42"),
        ([stack(PREP_STACK, "you"), stack(f"{PREP_STACK}-me42", "me42")], f"{PREP_STACK}-me42"),
        ([stack(f"{PREP_STACK}-me42", "me42")], f"{PREP_STACK}-me42"),
    ],
)
def test_the_prep_stack_of_another_suffix_is_left_alone(
    existing: list[Stack], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_name = {one.name: one for one in existing}
    monkeypatch.setattr(stacks, "find", lambda _, wanted: by_name.get(wanted))
    assert deploy.prep_stack_name(None, Names("me42")) == name


class S3:
    """Of us-east-1. Answers head_bucket with a status (200: a bucket of this account, 403: another's) and a region."""

    meta = SimpleNamespace(region_name="us-east-1")

    def __init__(self, status: int, **region: str) -> None:
        self.status = status
        self.region = region

    def head_bucket(self, Bucket: str) -> dict[str, str]:  # noqa: N803 - boto3's
        if self.status != 200:
            raise ClientError({"Error": {"Code": str(self.status), "Message": Bucket}}, "HeadBucket")
        return self.region


def failed(reason: str, resource_type: str = "AWS::S3::Bucket") -> dict[str, Any]:
    return {"ResourceType": resource_type, "PhysicalResourceId": "", "ResourceStatusReason": reason}


def test_a_bucket_of_somebody_else_suggests_another_suffix() -> None:
    told = deploy.bucket_failure(S3(403), "me42", failed("mlops-builtinalgo-data-me42 already exists"))
    assert str(told).startswith("mlops-builtinalgo-data-me42 belongs to somebody else in the world: choose another")
    Names(str(told).rpartition("SUFFIX=")[2])  # what it suggests is a good suffix


def test_a_bucket_that_a_validation_found_is_told_alike() -> None:
    reason = "Resource of type 'AWS::S3::Bucket' with identifier 'mlops-builtinalgo-data-me42' already exists"
    told = deploy.bucket_failure(S3(200), "me42", failed(reason))
    assert str(told).endswith("from an earlier stack: make teardown SUFFIX=me42")


def test_a_long_suffix_still_leads_to_a_good_one() -> None:
    suffix = "a" * 16
    told = deploy.bucket_failure(S3(403), suffix, failed(f"mlops-builtinalgo-data-{suffix} already exists"))
    suggested = str(told).rpartition("SUFFIX=")[2]
    assert Names(suggested).suffix != suffix


@pytest.mark.parametrize(
    ("region", "command"),
    [
        ({}, "from an earlier stack: make teardown SUFFIX=me42"),
        ({"BucketRegion": "us-east-1"}, "from an earlier stack: make teardown SUFFIX=me42"),
        (
            {"BucketRegion": "eu-west-1"},
            "AWS_REGION=eu-west-1 make ",
        ),
    ],
)
def test_a_bucket_of_ours_suggests_teardown_where_it_is(region: dict[str, str], command: str) -> None:
    told = deploy.bucket_failure(S3(200, **region), "me42", failed("mlops-builtinalgo-data-me42 already exists"))
    assert command in str(told)
    assert str(told).endswith("make teardown SUFFIX=me42")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (
            "A conflicting conditional operation is currently in progress against this resource. Please try again. "
            "(Service: S3, Status Code: 409, Request ID: 0)",
            "S3 is still releasing the name mlops-builtinalgo-data-me42: try again in some minutes, or choose another",
        ),
        (
            "mlops-builtinalgo-data-me42 (Service: Amazon S3; Error Code: OperationAborted)",
            "S3 is still releasing the name mlops-builtinalgo-data-me42: try again in some minutes, or choose another",
        ),
    ],
)
@pytest.mark.parametrize("place", ["PhysicalResourceId", "ResourceProperties"])
def test_a_bucket_that_cannot_go_or_come_yet_is_told(reason: str, told: str, place: str) -> None:
    cause = failed(reason) | {place: "mlops-builtinalgo-data-me42"}
    assert str(deploy.bucket_failure(S3(404), "me42", cause)).startswith(told)


@pytest.mark.parametrize(
    "cause",
    [
        {},
        failed("The bucket you tried to delete is not empty"),
        failed("Access denied for mlops-builtinalgo-data-me42"),
        failed("mlops-builtinalgo-data-me42 already exists", "AWS::S3::BucketPolicy"),
    ],
)
def test_another_failure_is_told_as_it_is(cause: dict[str, Any]) -> None:
    assert deploy.bucket_failure(S3(403), "me42", cause) is None

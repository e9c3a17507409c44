"""What `make launch-links` publishes, where, and what its links lead to; against the S3 of local AWS."""

import re
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import deploy
import launch_links
import package
from account import Account, WorkshopError
from launch_links import Launch, Place
from resource_names import PIPELINE_TEMPLATE, PREP_STACK, PREP_TEMPLATE
from upload import TEMPLATES

PLACE = Place("eu-west-1", "wine-templates", "mlops-builtinalgo/0123456789abcdef/")


@pytest.fixture
def s3(client: Any) -> Any:
    return client("s3")


@pytest.fixture
def place(s3: Any) -> Place:
    """A versioned bucket of its own, which tells what is stored twice."""
    bucket = f"templates-{secrets.token_hex(4)}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return Place("us-east-1", bucket, "mlops-builtinalgo/0123456789abcdef/")


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Two files to publish."""
    files = [tmp_path / "function.zip", tmp_path / "template.yaml"]
    for file in files:
        file.write_text(f"content of {file.name}")
    return files


@pytest.fixture
def here(session: Any) -> Account:
    """Local AWS's account, in us-east-1."""
    return Account(session, "123456789012", "us-east-1")


def stored(s3: Any, place: Place) -> dict[str, list[str]]:
    """By key, what its versions hold, the newest first."""
    found: dict[str, list[str]] = {}
    for one in s3.list_object_versions(Bucket=place.bucket).get("Versions", []):
        body = s3.get_object(Bucket=place.bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read().decode()
        found.setdefault(one["Key"], []).append(body)
    return found


def filled_in(launch: Launch) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(launch.link).fragment.partition("?")[2], strict_parsing=True))


def test_equal_bytes_have_one_prefix_wherever_they_lie(paths: list[Path], tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    copies = [elsewhere / path.name for path in paths]
    for path, copy in zip(paths, copies, strict=True):
        copy.write_bytes(path.read_bytes())

    assert launch_links.prefix(copies) == launch_links.prefix(reversed(paths))


def test_another_byte_makes_another_prefix(paths: list[Path]) -> None:
    before = launch_links.prefix(paths)
    paths[0].write_text("other content")

    assert launch_links.prefix(paths) != before


def test_another_name_makes_another_prefix(paths: list[Path]) -> None:
    before = launch_links.prefix(paths)

    assert launch_links.prefix([paths[0].rename(paths[0].with_name("other.zip")), paths[1]]) != before


def test_what_is_published_is_stored_once(s3: Any, place: Place, paths: list[Path]) -> None:
    launch_links.publish(s3, place, paths)
    launch_links.publish(s3, place, paths)

    assert stored(s3, place) == {place.prefix + path.name: [path.read_text()] for path in paths}


def test_what_a_stranger_put_there_is_refused_and_not_overwritten(s3: Any, place: Place, paths: list[Path]) -> None:
    key = place.prefix + paths[0].name
    s3.put_object(Bucket=place.bucket, Key=key, Body=b"a stranger's")

    with pytest.raises(WorkshopError, match=rf"{key} is not what .* `aws s3 rm s3://{place.bucket}/{key}`"):
        launch_links.publish(s3, place, paths)
    assert stored(s3, place) == {key: ["a stranger's"]}


def test_the_bucket_of_ones_own_region_is_taken(s3: Any, place: Place, here: Account) -> None:
    launch_links.refuse_unusable(s3, place.bucket, here)


def test_a_missing_bucket_names_the_command_that_makes_it(s3: Any, here: Account) -> None:
    with pytest.raises(WorkshopError, match="no bucket nobodys-templates: `aws s3 mb s3://nobodys-templates --region"):
        launch_links.refuse_unusable(s3, "nobodys-templates", here)


def test_a_bucket_of_another_account_is_refused(s3: Any, place: Place, session: Any) -> None:
    with pytest.raises(WorkshopError, match=f"{place.bucket} is not of account 111111111111"):
        launch_links.refuse_unusable(s3, place.bucket, Account(session, "111111111111", "us-east-1"))


def test_a_bucket_of_another_region_names_both(local_aws: Any, s3: Any, here: Account) -> None:
    bucket = f"templates-{secrets.token_hex(4)}"
    local_aws.administrator.client("s3", "eu-west-1").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )

    expected = f"{bucket} is in eu-west-1, .* AWS_REGION=eu-west-1 make launch-links TEMPLATE_BUCKET={bucket}, or"
    with pytest.raises(WorkshopError, match=expected):
        launch_links.refuse_unusable(s3, bucket, here)


@pytest.mark.parametrize("name", ["", "tb", "s3://templates", "templates/", "My-Templates"])
def test_what_is_no_name_of_a_bucket_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPLATE_BUCKET", name)

    with pytest.raises(WorkshopError, match=r"^TEMPLATE_BUCKET.* Say TEMPLATE_BUCKET=my-templates$"):
        launch_links.given_bucket()


def test_links_fill_the_forms_in() -> None:
    prep, pipeline = map(filled_in, launch_links.launches(PLACE, "prep", "pipeline", "me42"))

    assert prep == {"templateURL": PLACE.url(PREP_TEMPLATE), "stackName": "prep", "param_SuffixID": "me42"}
    assert pipeline == {
        "templateURL": PLACE.url(PIPELINE_TEMPLATE),
        "stackName": "pipeline",
        "param_SuffixID": "me42",
        "param_CodeBucket": PLACE.bucket,
        "param_CodePrefix": PLACE.prefix,
    }


def test_templates_have_every_parameter_of_their_links() -> None:
    """The console would ignore what they do not have."""
    for launch, template in zip(
        launch_links.launches(PLACE, "prep", "pipeline", "me42"), (PREP_TEMPLATE, PIPELINE_TEMPLATE), strict=True
    ):
        given = {name.removeprefix("param_") for name in filled_in(launch) if name.startswith("param_")}
        assert given <= deploy.read_template(TEMPLATES / template).defaults.keys()


def test_without_a_suffix_its_field_is_left_to_the_person(client: Any) -> None:
    names = launch_links.stack_names(client("cloudformation"), "")
    launches = launch_links.launches(PLACE, *names, "")

    assert names == (f"{PREP_STACK}-SUFFIX", "mlops-pipeline-builtinalgo-SUFFIX")
    assert [launch for launch in launches if "param_SuffixID" in filled_in(launch)] == []
    assert "in place of `SUFFIX`" in launch_links.page("eu-west-1", *launches, "")


def test_the_page_has_a_button_for_each_link() -> None:
    launches = launch_links.launches(PLACE, "prep", "pipeline", "me42")
    page = launch_links.page("eu-west-1", *launches, "me42")

    buttons = re.findall(r"^ +\[!\[Launch Stack\]\(https://[^)]+\.png\)\]\((\S+)\)$", page, flags=re.MULTILINE)
    assert buttons == [launch.link for launch in launches]
    assert "SUFFIX" not in page


def test_the_command_prints_the_links_of_the_page_that_it_writes(
    local_aws: Any, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in local_aws.administrator.environment("us-east-1").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TEMPLATE_BUCKET", place.bucket)
    monkeypatch.setattr(sys, "argv", ["launch_links.py"])
    monkeypatch.setattr(package, "ROOT", tmp_path)
    monkeypatch.setattr(package, "BUILD", tmp_path)
    monkeypatch.setattr(launch_links, "PAGE", tmp_path / "launch-links.md")
    package.build(tmp_path)

    assert launch_links.main() == 0
    printed = re.findall(r"^  (https://\S+)$", capsys.readouterr().out, flags=re.MULTILINE)
    assert len(printed) == 2
    assert re.findall(r"\.png\)\]\((\S+)\)", (tmp_path / "launch-links.md").read_text()) == printed


def test_zips_that_were_not_built_name_make_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "BUILD", tmp_path)

    with pytest.raises(WorkshopError, match=r"MLOps-BIA-TrainModel\.py\.zip is missing: make package"):
        launch_links.files()

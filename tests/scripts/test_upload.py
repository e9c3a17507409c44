"""What is uploaded, what is skipped, and in which order; against the S3 of local AWS."""

import secrets
from pathlib import Path
from typing import Any

import pytest

import package
import stage_data
import upload
from account import WorkshopError
from deploy import code_versions
from function_names import FUNCTIONS, zip_name
from resource_names import Names


@pytest.fixture
def suffix(client: Any) -> str:
    """A suffix of its own, with the two buckets of its prep stack."""
    suffix = f"up{secrets.token_hex(4)}"
    s3 = client("s3")
    for bucket in (Names(suffix).code_bucket, Names(suffix).data_bucket):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return suffix


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("train.csv", "validation.csv", "test.csv"):
        (tmp_path / name).write_text(f"5,1\n{name}\n")
    return tmp_path


@pytest.fixture
def zips(tmp_path: Path) -> Path:
    folder = tmp_path / "build"
    package.build(folder)
    return folder


def versions(session: Any, bucket: str) -> list[str]:
    """The keys of all versions in a bucket."""
    found = session.client("s3").list_object_versions(Bucket=bucket).get("Versions", [])
    return sorted(one["Key"] for one in found)


def uploaded(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The keys that were uploaded since the last look, in their order."""
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    return [url.partition("//")[2].partition("/")[2] for word, url in lines if word == "uploaded"]


def test_train_csv_comes_last(session: Any, suffix: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stage_data.stage(session, suffix, data)
    assert uploaded(capsys) == ["validation/validation.csv", "test/test.csv", "train/train.csv"]


def test_equal_data_makes_no_new_version(session: Any, suffix: str, data: Path) -> None:
    stage_data.stage(session, suffix, data)
    assert not stage_data.stage(session, suffix, data)
    assert len(versions(session, Names(suffix).data_bucket)) == 3


def test_only_what_changed_is_uploaded(
    session: Any, suffix: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage_data.stage(session, suffix, data)
    uploaded(capsys)
    (data / "train.csv").write_text("6,1\n")
    assert stage_data.stage(session, suffix, data)
    assert uploaded(capsys) == ["train/train.csv"]
    assert versions(session, Names(suffix).data_bucket).count("train/train.csv") == 2


def test_data_put_there_by_hand_is_recognised(session: Any, suffix: str, data: Path) -> None:
    session.client("s3").put_object(
        Bucket=Names(suffix).data_bucket, Key="train/train.csv", Body=(data / "train.csv").read_bytes()
    )
    assert not stage_data.stage(session, suffix, data)


def test_a_missing_file_is_named_before_anything_is_uploaded(session: Any, suffix: str, data: Path) -> None:
    (data / "test.csv").unlink()
    with pytest.raises(WorkshopError, match=r"has no test\.csv"):
        stage_data.stage(session, suffix, data)
    assert versions(session, Names(suffix).data_bucket) == []


def test_zips_and_templates_are_uploaded(session: Any, suffix: str, zips: Path) -> None:
    upload.upload(session, suffix, zips)
    assert sorted(versions(session, Names(suffix).code_bucket)) == sorted(
        [*map(zip_name, FUNCTIONS), "templates/builtin-algo-pipeline.yaml", "templates/builtin-algo-prep.yaml"]
    )


def test_a_changed_zip_alone_gets_a_new_version(session: Any, suffix: str, zips: Path) -> None:
    upload.upload(session, suffix, zips)
    before = code_versions(session.client("s3"), suffix)
    (zips / zip_name("GetStatus")).write_bytes(b"changed")
    upload.upload(session, suffix, zips)
    after = code_versions(session.client("s3"), suffix)
    assert [name for name in before if before[name] != after[name]] == ["GetStatusCodeVersion"]


def test_a_missing_zip_names_make_package(session: Any, suffix: str, tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match=r"MLOps-BIA-TrainModel\.py\.zip is missing: make package"):
        upload.upload(session, suffix, tmp_path)


def test_a_zip_that_was_never_uploaded_names_make_upload(session: Any, suffix: str) -> None:
    with pytest.raises(WorkshopError, match=f"no MLOps-BIA-TrainModel.py.zip .* make prep upload SUFFIX={suffix}"):
        code_versions(session.client("s3"), suffix)


def test_a_missing_bucket_names_make_prep(session: Any, data: Path) -> None:
    with pytest.raises(WorkshopError, match="no bucket mlops-builtinalgo-data-nobody here: make prep SUFFIX=nobody"):
        stage_data.stage(session, "nobody", data)

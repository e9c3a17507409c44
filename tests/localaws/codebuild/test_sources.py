"""Where a build's files come from: S3, CodeCommit, and where its buildspec is."""

import io
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]
Build = dict[str, Any]

LIST = "version: 0.2\nphases:\n  build:\n    commands: [find . -type f -not -path './.git/*' | sort]\n"


def failure(build: Build) -> tuple[str, str, str]:
    bad = next(phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED")
    return bad["phaseType"], bad["contexts"][0]["statusCode"], bad["contexts"][0]["message"]


@pytest.fixture
def repository(client: Client) -> str:
    """The name of a repository with a buildspec that says which commit it is of."""
    name = f"r-{uuid.uuid4().hex[:8]}"
    client("codecommit").create_repository(repositoryName=name)
    spec = b"version: 0.2\nphases:\n  build:\n    commands: [cat word.txt, echo $CODEBUILD_RESOLVED_SOURCE_VERSION]\n"
    puts = [{"filePath": "buildspec.yml", "fileContent": spec}, {"filePath": "word.txt", "fileContent": b"first\n"}]
    client("codecommit").create_commit(repositoryName=name, branchName="main", putFiles=puts)
    return name


@pytest.fixture
def first(client: Client, repository: str) -> str:
    """The id of the repository's first commit, which a branch ``old`` keeps when main goes on."""
    codecommit = client("codecommit")
    tip = str(codecommit.get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"])
    codecommit.create_branch(repositoryName=repository, branchName="old", commitId=tip)
    put = {"filePath": "word.txt", "fileContent": b"second\n", "parentCommitId": tip}
    codecommit.put_file(repositoryName=repository, branchName="main", **put)
    return tip


def of(repository: str) -> dict[str, str]:
    return {"type": "CODECOMMIT", "location": f"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/{repository}"}


def test_a_zip_in_s3_is_unpacked(
    built: Callable[..., Build],
    stored: Callable[..., str],
    output: Callable[[Build], list[str]],
) -> None:
    place = stored({"buildspec.yml": LIST, "a/b.txt": "x", ".hidden": "y"})
    build = built(source={"type": "S3", "location": place})
    assert output(build) == ["./.hidden", "./a/b.txt", "./buildspec.yml"]


def test_a_folder_in_s3_is_copied(
    client: Client,
    bucket: str,
    built: Callable[..., Build],
    output: Callable[[Build], list[str]],
) -> None:
    folder = f"folders/{uuid.uuid4().hex}"
    for name, text in {"buildspec.yml": LIST, "a/b.txt": "x"}.items():
        client("s3").put_object(Bucket=bucket, Key=f"{folder}/{name}", Body=text)
    build = built(source={"type": "S3", "location": f"{bucket}/{folder}/"})
    assert output(build) == ["./a/b.txt", "./buildspec.yml"]


def test_an_older_version_of_a_zip_is_built(
    client: Client, run: Callable[..., Build], project: Callable[..., str], output: Callable[[Build], list[str]]
) -> None:
    bucket = f"versions-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def put(word: str) -> str:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("buildspec.yml", f"version: 0.2\nphases:\n  build:\n    commands: [echo {word}]\n")
        return str(client("s3").put_object(Bucket=bucket, Key="s.zip", Body=buffer.getvalue())["VersionId"])

    old, _ = put("old"), put("new")
    name = project(source={"type": "S3", "location": f"{bucket}/s.zip"})
    assert output(run(name)) == ["new"]
    assert output(run(name, sourceVersion=old)) == ["old"]


def test_permissions_are_kept(
    client: Client,
    bucket: str,
    built: Callable[..., Build],
    output: Callable[[Build], list[str]],
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("run.sh")
        entry.external_attr = 0o100755 << 16
        archive.writestr(entry, "#!/bin/sh\necho ran\n")
    client("s3").put_object(Bucket=bucket, Key="modes.zip", Body=buffer.getvalue())
    spec = "version: 0.2\nphases:\n  build:\n    commands: [./run.sh]\n"
    build = built(source={"type": "S3", "location": f"{bucket}/modes.zip", "buildspec": spec})
    assert output(build) == ["ran"]


def test_a_zip_may_not_leave_its_folder(
    client: Client,
    bucket: str,
    built: Callable[..., Build],
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../escaped", "x")
    client("s3").put_object(Bucket=bucket, Key="escape.zip", Body=buffer.getvalue())
    build = built(source={"type": "S3", "location": f"{bucket}/escape.zip", "buildspec": LIST})
    message = "../../escaped leaves its folder for primary source"
    assert failure(build) == ("DOWNLOAD_SOURCE", "CLIENT_ERROR", message)


def test_secondary_sources_have_folders_of_their_own(
    built: Callable[..., Build],
    stored: Callable[..., str],
    repository: str,
    first: str,
    output: Callable[[Build], list[str]],
) -> None:
    spec = """
        version: 0.2
        phases:
          build:
            commands: [ls, ls $CODEBUILD_SRC_DIR_zipped, cat $CODEBUILD_SRC_DIR_repo/word.txt]
    """
    sources = [
        {"type": "S3", "location": stored({"other.txt": "x"}), "sourceIdentifier": "zipped"},
        of(repository) | {"sourceIdentifier": "repo"},
    ]
    build = built(
        source={"type": "S3", "location": stored({"buildspec.yml": spec})},
        secondarySources=sources,
        secondarySourceVersions=[{"sourceIdentifier": "repo", "sourceVersion": first}],
    )
    assert output(build) == ["buildspec.yml", "other.txt", "first"]


@pytest.mark.parametrize("version", [None, "main", "old", "refs/heads/old", "the first commit"])
def test_a_repository_is_cloned(
    built: Callable[..., Build],
    output: Callable[[Build], list[str]],
    repository: str,
    first: str,
    version: str | None,
) -> None:
    chosen = {"sourceVersion": first if version == "the first commit" else version} if version else {}
    build = built(source=of(repository), start=chosen)
    old = version not in (None, "main")
    assert output(build) == ["first" if old else "second", build["resolvedSourceVersion"]]
    assert (build["resolvedSourceVersion"] == first) == old


def test_a_repository_is_cloned_by_the_url_that_it_reports(
    client: Client, built: Callable[..., Build], output: Callable[[Build], list[str]], repository: str
) -> None:
    url = client("codecommit").get_repository(repositoryName=repository)["repositoryMetadata"]["cloneUrlHttp"]
    build = built(source={"type": "CODECOMMIT", "location": url})
    assert output(build) == ["first", build["resolvedSourceVersion"]]


def test_a_clone_has_its_history(
    run: Callable[..., Build],
    project: Callable[..., str],
    output: Callable[[Build], list[str]],
    repository: str,
    first: str,
) -> None:
    spec = "version: 0.2\nphases:\n  build:\n    commands: [git log --format=%H | tail -1]\n"
    assert output(run(project(source=of(repository)), buildspecOverride=spec)) == [first]


@pytest.mark.parametrize(
    ("name", "version", "message"),
    [
        ("no-such", None, "repository not found for primary source"),
        (None, "no", "reference not found for primary source and source version no"),
    ],
)
def test_a_missing_repository_or_branch_fails_the_build(
    built: Callable[..., Build], repository: str, name: str | None, version: str | None, message: str
) -> None:
    build = built(source=of(name or repository), start={"sourceVersion": version} if version else {})
    assert failure(build) == ("DOWNLOAD_SOURCE", "CLIENT_ERROR", message)


def test_a_buildspec_has_another_name(built: Callable[..., Build], stored: Callable[..., str]) -> None:
    source = {"type": "S3", "location": stored({"ci/build.yml": LIST}), "buildspec": "ci/build.yml"}
    assert built(source=source)["buildStatus"] == "SUCCEEDED"


def test_a_buildspec_is_in_a_bucket(
    client: Client, bucket: str, built: Callable[..., Build], stored: Callable[..., str]
) -> None:
    client("s3").put_object(Bucket=bucket, Key="specs/one.yml", Body=LIST)
    source = {"type": "S3", "location": stored({"a": "b"}), "buildspec": f"arn:aws:s3:::{bucket}/specs/one.yml"}
    assert built(source=source)["buildStatus"] == "SUCCEEDED"


@pytest.mark.parametrize("place", ["", "no.yml", "../" * 20 + "etc/hostname"])
def test_a_missing_buildspec_fails_the_build(
    built: Callable[..., Build], stored: Callable[..., str], place: str
) -> None:
    build = built(source={"type": "S3", "location": stored({"a": "b"}), "buildspec": place})
    phase, code, message = failure(build)
    assert (phase, code) == ("DOWNLOAD_SOURCE", "YAML_FILE_ERROR")
    assert message.startswith("stat /")
    assert message.endswith(f"{place or 'buildspec.yml'}: no such file or directory")

"""``git clone`` and ``git push`` with the git of this machine, as on AWS."""

import base64
import functools
import json
import os
import socket
import subprocess
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

import git_client
from git_client import HELPER, Git, GitError
from localaws.wire import Credentials

Client = Callable[[str], Any]
ROOT = Path(__file__).resolve().parents[3]
AWS_CLI = ROOT / ".venv-awscli/bin/aws"  # `make test-all` builds it
REFUSED = "The requested URL returned error: 403"


@pytest.fixture
def git_of(tmp_path: Path) -> Callable[..., Git]:
    """A function that makes a git which has somebody's credentials and no settings but a credential helper."""
    return functools.partial(git_client.git, tmp_path)


@pytest.fixture
def git(git_of: Callable[..., Git], local_aws: Any) -> Git:
    """A git of somebody who may do everything."""
    return git_of(local_aws.administrator)


@pytest.fixture
def password_of(url: str) -> Callable[[Credentials], tuple[str, str]]:
    """A function that returns the user name and the password of a git client with these credentials."""

    def ask(credentials: Credentials) -> tuple[str, str]:
        host, _, path = url.removeprefix("http://").partition("/")
        ran = subprocess.run(
            [*HELPER.removeprefix("!").split(), "get"],
            input=f"protocol=http\nhost={host}\npath={path}\n",
            env=credentials.environment("us-east-1"),
            capture_output=True,
            text=True,
            check=True,
        )
        told = dict(line.split("=", 1) for line in ran.stdout.splitlines())
        return told["username"], told["password"]

    return ask


@pytest.fixture
def password(password_of: Callable[[Credentials], tuple[str, str]], local_aws: Any) -> tuple[str, str]:
    """Those of somebody who may do everything."""
    return password_of(local_aws.administrator)


@pytest.fixture
def url_of(codecommit: Any) -> Callable[[str], str]:
    """A function that returns a repository's clone URL."""
    return lambda name: str(
        codecommit.get_repository(repositoryName=name)["repositoryMetadata"]["cloneUrlHttp"],
    )


@pytest.fixture
def url(url_of: Callable[[str], str], filled: str) -> str:
    """The clone URL of a repository with three files."""
    return url_of(filled)


@pytest.fixture
def cloned(git: Git, url: str, tmp_path: Path) -> Path:
    """A clone of it."""
    git("clone", url, "cloned")
    return tmp_path / "cloned"


@pytest.fixture
def user(client: Client) -> Callable[..., Credentials]:
    """A function that creates a user who may do this, by the statements of a policy, and returns an access key."""

    def create(*statements: dict[str, Any]) -> Credentials:
        name = f"u-{uuid.uuid4().hex[:8]}"
        client("iam").create_user(UserName=name)
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | each for each in statements]})
        client("iam").put_user_policy(UserName=name, PolicyName="git", PolicyDocument=policy)
        key = client("iam").create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    return create


def changed(git: Git, folder: Path, files: dict[str, str | bytes]) -> str:
    """Commit files to the branch that is checked out, and return the commit's id."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content.encode() if isinstance(content, str) else content)
    git("add", ".", folder=folder)
    git("commit", "-m", "by git", folder=folder)
    return git("rev-parse", "HEAD", folder=folder).strip()


def tip(codecommit: Any, repository: str, branch: str = "main") -> str:
    return str(codecommit.get_branch(repositoryName=repository, branchName=branch)["branch"]["commitId"])


def test_the_clone_url_is_local_aws_s_own(local_aws: Any, url: str, filled: str) -> None:
    assert url == f"{local_aws.endpoint}/v1/repos/{filled}"


def test_a_clone_has_the_files_on_the_default_branch(git: Git, cloned: Path, codecommit: Any, filled: str) -> None:
    assert (cloned / "src/deep/b.py").read_text() == "b = 2\n"
    head = git("rev-parse", "--abbrev-ref", "HEAD", folder=cloned), git("rev-parse", "HEAD", folder=cloned)
    assert head == ("main\n", f"{tip(codecommit, filled)}\n")


def test_a_push_is_what_codecommit_has(git: Git, cloned: Path, codecommit: Any, filled: str) -> None:
    commit_id = changed(git, cloned, {"src/a.py": "a = 3\n"})
    git("push", folder=cloned)
    assert tip(codecommit, filled) == commit_id
    assert codecommit.get_file(repositoryName=filled, filePath="src/a.py")["fileContent"] == b"a = 3\n"
    author = codecommit.get_commit(repositoryName=filled, commitId=commit_id)["commit"]["author"]
    assert (author["name"], author["email"]) == ("Ada", "ada@example.com")


def test_a_fetch_brings_what_others_committed(git: Git, cloned: Path, filled: str, commit: Callable[..., Any]) -> None:
    commit_id = commit(filled, {"new.txt": "new"})["commitId"]
    git("pull", folder=cloned)
    assert (git("rev-parse", "HEAD", folder=cloned).strip(), (cloned / "new.txt").read_text()) == (commit_id, "new")


def test_the_first_push_makes_the_default_branch(
    git: Git, url_of: Callable[[str], str], empty: str, codecommit: Any, tmp_path: Path
) -> None:
    assert "You appear to have cloned an empty repository" in git("clone", url_of(empty), "first")
    git("switch", "-c", "trunk", folder=tmp_path / "first")
    commit_id = changed(git, tmp_path / "first", {"a": "1"})
    git("push", "-u", "origin", "trunk", folder=tmp_path / "first")
    assert codecommit.get_repository(repositoryName=empty)["repositoryMetadata"]["defaultBranch"] == "trunk"
    assert tip(codecommit, empty, "trunk") == commit_id
    git("clone", url_of(empty), "second")
    assert git("rev-parse", "--abbrev-ref", "HEAD", folder=tmp_path / "second") == "trunk\n"


@pytest.mark.parametrize("post_buffer", ["10000000", "1"], ids=["with a length", "in chunks"])
def test_a_large_push_arrives(git: Git, cloned: Path, codecommit: Any, filled: str, post_buffer: str) -> None:
    noise = os.urandom(3_000_000)
    changed(git, cloned, {"noise.bin": noise, **{f"many/{number}.txt": "text" * number for number in range(300)}})
    git("-c", f"http.postBuffer={post_buffer}", "push", folder=cloned)
    assert codecommit.get_file(repositoryName=filled, filePath="noise.bin")["fileContent"] == noise


def test_a_request_that_git_compresses_is_understood(git: Git, cloned: Path, url: str, tmp_path: Path) -> None:
    for number in range(30):  # git asks for each of them, and compresses what is longer than a kilobyte
        git("commit", "--allow-empty", "-m", str(number), folder=cloned)
        git("branch", f"b{number}", folder=cloned)
    git("push", "--all", folder=cloned)
    git("clone", url, "other")
    assert "origin/b29" in git("branch", "--remotes", folder=tmp_path / "other").split()


def test_a_shallow_clone_pushes_too(
    *, git: Git, cloned: Path, url: str, codecommit: Any, filled: str, tmp_path: Path
) -> None:
    changed(git, cloned, {"a": "1"})
    git("push", folder=cloned)
    git("clone", "--depth", "1", url, "shallow")
    assert git("rev-list", "--count", "HEAD", folder=tmp_path / "shallow").strip() == "1"
    commit_id = changed(git, tmp_path / "shallow", {"a": "2"})
    git("push", folder=tmp_path / "shallow")
    assert tip(codecommit, filled) == commit_id
    git("pull", folder=cloned)
    assert git("rev-list", "--count", "HEAD", folder=cloned).strip() == "3"


def test_a_partial_clone_is_a_whole_one(git: Git, url: str, tmp_path: Path) -> None:
    assert "filtering not recognized by server, ignoring" in git("clone", "--filter=blob:none", url, "partial")
    assert (tmp_path / "partial/src/a.py").read_text() == "a = 1\n"


def test_a_push_that_does_not_follow_is_refused_unless_it_is_forced(
    git: Git, cloned: Path, codecommit: Any, filled: str, commit: Callable[..., Any]
) -> None:
    theirs = commit(filled, {"theirs": "1"})["commitId"]
    mine = changed(git, cloned, {"mine": "1"})
    with pytest.raises(GitError, match=r"\[rejected\] +main -> main \(fetch first\)"):
        git("push", folder=cloned)
    assert tip(codecommit, filled) == theirs
    git("push", "--force", folder=cloned)
    assert tip(codecommit, filled) == mine


def test_of_two_pushes_at_once_one_is_refused(
    *, git: Git, cloned: Path, url: str, codecommit: Any, filled: str, tmp_path: Path
) -> None:
    git("clone", url, "other")
    folders = [cloned, tmp_path / "other"]
    commits = [changed(git, folder, {folder.name: "1"}) for folder in folders]
    failures: list[GitError] = []

    def push(folder: Path) -> None:
        try:
            git("push", folder=folder)
        except GitError as error:
            failures.append(error)

    threads = [threading.Thread(target=push, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 1
    assert "rejected] main -> main" in " ".join(str(failures[0]).split()).replace("! [", "[")
    assert tip(codecommit, filled) in commits


def test_a_push_from_what_has_changed_meanwhile_is_refused(
    *, git: Git, cloned: Path, codecommit: Any, filled: str, commit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from localaws.codecommit import smart_http

    theirs: list[str] = []
    asked = smart_http._Push._on_pre_receive

    def overtaken(self: Any, references: Any) -> None:
        theirs.append(commit(filled, {"theirs": "1"})["commitId"])
        asked(self, references)

    monkeypatch.setattr(smart_http._Push, "_on_pre_receive", overtaken)
    changed(git, cloned, {"mine": "1"})
    with pytest.raises(GitError, match=r"it has changed in the meantime: fetch first"):
        git("push", folder=cloned)
    assert tip(codecommit, filled) == theirs[0]


def test_branches_and_tags_come_and_go_and_the_default_branch_stays(
    git: Git, cloned: Path, codecommit: Any, filled: str
) -> None:
    git("tag", "-a", "v1", "-m", "first", folder=cloned)
    git("push", "origin", "main:refs/heads/x", "v1", folder=cloned)
    assert codecommit.list_branches(repositoryName=filled)["branches"] == ["main", "x"]
    assert "refs/tags/v1" in git("ls-remote", "origin", folder=cloned)
    git("push", "origin", "--delete", "x", "v1", folder=cloned)
    assert codecommit.list_branches(repositoryName=filled)["branches"] == ["main"]
    with pytest.raises(GitError, match=r"remote rejected\] main \(the default branch cannot be deleted\)"):
        git("push", "origin", "--delete", "main", folder=cloned)


def test_pushes_are_told(
    *,
    git: Git,
    cloned: Path,
    codecommit: Any,
    filled: str,
    heard: Callable[[str], list[Any]],
    awaited: Callable[..., Any],
) -> None:
    before = tip(codecommit, filled)
    after = changed(git, cloned, {"a": "1"})
    git("tag", "v1", folder=cloned)
    git("push", "origin", "main", "v1", folder=cloned)
    git("push", "origin", "--delete", "v1", folder=cloned)
    told = [event["detail"] for event in awaited(lambda: heard(filled), 3)]
    keys = ("event", "referenceType", "referenceName", "referenceFullName", "oldCommitId", "commitId")
    assert {tuple(each.get(key) for key in keys) for each in told} == {
        ("referenceUpdated", "branch", "main", "refs/heads/main", before, after),
        ("referenceCreated", "tag", "v1", "refs/tags/v1", None, after),
        ("referenceDeleted", "tag", "v1", "refs/tags/v1", after, None),
    }
    assert {each["callerUserArn"] for each in told} == {"arn:aws:iam::123456789012:user/local"}


# Who may


@pytest.mark.parametrize(
    ("spoilt", "variables"),
    [
        ({"secret_access_key": "x" * 40}, {}),
        ({"access_key_id": "AKIAIOSFODNN7EXAMPLE"}, {}),
        ({"session_token": "of nobody"}, {}),
        ({}, {"SECONDS_AHEAD": "-1000"}),
        ({}, {"SECONDS_AHEAD": "1000"}),
    ],
    ids=["secret", "key", "token", "old", "of the future"],
)
def test_a_wrong_password_is_refused(
    git_of: Callable[..., Git], local_aws: Any, url: str, spoilt: dict[str, str], variables: dict[str, str]
) -> None:
    right = local_aws.administrator
    given = {"access_key_id": right.access_key_id, "secret_access_key": right.secret_access_key} | spoilt
    with pytest.raises(GitError, match=REFUSED):
        git_of(Credentials(**given), **variables)("clone", url, "cloned")


def test_a_password_of_another_repository_is_refused(git_of: Callable[..., Git], local_aws: Any, url: str) -> None:
    helper = f"{HELPER.removeprefix('!')} get <<< $(sed s/path=.*/path=v1.repos.other/)"
    with pytest.raises(GitError, match=REFUSED):
        git_of(local_aws.administrator, f"!bash -c '{helper}'")("clone", url, "cloned")


def test_no_page_of_a_browser_comes_in(url: str) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        assert requests.get(f"{url}/info/refs?service=git-upload-pack", headers=headers, timeout=10).status_code == 403


def test_nobody_comes_in_without_a_password(url: str) -> None:
    answer = requests.get(f"{url}/info/refs?service=git-upload-pack", timeout=10)
    assert (answer.status_code, answer.headers["WWW-Authenticate"].split()[0]) == (401, "Basic")


@pytest.mark.parametrize("path", ["/HEAD", "/objects/info/packs", "", "/info/refs/../../x"])
def test_nothing_is_served_but_the_smart_protocol(url: str, path: str) -> None:
    assert requests.get(f"{url}{path}", timeout=10).status_code in (401, 404)


@pytest.mark.parametrize("service", ["git-upload-pack", "git-receive-pack"])
@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"", {}), (b"zzzz", {}), (b"0009x y\n", {}), (b"x", {"Content-Encoding": "gzip"})],
    ids=["nothing", "no length", "a line", "no gzip"],
)
def test_what_is_not_gits_is_refused(
    url: str, password: tuple[str, str], service: str, body: bytes, headers: dict[str, str]
) -> None:
    headers = headers | {"Content-Type": f"application/x-{service}-request"}
    answer = requests.post(f"{url}/{service}", auth=password, data=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.text.partition(":")[0]) == (400, "This is no request of git's")


def test_a_push_that_breaks_off_changes_nothing(
    *, url: str, password: tuple[str, str], codecommit: Any, filled: str, caplog: pytest.LogCaptureFixture
) -> None:
    basic = base64.b64encode(":".join(password).encode()).decode()
    head = f"Authorization: Basic {basic}\r\nContent-Length: 1000\r\n"
    host, _, path = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    before = tip(codecommit, filled)
    with socket.create_connection((name, int(port))) as connection:
        start = f"POST /{path}/git-receive-pack HTTP/1.1\r\nHost: {host}\r\n{head}\r\n"
        connection.sendall(start.encode() + b"half of it")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert tip(codecommit, filled) == before
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_who_may_only_push_sees_nothing(user: Callable[..., Credentials], password_of: Any, url: str) -> None:
    password = password_of(user({"Action": "codecommit:GitPush", "Resource": "*"}))
    for query in ("service=git-upload-pack", "service=git-upload-pack&service=git-receive-pack", ""):
        answer = requests.get(f"{url}/info/refs?{query}", auth=password, timeout=10)
        assert answer.status_code in (403, 404), query


def test_a_session_comes_in_with_its_token(
    git_of: Callable[..., Git], client: Client, url: str, tmp_path: Path
) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    name = f"r-{uuid.uuid4().hex[:8]}"
    role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]
    pull = {"Effect": "Allow", "Action": "codecommit:GitPull", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [pull]})
    client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    got = client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]
    session = git_of(Credentials(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"]))
    session("clone", url, "cloned")
    changed(session, tmp_path / "cloned", {"a": "1"})
    with pytest.raises(GitError, match=r"(?s)not authorized to perform: codecommit:GitPush.*" + REFUSED):
        session("push", folder=tmp_path / "cloned")


def test_who_may_only_push_may_not_clone(
    git_of: Callable[..., Git], user: Callable[..., Credentials], url: str
) -> None:
    with pytest.raises(GitError, match=r"(?s)not authorized to perform: codecommit:GitPull.*" + REFUSED):
        git_of(user({"Action": "codecommit:GitPush", "Resource": "*"}))("clone", url, "cloned")


def test_a_push_is_allowed_by_reference(
    *,
    git_of: Callable[..., Git],
    user: Callable[..., Credentials],
    url: str,
    codecommit: Any,
    filled: str,
    tmp_path: Path,
) -> None:
    # https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-conditional-branch.html
    arn = codecommit.get_repository(repositoryName=filled)["repositoryMetadata"]["Arn"]
    protected = {
        "StringEqualsIfExists": {"codecommit:References": ["refs/heads/main"]},
        "Null": {"codecommit:References": "false"},
    }
    git = git_of(
        user(
            {"Action": ["codecommit:GitPull", "codecommit:GitPush"], "Resource": arn},
            {"Effect": "Deny", "Action": "codecommit:GitPush", "Resource": arn, "Condition": protected},
        )
    )
    git("clone", url, "cloned")
    before = tip(codecommit, filled)
    commit_id = changed(git, tmp_path / "cloned", {"a": "1"})
    with pytest.raises(GitError, match="HTTP 403"):
        git("push", "origin", "main", "main:refs/heads/x", folder=tmp_path / "cloned")
    assert (tip(codecommit, filled), codecommit.list_branches(repositoryName=filled)["branches"]) == (before, ["main"])
    git("push", "origin", "main:refs/heads/x", folder=tmp_path / "cloned")
    assert tip(codecommit, filled, "x") == commit_id


def test_a_repository_that_is_not_there_is_not_found(git: Git, local_aws: Any) -> None:
    url = f"{local_aws.endpoint}/v1/repos/r-{uuid.uuid4().hex[:8]}"
    with pytest.raises(GitError, match=f"repository '{url}/' not found"):
        git("clone", url, "cloned")


def test_repositories_of_a_name_are_apart_by_region(
    git_of: Callable[..., Git], local_aws: Any, filled: str, url: str, tmp_path: Path
) -> None:
    local_aws.administrator.client("codecommit", "eu-west-1").create_repository(repositoryName=filled)
    git = git_of(local_aws.administrator, AWS_REGION="eu-west-1")
    assert "You appear to have cloned an empty repository" in git("clone", url, "there")


@pytest.mark.slow
@pytest.mark.skipif(not AWS_CLI.exists(), reason="no AWS CLI: make test-all builds it")
def test_the_helper_of_the_aws_cli_is_understood(
    *, git_of: Callable[..., Git], local_aws: Any, url: str, codecommit: Any, filled: str, tmp_path: Path
) -> None:
    helper = f'!f() {{ test "$1" = get && {AWS_CLI} codecommit credential-helper get --ignore-host-check; }}; f'
    git = git_of(local_aws.administrator, helper, scope=f"{local_aws.endpoint}.")  # for this host alone
    git("clone", url, "cloned")
    commit_id = changed(git, tmp_path / "cloned", {"a": "1"})
    git("push", folder=tmp_path / "cloned")
    assert tip(codecommit, filled) == commit_id

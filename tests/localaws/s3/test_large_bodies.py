"""A body of 1 GB passes through a server of little memory, and its files go with the server."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

_GIGABYTE = 1 << 30
_MOST_MEMORY = 200 << 20
_SCRIPTS = Path(__file__).parents[3] / "scripts"

pytestmark = pytest.mark.slow


@dataclass
class Server:
    """Local AWS in a process of its own."""

    process: subprocess.Popen[str]
    variables: dict[str, str]

    def client(self) -> Any:
        """Return a client of its S3."""
        return boto3.client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def most_memory(self) -> int:
        """Return the most memory in bytes that it ever had resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) << 10


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """A function that starts a server whose temporary files are in a folder of this test, none larger than told."""
    processes = []

    def run(largest_file: str = "unlimited") -> Server:
        process = subprocess.Popen(
            ["bash", "-c", f'ulimit -f {largest_file}; exec "$0" -m localaws --port 0 --control', sys.executable],
            env=os.environ | {"PYTHONPATH": str(_SCRIPTS), "TMPDIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        line = process.stdout.readline().partition("export ")[2].partition(";")[0]
        return Server(process, dict(pair.split("=", 1) for pair in shlex.split(line)))

    yield run
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Path]:
    """A file of 1 GB whose parts differ."""
    path = tmp_path / "large"
    pattern = os.urandom(1 << 20)
    with path.open("wb") as file:
        for number in range(_GIGABYTE >> 20):
            file.write(number.to_bytes(4, "big") + pattern[4:])
    yield path
    path.unlink()


def _is_same(stream: Any, path: Path, start: int = 0) -> bool:
    with path.open("rb") as file:
        file.seek(start)
        return all(block == file.read(len(block)) for block in stream.iter_chunks(1 << 20))


def test_gigabyte_put_copied_and_got_in_little_memory(start: Callable[..., Server], large: Path) -> None:
    server = start()
    s3 = server.client()
    s3.create_bucket(Bucket="large")
    with large.open("rb") as file:
        s3.put_object(Bucket="large", Key="one", Body=file)
    s3.copy_object(Bucket="large", Key="two", CopySource="large/one")
    whole = s3.get_object(Bucket="large", Key="two")["Body"]
    assert _is_same(whole, large)
    assert whole.tell() == _GIGABYTE
    end = s3.get_object(Bucket="large", Key="two", Range=f"bytes={_GIGABYTE >> 1}-")["Body"]
    assert _is_same(end, large, _GIGABYTE >> 1)
    assert server.most_memory() < _MOST_MEMORY


def test_gigabyte_in_parts_in_little_memory(start: Callable[..., Server], large: Path, tmp_path: Path) -> None:
    server = start()
    s3 = server.client()
    s3.create_bucket(Bucket="large")
    settings = TransferConfig(multipart_chunksize=64 << 20, max_concurrency=4)
    s3.upload_file(str(large), "large", "parts", Config=settings)
    source = {"Bucket": "large", "Key": "parts"}
    s3.copy(source, "large", "copy", Config=settings)
    back = tmp_path / "back"
    s3.download_file("large", "copy", str(back), Config=settings)
    with large.open("rb") as expected, back.open("rb") as got:
        assert all(block == got.read(1 << 20) for block in iter(lambda: expected.read(1 << 20), b""))
        assert got.read(1) == b""
    assert server.most_memory() < _MOST_MEMORY


def _folders(path: Path) -> list[Path]:
    return list(path.glob("localaws-s3-*"))


def test_bodies_go_with_the_server(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start()
    server.client().create_bucket(Bucket="small")
    server.client().put_object(Bucket="small", Key="key", Body=b"body")
    assert _folders(tmp_path)
    server.process.send_signal(signal.SIGTERM)
    server.process.communicate(timeout=30)
    assert not _folders(tmp_path)


def test_bodies_of_a_killed_server_go_at_the_next_start(start: Callable[..., Server], tmp_path: Path) -> None:
    killed, living = start(), start()
    for server in (killed, living):
        server.client().create_bucket(Bucket="small")
        server.client().put_object(Bucket="small", Key="key", Body=b"body")
    assert len(_folders(tmp_path)) == 2
    killed.process.kill()
    killed.process.communicate(timeout=30)
    server = start()
    server.client().create_bucket(Bucket="small")
    server.client().put_object(Bucket="small", Key="key", Body=b"body")
    assert len(_folders(tmp_path)) == 2
    assert living.client().get_object(Bucket="small", Key="key")["Body"].read() == b"body"


def test_a_body_that_the_disk_cannot_take(start: Callable[..., Server], tmp_path: Path) -> None:
    s3 = start(largest_file="1024").client()  # blocks of 1 KB
    s3.create_bucket(Bucket="small")
    s3.put_object(Bucket="small", Key="fits", Body=bytes(1 << 19))
    with pytest.raises(ClientError) as refusal:
        s3.put_object(Bucket="small", Key="key", Body=bytes(1 << 21))
    assert refusal.value.response["Error"]["Message"] == "Local AWS cannot store the body: File too large"
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="small")["Contents"]] == ["fits"]
    assert len([path for folder in _folders(tmp_path) for path in folder.iterdir()]) == 1


def test_a_file_goes_with_the_last_object_that_has_it(start: Callable[..., Server], tmp_path: Path) -> None:
    s3 = start().client()

    def files() -> int:
        return len([path for folder in _folders(tmp_path) for path in folder.iterdir()])

    s3.create_bucket(Bucket="small")
    for body in (b"first", b"second"):
        s3.put_object(Bucket="small", Key="key", Body=body)
    s3.copy_object(Bucket="small", Key="copy", CopySource="small/key")
    assert files() == 1
    upload = s3.create_multipart_upload(Bucket="small", Key="parts")["UploadId"]
    s3.upload_part(Bucket="small", Key="parts", UploadId=upload, PartNumber=1, Body=b"part")
    assert files() == 2
    s3.abort_multipart_upload(Bucket="small", Key="parts", UploadId=upload)
    s3.delete_object(Bucket="small", Key="key")
    assert s3.get_object(Bucket="small", Key="copy")["Body"].read() == b"second"
    assert files() == 1
    s3.delete_object(Bucket="small", Key="copy")
    assert files() == 0

"""model.tar.gz: its files come out as they are, and nothing of it lands elsewhere."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from localaws.sagemaker.storage import pack, unpack

Write = Callable[..., Path]


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """Return a member of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes an archive of these members, each file with its name in it, and returns the archive."""

    def archive(*members: tarfile.TarInfo) -> Path:
        with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as tar:
            for info in members:
                content = info.name.encode() if info.isfile() else b""
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return tmp_path / "model.tar.gz"

    return archive


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_packed_comes_out(tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    (packed / "folder").mkdir(parents=True)
    (packed / "xgboost-model").write_bytes(b"\x00model")
    (packed / "folder" / "file").write_bytes(b"deep")
    with (tmp_path / "model.tar.gz").open("wb") as archive:
        pack([packed], archive)
    unpack(tmp_path / "model.tar.gz", tmp_path / "model")
    assert contents(tmp_path / "model") == {"xgboost-model": b"\x00model", "folder/file": b"deep"}


def test_an_archive_of_the_current_folder_comes_out(write: Write, tmp_path: Path) -> None:
    unpack(write(member(".", tarfile.DIRTYPE), member("./xgboost-model"), member("a/b")), tmp_path / "model")
    assert contents(tmp_path / "model") == {"xgboost-model": b"./xgboost-model", "a/b": b"a/b"}


@pytest.mark.parametrize(
    "refused",
    [
        member("../outside"),
        member("a/../../outside"),
        member("/outside-of-everything"),
        member("../model-too/outside"),
        member("link", tarfile.SYMTYPE, "/"),
        member("link", tarfile.SYMTYPE, "xgboost-model"),
        member("link", tarfile.LNKTYPE, "../outside"),
        member("device", tarfile.CHRTYPE),
        member("pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda info: f"{info.name} {info.type.decode()} {info.linkname}".strip(),
)
def test_a_member_that_could_lead_elsewhere_is_refused(write: Write, tmp_path: Path, refused: tarfile.TarInfo) -> None:
    archive = write(member("xgboost-model"), refused)
    with pytest.raises(tarfile.TarError, match="is refused"):
        unpack(archive, tmp_path / "model")
    assert {path.name for path in tmp_path.iterdir()} == {"model", "model.tar.gz"}
    assert contents(tmp_path / "model") == {"xgboost-model": b"xgboost-model"}

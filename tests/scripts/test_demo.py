"""What a demo says of where to look."""

from pathlib import Path

import pytest

import demo


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (None, "build/logs/function.log, aws-sagemaker-*.log beside it"),
        ("", "build/logs/function.log, aws-sagemaker-*.log beside it"),
        ("a warning", "build/logs/function.log, aws-sagemaker-*.log beside it, and build/logs/localaws.log"),
    ],
)
def test_local_aws_s_own_log_is_named_where_it_says_something(
    own: str | None, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    logs = tmp_path / "build/logs"
    logs.mkdir(parents=True)
    if own is not None:
        (logs / "localaws.log").write_text(own)
    assert demo.where_to_look(logs / "function.log") == told

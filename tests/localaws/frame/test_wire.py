"""Services of local AWS call each other whatever AWS settings the person has who started it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from localaws import wire


def test_a_persons_own_settings_change_nothing(local_aws: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nendpoint_url = http://192.0.2.1\nuse_fips_endpoint = true\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-is-gone")
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    wire._session.cache_clear()
    assert "Buckets" in local_aws.administrator.client("s3", "us-east-1").list_buckets()


def test_clients_are_made_one_at_a_time(local_aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    making, most = [], []

    class Session:
        """A session that notes how many threads are in it."""

        def client(self, *_: Any, **__: Any) -> None:
            making.append(1)
            most.append(len(making))
            meeting.wait()
            making.pop()

    meeting = threading.Event()
    monkeypatch.setattr(wire, "_session", Session)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(local_aws.administrator.client, "s3", "us-east-1")
        threading.Timer(0.1, meeting.set).start()
    assert most == [1, 1, 1, 1]

"""What a build has started ends with local AWS, however that ends."""

import json
import os
import subprocess
import time
from pathlib import Path

from localaws import children

_PATIENCE = 30.0


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_commands_end_when_the_server_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    reading, writing = os.pipe()
    # All that a kill -9 leaves to the agent of a build: the end of its standard input.
    agent = children.spawn_module(
        "codebuild.agent", environment={}, cwd=tmp_path, stdout=subprocess.DEVNULL, pass_fds=[writing]
    )
    plan = {
        "events": writing,
        "folder": str(tmp_path),
        "source": str(tmp_path),
        "shell": "/bin/sh",
        "environment": {"PATH": os.defpath},
        "exported": [],
        "phases": {"BUILD": {"commands": [f"echo $$ > {mark}.new; mv {mark}.new {mark}; sleep 600"]}},
    }
    assert agent.stdin
    agent.stdin.write(json.dumps(plan).encode() + b"\n")
    agent.stdin.flush()
    deadline = time.monotonic() + _PATIENCE
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    shell = int(mark.read_text())
    assert not ended(shell)
    agent.stdin.close()
    while not ended(shell):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    children.kill(agent)
    for descriptor in (reading, writing):
        os.close(descriptor)

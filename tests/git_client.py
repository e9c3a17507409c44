"""The git of this machine, as somebody uses it with CodeCommit: with their credentials, and no other settings."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from localaws.wire import Credentials

Git = Callable[..., str]
HELPER = f"!{sys.executable} {Path(__file__).with_name('credential_helper.py')}"


class GitError(Exception):
    """What git said when it failed."""


def git(home: Path, credentials: Credentials, helper: str = HELPER, scope: str = "", **variables: str) -> Git:
    """Return a function that runs git in a folder (by default, in ``home``) and returns what it printed.

    ``scope``: the address, with a dot behind it, that the helper is asked for alone.
    """
    settings = {
        f"credential.{scope}helper": helper,
        f"credential.{scope}useHttpPath": "true",
        "init.defaultBranch": "main",
        "user.name": "Ada",
        "user.email": "ada@example.com",
    }
    names = {f"GIT_CONFIG_KEY_{number}": name for number, name in enumerate(settings)}
    values = {f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(settings.values())}
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": str(len(settings)),
        **names,
        **values,
        **credentials.environment("us-east-1"),
        **variables,
    }

    def run(*arguments: str | Path, folder: Path = home) -> str:
        ran = subprocess.run(
            ["git", *map(str, arguments)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if ran.returncode:
            raise GitError(ran.stderr)
        return ran.stdout + ran.stderr

    return run

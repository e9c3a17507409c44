"""The hosts of a training job: each a folder in place of /opt/ml and a process of the image, all on this machine."""

import contextlib
import os
import queue
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from localaws import children
from localaws.faults import processes
from localaws.xgboost_container.version import Version

_T = TypeVar("_T")


@dataclass(eq=False)
class Host:
    """A host by its name, ``algo-1`` and so on."""

    name: str
    folder: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def exit_code(self) -> int | None:
        """How its process ended, as a shell tells it; None while it has not."""
        code = self.process.poll() if self.process else None
        return code if code is None or code >= 0 else 128 - code

    @property
    def failure(self) -> str:
        """What the image wrote about its failure."""
        return self._failure.read_text() if self._failure.exists() else ""

    @property
    def failed_at(self) -> int:
        """When it wrote that, in nanoseconds; a process that was killed wrote nothing, and comes first."""
        return self._failure.stat().st_mtime_ns if self._failure.exists() else 0

    @property
    def _failure(self) -> Path:
        return self.folder / "output" / "failure"


@dataclass
class Hosts:
    """The hosts of a job.

    When one fails, those that wait for it fail in their turn: who failed first is the cause.
    """

    all: list[Host]
    _ended: "queue.SimpleQueue[Host]" = field(default_factory=queue.SimpleQueue)

    @classmethod
    def of(cls, count: int, folder: Path) -> "Hosts":
        """Return so many hosts, whose processes have not begun."""
        return cls([Host(f"algo-{number}", folder / f"algo-{number}") for number in range(1, count + 1)])

    def share(self, host: Host, keys: list[str], distribution: str) -> list[str]:
        """Return which of a channel's objects a host gets: all, or its share (S3DataDistributionType)."""
        return keys[self.all.index(host) :: len(self.all)] if distribution == "ShardedByS3Key" else keys

    def start(self, version: Version, environment: Mapping[str, str]) -> None:
        """Start the processes; several have a pipe through which the first one calls the others together."""
        to_read, to_write = os.pipe()
        with os.fdopen(to_read), os.fdopen(to_write, "w"):
            for host in self.all:
                network = to_write if host is self.all[0] else to_read
                alone = len(self.all) == 1
                host.process = children.spawn_module(
                    "xgboost_container.train",
                    [str(host.folder), version.name, *([] if alone else [str(network)])],
                    environment=environment,
                    cwd=host.folder,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=() if alone else (network,),
                )

    def follow(self, each: "Callable[[str, subprocess.Popen[bytes], Callable[[], None]], _T]") -> list[_T]:
        """Return what ``each`` makes of every host's name and process; it is to call when the process's output ends."""
        return [each(host.name, host.process, partial(self._ended.put, host)) for host in self.all if host.process]

    @contextlib.contextmanager
    def at_work(self, name: str) -> Iterator[None]:
        """Let faults strike the processes while they work as this."""
        with contextlib.ExitStack() as working:
            for host in self.all:
                if host.process:
                    working.enter_context(processes.at_work(name, host.process))
            yield

    def wait(self, seconds: float | None = None) -> None:
        """Wait until all have ended, or one has failed; TimeoutError when that takes longer. They must be followed."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self.cause and any(host.exit_code is None for host in self.all):
            try:
                host = self._ended.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError from None
            if host.process:
                host.process.wait()

    @property
    def cause(self) -> Host | None:
        """The host that was the first to fail."""
        return min((host for host in self.all if host.exit_code), key=lambda host: host.failed_at, default=None)

    def terminate(self) -> None:
        """Ask the processes to end."""
        for host in self.all:
            if host.process:
                host.process.terminate()

    def kill(self) -> None:
        """Kill the processes, what they may have started, and their places in the list."""
        for host in self.all:
            if host.process:
                children.kill(host.process)

"""Several hosts that train one model, as the image lets them: over XGBoost's own collective, which it sets up twice.

In a first ring all hosts say whether they have data, and those without leave. In a second ring the others train, and
its first host by name, the master, alone saves the model. Source: sagemaker_xgboost_container/distributed.py.

Not true to AWS: hosts are processes of this machine. The tracker listens on a free port of the loopback, since jobs
share it, and not on algo-1's port 9099: who leads tells the port, first through a pipe, then through the first ring.
Hosts wait for each other as long as XGBoost does by itself (300 s), and not 3 s, which the image sets. XGBoost's
workers listen on all interfaces, on ports that change, and have no option to change that: once they have found each
other, they are made to hear loopback alone. Hosts tell each other numbers, where the image's tell pickles: what comes
over a network is not unpickled.
"""

import contextlib
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localaws.xgboost_container.errors import AlgorithmError

_LOOPBACK = "127.0.0.1"
_IP_BOUND_IF = 25  # of macOS, netinet/in.h; Python's socket has no name for it
_PORT_SIZE = 5  # bytes that tell a port through the pipe
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """A host among the hosts of its job, as resourceconfig.json tells; all but the first read the network's pipe."""

    host: str
    hosts: list[str]
    network: int  # the first host's is to write to


def run(place: Place, fit: Callable[[bool], None], *, has_data: bool) -> None:
    """Let this host train with the others; ``fit`` is told whether it is the master. Without data, end the process."""
    hosts = sorted(place.hosts)
    with contextlib.ExitStack() as second:
        with _first_ring(place, hosts):
            having = _sum([has_data and host == place.host for host in hosts])
            chosen = [host for host, has in zip(hosts, having, strict=True) if has]
            port = 0
            if len(chosen) > 1:
                is_master = place.host == chosen[0]
                [port] = _sum([second.enter_context(_tracker(len(chosen))) if is_master else 0])
        if not has_data:
            _log.warning("Host %s not being used for distributed training.", place.host)
            sys.exit(0)
        if port:
            second.enter_context(_ring(port, place.host))
        fit(place.host == chosen[0])


@contextlib.contextmanager
def _first_ring(place: Place, hosts: list[str]) -> Iterator[None]:
    if place.host == hosts[0]:
        with _tracker(len(hosts)) as port:
            os.write(place.network, f"{port:0{_PORT_SIZE}}".encode() * (len(hosts) - 1))
            with _ring(port, place.host):
                yield
    elif told := os.read(place.network, _PORT_SIZE):
        with _ring(int(told), place.host):
            yield
    else:  # the first host has ended
        raise AlgorithmError(f"Failed to connect to Rabit Tracker, current_host={place.host}")


@contextlib.contextmanager
def _tracker(workers: int) -> Iterator[int]:
    """Bring so many workers together, and yield the port at which they are to call."""
    from xgboost.core import XGBoostError
    from xgboost.tracker import RabitTracker

    tracker = RabitTracker(host_ip=_LOOPBACK, n_workers=workers, sortby="task")
    tracker.start()
    try:
        yield int(tracker.worker_args()["dmlc_tracker_port"])
        tracker.wait_for()
    finally:
        with contextlib.suppress(XGBoostError):  # of workers that have gone
            tracker.free()


@contextlib.contextmanager
def _ring(port: int, host: str) -> Iterator[None]:
    """Be a worker. After a failure nothing is left in order: others might wait, and the process ends anyway."""
    from xgboost import collective

    arguments: dict[str, Any] = {"dmlc_tracker_uri": _LOOPBACK, "dmlc_tracker_port": port, "dmlc_task_id": host}
    collective.init(**arguments)
    _hear_loopback_alone()
    yield
    collective.finalize()


def _sum(mine: list[int]) -> list[int]:
    """Return the sums of all hosts' numbers."""
    import numpy as np
    from xgboost import collective

    return [int(total) for total in collective.allreduce(np.array(mine, dtype=np.int32), collective.Op.SUM)]


def _hear_loopback_alone() -> None:
    """Bind what listens in this process to the interface of loopback, where the system can."""
    for descriptor in Path("/dev/fd").iterdir():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(descriptor.name))) as each:
            if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                if sys.platform == "linux":
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
                elif sys.platform == "darwin":
                    each.setsockopt(socket.IPPROTO_IP, _IP_BOUND_IF, socket.if_nametoindex("lo0"))

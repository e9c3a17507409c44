"""Local AWS as its callers see it: how soon it is up, how long a request takes, and eight callers at once."""

import http.client
import os
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import own_aws
from bench import footprint
from bench.footprint import Footprint
from bench.scene import NAME, ROWS, Scene

CALLERS = 8
_ALONE = 25  # rounds of one caller
_RAW = 500
_WARM_UP = 10.0  # seconds at most, in which caches are filled


@dataclass
class Calls:
    """How long calls took, in seconds, by service and operation; and how often which error was met."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0

    def record(self, operation: str, seconds: float) -> None:
        """Take down one call; threads may do so at once."""
        self.took[operation].append(seconds)

    @property
    def all(self) -> list[float]:
        """The seconds of all calls, the shortest first."""
        return sorted(seconds for one in self.took.values() for seconds in one)

    def milliseconds(self, share: float) -> float:
        """Return the time within which this share of the calls ended: 0.5 is the median."""
        return self.all[int(len(self.all) * share)] * 1000


@dataclass(frozen=True)
class Load:
    """What was measured.

    ``start`` is in seconds, ``raw`` in milliseconds. ``loaded`` is what the server held at the end of the load, and
    ``growth`` what it held more when all was deleted than after a shorter load before that, also deleted: by
    ``together``'s calls, none of which used a name of the shorter load's.
    """

    start: float
    raw: float
    alone: Calls
    together: Calls
    loaded: Footprint
    growth: Footprint


def measure(seconds: float, log: Path) -> Load:
    """Start a local AWS, let eight callers call it for so many seconds, and return what was measured."""
    began = time.perf_counter()
    with own_aws.local_aws(log) as aws:
        start = time.perf_counter() - began
        os.environ.update(aws.variables)
        server = aws.process.pid
        alone, warm, together = Calls(), Calls(), Calls()
        scene = Scene(alone.record)
        scene.build()
        raw = _raw_request(scene)
        _call(scene, alone, "alone", rounds=_ALONE)
        scene.clear()
        _call_together(warm, "warming", min(_WARM_UP, seconds), server)
        before = footprint.at_rest(server)
        loaded = _call_together(together, "caller", seconds, server)
        growth = footprint.at_rest(server, before).beyond(before)
    return Load(start, raw, alone, together, loaded, growth)


def _call_together(calls: Calls, name: str, seconds: float, process_id: int) -> Footprint:
    """Call from eight threads for a while; return what the server holds before all that was made is deleted."""
    scene = Scene(calls.record)
    scene.build()
    began, over = time.perf_counter(), threading.Event()
    timer = threading.Timer(seconds, over.set)
    timer.daemon = True
    timer.start()
    with ThreadPoolExecutor(CALLERS) as callers:
        for number in range(CALLERS):
            callers.submit(_call, scene, calls, f"{name}-{number}", over=over)
    calls.seconds = time.perf_counter() - began
    held = footprint.of(process_id)
    scene.clear()
    return held


def _call(scene: Scene, calls: Calls, own: str, *, rounds: int = 0, over: threading.Event | None = None) -> None:
    """Go on with rounds, so many or until ``over``; an error ends its round, and is counted by its words."""
    done = 0
    while done < rounds if over is None else not over.is_set():
        done += 1
        try:
            scene.round(f"{own}-{done}")
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what the bench looks for)
            calls.errors[f"{type(error).__name__}: {error}"] += 1


def _raw_request(scene: Scene) -> float:
    """Return the median, in milliseconds, of reading an object over HTTP alone, without boto3's own work."""
    url = urlsplit(scene.client("s3").generate_presigned_url("get_object", {"Bucket": NAME, "Key": "train.csv"}))
    connection = http.client.HTTPConnection(url.netloc)

    def seconds(work: Callable[[], object]) -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    def read() -> None:
        connection.request("GET", f"{url.path}?{url.query}")
        answer = connection.getresponse()
        if answer.read() != ROWS:
            raise http.client.HTTPException(f"{url.geturl()} is answered with {answer.status} {answer.reason}")

    median = statistics.median(seconds(read) for _ in range(_RAW))
    connection.close()
    return median * 1000

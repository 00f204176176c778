"""Health of running services: detects processes that exist but hang.

Each service has a probe, which returns None or the missing condition, as in readiness.py. Probes
run in threads of their own: a process that hangs must not stop the supervisor too.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import redis

from core import redis as core_redis

Probe = Callable[[], str | None]

PROBE_SECONDS = 5.0
# A service hangs when half of the probes of this time failed: of two processes that share a
# port one may still respond.
WINDOW_SECONDS = 60.0
FAILURES_MIN = 3
# Time to become healthy after a start; no process is judged during it.
START_SECONDS = 180.0
BROKER_SECONDS = 1.0
HEARTBEAT_VARIABLE = "HEARTBEAT_FILE"
HEARTBEAT_LATE_SECONDS = 20.0


@dataclass
class HealthMonitor:
    """Probes one service and remembers the results of the last ``window_seconds``."""

    probe: Probe
    probe_seconds: float = PROBE_SECONDS
    window_seconds: float = WINDOW_SECONDS
    start_seconds: float = START_SECONDS
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    # Monotonic time and the missing condition, oldest first.
    _results: deque[tuple[float, str | None]] = field(default_factory=deque)
    _started_at: float = 0.0
    _has_been_healthy: bool = False

    def __post_init__(self) -> None:
        self.restart()
        threading.Thread(target=self._run, name="health", daemon=True).start()

    def restart(self) -> None:
        """Clears the results: the service has a new process."""
        with self._lock:
            self._results.clear()
            self._started_at, self._has_been_healthy = time.monotonic(), False

    def stop(self) -> None:
        self._stopping.set()

    def failure(self, at: float) -> str | None:
        """The condition that was missing for too long at ``at``; None while the service is
        healthy."""
        with self._lock:
            while self._results and self._results[0][0] < at - self.window_seconds:
                self._results.popleft()
            missing = [found for _, found in self._results if found]
            if not missing or len(missing) * 2 < len(self._results):
                return None
            is_starting = not self._has_been_healthy and at < self._started_at + self.start_seconds
            return None if is_starting or len(missing) < FAILURES_MIN else missing[-1]

    def _run(self) -> None:
        while not self._stopping.wait(self.probe_seconds):
            began = time.monotonic()
            found = self.probe()
            with self._lock:
                if began < self._started_at:
                    continue  # result of the previous process
                if found is None and not self._has_been_healthy:
                    self._has_been_healthy = True
                    self._results.clear()  # start-up results
                self._results.append((time.monotonic(), found))


@dataclass
class Heartbeat:
    """Probe of a process that touches a file while its main loop runs.

    It is not judged while ``broker_url`` does not respond, because its main loop may wait for that.
    """

    file: Path
    broker_url: str = ""
    late_seconds: float = HEARTBEAT_LATE_SECONDS
    _touched: int = 0
    _seen_at: float = 0.0

    def __call__(self) -> str | None:
        at = time.monotonic()
        try:
            touched = self.file.stat().st_mtime_ns
        except OSError:
            touched = 0
        # Compared with the last probe, not with a clock that may be corrected meanwhile.
        if touched != self._touched:
            self._touched, self._seen_at = touched, at
        if touched and at - self._seen_at <= self.late_seconds:
            return None
        if self.broker_url and not _answers(self.broker_url):
            return None
        return "no heartbeat"


def _answers(url: str) -> bool:
    """Whether the Redis server responds."""
    try:
        client = core_redis.client(
            url, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS
        )
        try:
            client.ping()
        finally:
            client.close()
    except (redis.RedisError, ValueError):
        return False
    return True


def heartbeat_file(data: Path, name: str) -> Path:
    """The file of the service ``name``, absent until its process touches it."""
    folder = data / "heartbeats"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name

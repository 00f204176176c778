"""Rolling restart of a running cluster without dropping a request.

A web or live server's new process accepts from the same socket before the old one stops. The old
process finishes its requests; its WebSockets are closed and clients reconnect. Worker and beat
are stopped before they are started again: their tasks wait in the queue.
"""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from ops.runner.console import Console
from ops.runner.data_dir import try_lock
from ops.runner.services import Service
from ops.runner.supervisor import Supervisor
from ops.stores.errors import StartError
from ops.stores.ports_and_secrets import write_private
from ops.stores.process_guard import Child, ProcessGroup

SIGNAL = signal.SIGUSR1
WAIT_SECONDS = 300.0
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class RestartResult:
    """Result of the last restart, stored in the data folder for the command that requested it."""

    number: int = 0
    failure: str = ""

    @staticmethod
    def path(data: Path) -> Path:
        return data / "restart.json"

    @classmethod
    def last(cls, data: Path) -> RestartResult:
        path = cls.path(data)
        return cls(**json.loads(path.read_text())) if path.exists() else cls()

    def write(self, data: Path) -> None:
        write_private(self.path(data), json.dumps(asdict(self)) + "\n")


@dataclass(frozen=True)
class RollingRestart:
    process_group: ProcessGroup
    supervisor: Supervisor
    console: Console

    def replace(self, service: Service) -> None:
        """Starts the new process before stopping the old one, which stays if the start fails."""
        with self.console.step(f"replace {service.program.name}"):
            old = self.supervisor.child(service.program.name)
            new = self._start(service)
            self.supervisor.replace(old, new)
            self.process_group.stop(old)

    def restart(self, service: Service) -> None:
        """Stops the old process before starting the new one."""
        with self.console.step(f"restart {service.program.name}"):
            old = self.supervisor.child(service.program.name)
            self.process_group.stop(old)
            self.supervisor.replace(old, self._start(service))

    def _start(self, service: Service) -> Child:
        log = service.program.log
        offset = log.stat().st_size if log.exists() else 0
        new = self.process_group.start(service.program)
        try:
            service.wait_until_ready(self.process_group, new, offset)
        except BaseException:
            self.process_group.stop(new)
            raise
        return new


def request_restart(data: Path, console: Console) -> None:
    """Signals the cluster that runs on ``data`` and waits until the restart is finished."""
    before = RestartResult.last(data)
    os.kill(_owner(data), SIGNAL)
    deadline = time.monotonic() + WAIT_SECONDS
    while (now := RestartResult.last(data)).number == before.number:
        if time.monotonic() > deadline:
            raise StartError(
                f"the restart took longer than {WAIT_SECONDS:.0f} s; see the cluster's output"
            )
        time.sleep(POLL_SECONDS)
    if now.failure:
        raise StartError(f"the restart stopped halfway: {now.failure}")
    console.print("web, live, worker and beat were replaced")


def _owner(data: Path) -> int:
    """Pid of the cluster that holds the folder's lock: a pid file alone may be stale."""
    none_runs = StartError(f"no cluster runs on {data}; name its folder with --data")
    if not (data / "nginx" / "run" / "nginx.pid").exists():
        raise none_runs
    try:
        lock = os.open(data / "run.lock", os.O_RDONLY)
    except OSError:
        raise none_runs from None
    try:
        if try_lock(lock):
            raise none_runs
        pid = os.pread(lock, 32, 0).decode().strip()
    finally:
        os.close(lock)
    if not pid:
        raise none_runs
    return int(pid)

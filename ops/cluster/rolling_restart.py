"""Replacing the processes of a running cluster so that no request is dropped.

A web or live server's new process accepts from the same socket before the old one stops. The old
one then answers what it has begun; sockets of open maps are closed, and their pages come back by
themselves. Worker and beat are stopped first: what they would do waits in the queue.
"""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from ops.runner.console import Console
from ops.runner.services import Service
from ops.runner.supervisor import Supervisor
from ops.stores.errors import StartError
from ops.stores.ports_and_secrets import write_private
from ops.stores.process_guard import Child, ProcessGroup

SIGNAL = signal.SIGUSR1
WAIT_SECONDS = 300.0
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Restart:
    """How the last one went; in the data folder, for the command that asked for it."""

    number: int = 0
    failure: str = ""

    @staticmethod
    def path(data: Path) -> Path:
        return data / "restart.json"

    @classmethod
    def last(cls, data: Path) -> Restart:
        path = cls.path(data)
        return cls(**json.loads(path.read_text())) if path.exists() else cls()

    def write(self, data: Path) -> None:
        write_private(self.path(data), json.dumps(asdict(self)) + "\n")


@dataclass(frozen=True)
class Roll:
    guard: ProcessGroup
    supervisor: Supervisor
    steps: Console

    def over(self, service: Service) -> None:
        """The new process is up before the old one goes; if it fails, the old one stays."""
        with self.steps.step(f"replace {service.program.name}"):
            old = self.supervisor.child(service.program.name)
            new = self._started(service)
            self.supervisor.replace(old, new)
            self.guard.stop(old)

    def again(self, service: Service) -> None:
        """The old process goes first."""
        with self.steps.step(f"restart {service.program.name}"):
            old = self.supervisor.child(service.program.name)
            self.guard.stop(old)
            self.supervisor.replace(old, self._started(service))

    def _started(self, service: Service) -> Child:
        log = service.program.log
        offset = log.stat().st_size if log.exists() else 0
        new = self.guard.start(service.program)
        try:
            service.wait_until_ready(self.guard, new, offset)
        except BaseException:
            self.guard.stop(new)
            raise
        return new


def ask(data: Path, steps: Console) -> None:
    """Asks the cluster that runs on ``data`` and waits until it has done so."""
    before = Restart.last(data)
    os.kill(_owner(data), SIGNAL)
    deadline = time.monotonic() + WAIT_SECONDS
    while (now := Restart.last(data)).number == before.number:
        if time.monotonic() > deadline:
            raise StartError(f"it took longer than {WAIT_SECONDS:.0f} s; look at the cluster")
        time.sleep(POLL_SECONDS)
    if now.failure:
        raise StartError(f"the restart stopped half way: {now.failure}")
    steps.print("web, live, worker and beat were replaced")


def _owner(data: Path) -> int:
    lock = data / "run.lock"
    note = lock.read_text().strip() if lock.exists() else ""
    if not note or not (data / "nginx" / "run" / "nginx.pid").exists():
        raise StartError(f"no cluster runs on {data}; name its folder with --data")
    try:
        os.kill(int(note), 0)
    except ProcessLookupError:
        raise StartError(f"no cluster runs on {data}; name its folder with --data") from None
    return int(note)

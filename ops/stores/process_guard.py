"""Process groups that never outlive the run that started them."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.stores import watchdog
from ops.stores.errors import NotReady

POLL_SECONDS = 0.05
START_UNDER_PARENT = '[ "$PPID" = "$0" ] && exec "$@"'


@dataclass(frozen=True)
class Program:
    """A command, and how to stop it."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    rank: int  # the lowest is stopped first
    stop_signal: int = signal.SIGTERM
    stop_timeout_seconds: float = 5.0
    may_be_killed: bool = False  # it has no state to lose
    inherited: Sequence[int] = ()
    # Sockets that refuse connections while the process is dead, so that nginx uses another server.
    refused_sockets: Sequence[socket.socket] = ()
    input: bytes = b""
    folder: Path = Path("/")

    def refuse_connections(self) -> None:
        """Refuses connections until the next process listens."""
        for listening in self.refused_sockets:
            with contextlib.suppress(OSError):  # it was not listening
                listening.shutdown(socket.SHUT_RDWR)


@dataclass
class Child:
    """A running program with its process group."""

    program: Program
    process: subprocess.Popen[bytes]
    started_at: float = field(default_factory=time.monotonic)

    @property
    def has_died(self) -> bool:
        return self.process.poll() is not None

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self.started_at

    def check(self) -> None:
        """Raises ``NotReady`` once the process has ended."""
        code = self.process.poll()
        if code is not None:
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise NotReady(f"{self.program.name} ended with {how}", self.program.log)


@functools.cache
def _can_end_with_parent() -> bool:
    """Whether setpriv of util-linux 2.33 or later is installed."""
    if shutil.which("setpriv") is None:
        return False
    probe = ["setpriv", "--pdeathsig", "TERM", "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def ending_with_parent(command: Sequence[str], number: int) -> list[str]:
    """``command``, which gets the signal ``number`` when its parent dies, where Linux can do so.

    The watchdog stops the processes of a killed run in order; this covers the case that the
    watchdog is killed too. A parent that has died before the signal was requested sends none, so
    the command starts only under this process.
    """
    if not _can_end_with_parent():
        return list(command)
    request = ["setpriv", "--pdeathsig", signal.Signals(number).name[3:]]
    return [*request, "sh", "-c", START_UNDER_PARENT, str(os.getpid()), *command]


class ProcessGroup:
    """Starts and stops processes and reports them to a watchdog. Call ``close`` after the last
    ``stop``."""

    def __init__(
        self, inherited: Sequence[int] = (), pause: Callable[[float], None] = time.sleep
    ) -> None:
        # Descriptors that the watchdog keeps open until all is stopped, e.g. a data folder's lock.
        self._inherited = tuple(inherited)
        # Waiting function: a run that must stop raises from here, where no started process can
        # be lost.
        self.pause = pause
        self._orders: dict[int, dict[str, Any]] = {}
        self._folders: list[Path] = []
        self._watchdog = self._start_watchdog()

    def start(self, program: Program) -> Child:
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with program.log.open("ab") as log:
            process = subprocess.Popen(
                ending_with_parent(program.command, program.stop_signal),
                stdin=subprocess.PIPE if program.input else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(program.environment),
                cwd=program.folder,
                pass_fds=program.inherited,
                start_new_session=True,
            )
        self._orders[process.pid] = {
            "watch": program.name,
            "group": process.pid,
            "signal": int(program.stop_signal),
            "stop_timeout_seconds": program.stop_timeout_seconds,
            "rank": program.rank,
        }
        self._send(self._orders[process.pid])
        if process.stdin:
            process.stdin.write(program.input)
            process.stdin.close()
        return Child(program, process)

    def stop(self, child: Child, *, timeout_seconds: float | None = None) -> bool:
        """Stops the child's process group. Returns whether it ended without SIGKILL.

        ``timeout_seconds`` replaces the program's own time to end.
        """
        group_id, program = child.process.pid, child.program
        is_graceful = watchdog.stop_group(
            group_id,
            program.stop_signal,
            program.stop_timeout_seconds if timeout_seconds is None else timeout_seconds,
            reap=child.process.poll,
        )
        child.process.wait()
        self._orders.pop(group_id, None)
        self._send({"forget": group_id})
        return is_graceful

    def remove_afterwards(self, folder: Path) -> None:
        self._folders.append(folder)
        self._send({"remove": str(folder)})

    def check(self) -> None:
        """Restarts the watchdog if it has been killed."""
        if self._watchdog.poll() is not None:
            self._watchdog = self._start_watchdog()
            for order in self._orders.values():
                self._send(order)
            for folder in self._folders:
                self._send({"remove": str(folder)})

    def close(self) -> None:
        """Ends the watchdog, which first stops whatever still runs."""
        if not self._orders:
            self._send({"done": True})
        if self._watchdog.stdin:
            self._watchdog.stdin.close()
        self._watchdog.wait()

    def _start_watchdog(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(watchdog.__file__).resolve())],
            stdin=subprocess.PIPE,
            pass_fds=self._inherited,
            start_new_session=True,
        )

    def _send(self, order: dict[str, Any]) -> None:
        stream = self._watchdog.stdin
        if stream is None or stream.closed:
            return
        try:
            stream.write(json.dumps(order).encode() + b"\n")
            stream.flush()
        except BrokenPipeError:
            return  # check() starts another and sends it everything

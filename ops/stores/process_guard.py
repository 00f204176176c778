"""Starts processes so that none of them outlives the run that started it."""

from __future__ import annotations

import contextlib
import json
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


@dataclass(frozen=True)
class Program:
    """What to start, and how to stop it."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    rank: int  # the lowest is stopped first
    stop_signal: int = signal.SIGTERM
    patience_seconds: float = 5.0
    is_killed_quietly: bool = False  # it has nothing to lose when the patience ends
    inherited: Sequence[int] = ()
    # While it is dead whoever connects there is refused, and may ask another server.
    refusing: Sequence[socket.socket] = ()
    input: bytes = b""
    folder: Path = Path("/")

    def refuse(self) -> None:
        """Until its next process listens there."""
        for listening in self.refusing:
            with contextlib.suppress(OSError):  # it did not listen yet
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


class ProcessGroup:
    """The run's side of the watchdog. Whoever makes one calls ``close`` after the last ``stop``."""

    def __init__(
        self, inherited: Sequence[int] = (), pause: Callable[[float], None] = time.sleep
    ) -> None:
        # The watchdog keeps these open, e.g. the lock of a data folder, until all is stopped.
        self._inherited = tuple(inherited)
        # How to wait for a process: a run that was told to stop raises from here, where no
        # child can be lost between its start and its being known.
        self.pause = pause
        self._orders: dict[int, dict[str, Any]] = {}
        self._folders: list[Path] = []
        self._watchdog = self._start_watchdog()

    def start(self, program: Program) -> Child:
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with program.log.open("ab") as log:
            process = subprocess.Popen(
                program.command,
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
            "patience_seconds": program.patience_seconds,
            "rank": program.rank,
        }
        self._tell(self._orders[process.pid])
        if process.stdin:
            process.stdin.write(program.input)
            process.stdin.close()
        return Child(program, process)

    def stop(self, child: Child) -> bool:
        """Ends the child's whole process group. Returns whether it went without force."""
        group_id = child.process.pid
        gone = watchdog.stop_group(
            group_id,
            child.program.stop_signal,
            child.program.patience_seconds,
            reap=child.process.poll,
        )
        child.process.wait()
        self._orders.pop(group_id, None)
        self._tell({"forget": group_id})
        return gone

    def remove_afterwards(self, folder: Path) -> None:
        self._folders.append(folder)
        self._tell({"remove": str(folder)})

    def check(self) -> None:
        """Starts the watchdog again should somebody have killed it."""
        if self._watchdog.poll() is not None:
            self._watchdog = self._start_watchdog()
            for order in self._orders.values():
                self._tell(order)
            for folder in self._folders:
                self._tell({"remove": str(folder)})

    def close(self) -> None:
        """Ends the watchdog. Whatever was not stopped, it stops first."""
        if not self._orders:
            self._tell({"done": True})
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

    def _tell(self, order: dict[str, Any]) -> None:
        stream = self._watchdog.stdin
        if stream is None or stream.closed:
            return
        try:
            stream.write(json.dumps(order).encode() + b"\n")
            stream.flush()
        except BrokenPipeError:
            return  # check() starts another and tells it everything

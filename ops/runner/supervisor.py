"""Restarts processes that die or hang and limits the size of their logs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ops.runner.health import HealthMonitor
from ops.stores.errors import StartError
from ops.stores.process_guard import Child, ProcessGroup

BACK_OFF_FIRST_SECONDS = 0.5
BACK_OFF_MAX_SECONDS = 30.0
# A process that lived this long starts again with the first back-off delay.
STEADY_SECONDS = 60.0
LOG_BYTES_MAX = 10 * 1024 * 1024
LOG_CHECK_SECONDS = 10.0
DISK_FREE_BYTES_MIN = 16 * 1024 * 1024
# For a process that hangs; others have the time that their program declares.
HUNG_STOP_SECONDS = 3.0


@dataclass
class SupervisedProcess:
    """A process, the function that starts it again and the monitor of its health, if any."""

    child: Child
    launch: Callable[[], Child]
    monitor: HealthMonitor | None = None
    back_off_seconds: float = BACK_OFF_FIRST_SECONDS
    restart_at: float | None = None


class Supervisor:
    def __init__(self, process_group: ProcessGroup, report: Callable[[str], None]) -> None:
        self._process_group = process_group
        self._report = report
        self._supervised: list[SupervisedProcess] = []
        self._logs_checked_at = 0.0

    def add(
        self, child: Child, launch: Callable[[], Child], monitor: HealthMonitor | None = None
    ) -> None:
        self._supervised.append(SupervisedProcess(child, launch, monitor))

    def replace(self, old: Child, new: Child) -> None:
        """Supervises ``new`` instead of ``old``, which the caller stops."""
        for supervised in self._supervised:
            if supervised.child is old:
                _set_child(supervised, new)

    def child(self, name: str) -> Child:
        """The current process of the service ``name``."""
        return next(
            supervised.child
            for supervised in self._supervised
            if supervised.child.program.name == name
        )

    def poll(self) -> None:
        """Checks each process and each log once. Never waits for a process to start."""
        at = time.monotonic()
        self._process_group.check()
        for supervised in self._supervised:
            if supervised.restart_at is None:
                self._check(supervised, at)
            elif at >= supervised.restart_at:
                self._restart(supervised, at)
        if at - self._logs_checked_at >= LOG_CHECK_SECONDS:
            self._logs_checked_at = at
            self._rotate_logs()

    def stop(self) -> None:
        """Stops all processes by rank: first those that create work, last the stores."""
        for supervised in self._supervised:
            if supervised.monitor:
                supervised.monitor.stop()
        for supervised in sorted(
            self._supervised, key=lambda supervised: supervised.child.program.rank
        ):
            program = supervised.child.program
            if supervised.restart_at is not None or self._process_group.stop(supervised.child):
                continue
            if not program.may_be_killed:
                self._report(f"{program.name} had to be killed; see {program.log}")

    def _check(self, supervised: SupervisedProcess, at: float) -> None:
        if supervised.child.has_died:
            self._schedule_restart(supervised, at)
        elif supervised.monitor and (missing := supervised.monitor.failure(at)):
            self._replace_hung(supervised, missing, at)

    def _replace_hung(self, supervised: SupervisedProcess, missing: str, at: float) -> None:
        program = supervised.child.program
        self._report(
            f"{program.name} hangs ({missing}) and is replaced; its log is {program.log}"
            f"{disk_full(program.log.parent)}"
        )
        self._process_group.stop(supervised.child, timeout_seconds=HUNG_STOP_SECONDS)
        program.refuse_connections()
        self._restart(supervised, at)

    def _schedule_restart(self, supervised: SupervisedProcess, at: float) -> None:
        program = supervised.child.program
        if supervised.child.age_seconds >= STEADY_SECONDS:
            supervised.back_off_seconds = BACK_OFF_FIRST_SECONDS
        # Its child processes may still run and hold its port.
        self._process_group.stop(supervised.child)
        program.refuse_connections()
        self._report(
            f"{program.name} ended (code {supervised.child.process.returncode}) and is started"
            f" again in {supervised.back_off_seconds:g} s; its log is {program.log}"
            f"{disk_full(program.log.parent)}"
        )
        self._delay(supervised, at)

    def _restart(self, supervised: SupervisedProcess, at: float) -> None:
        try:
            child = supervised.launch()
        except (StartError, OSError) as error:
            program = supervised.child.program
            self._report(
                f"{program.name} cannot be started: {error}{disk_full(program.log.parent)}"
            )
            self._delay(supervised, at)
        else:
            _set_child(supervised, child)

    def _delay(self, supervised: SupervisedProcess, at: float) -> None:
        supervised.restart_at = at + supervised.back_off_seconds
        supervised.back_off_seconds = min(supervised.back_off_seconds * 2, BACK_OFF_MAX_SECONDS)

    def _rotate_logs(self) -> None:
        """Copies a large log to ``.log.1`` and truncates it: its process keeps appending."""
        for log in {supervised.child.program.log for supervised in self._supervised}:
            if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
                self._rotate(log)

    def _rotate(self, log: Path) -> None:
        earlier = log.with_suffix(".log.1")
        try:
            shutil.copyfile(log, earlier)
        except OSError as error:  # a full disk must not end the supervisor
            earlier.unlink(missing_ok=True)
            self._report(f"{log} is emptied without a copy: {error.strerror}")
        with log.open("r+b") as stream:
            stream.truncate(0)


def _set_child(supervised: SupervisedProcess, child: Child) -> None:
    supervised.child, supervised.restart_at = child, None
    if supervised.monitor:
        supervised.monitor.restart()


def disk_full(folder: Path) -> str:
    """A hint for messages: empty while the disk has space."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    return f"; the disk of {folder} is full" if free < DISK_FREE_BYTES_MIN else ""

"""Keeps every process of the run alive, and its log within bounds."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass

from ops.stores.errors import StartError
from ops.stores.process_guard import Child, ProcessGroup

BACK_OFF_FIRST_SECONDS = 0.5
BACK_OFF_MAX_SECONDS = 30.0
# One that lived this long starts again at once when it dies, not where the back-off had got to.
STEADY_SECONDS = 60.0
LOG_BYTES_MAX = 10 * 1024 * 1024
LOG_CHECK_SECONDS = 10.0


@dataclass
class Supervised:
    """A process and how to start it again."""

    child: Child
    launch: Callable[[], Child]
    back_off_seconds: float = BACK_OFF_FIRST_SECONDS
    restart_at: float | None = None


class Supervisor:
    def __init__(self, guard: ProcessGroup, say: Callable[[str], None]) -> None:
        self._guard = guard
        self._say = say
        self._charges: list[Supervised] = []
        self._logs_checked_at = 0.0

    def take(self, child: Child, launch: Callable[[], Child]) -> None:
        self._charges.append(Supervised(child, launch))

    def replace(self, old: Child, new: Child) -> None:
        """From now on looks after ``new``; ending ``old`` is left to the caller."""
        for charge in self._charges:
            if charge.child is old:
                charge.child = new
                charge.restart_at = None

    def child(self, name: str) -> Child:
        """The process of that name as it is now."""
        return next(charge.child for charge in self._charges if charge.child.program.name == name)

    def poll(self) -> None:
        """One round: looks at each process and at each log. Never waits for a start."""
        at = time.monotonic()
        self._guard.check()
        for charge in self._charges:
            if charge.restart_at is None:
                if charge.child.has_died:
                    self._bury(charge, at)
            elif at >= charge.restart_at:
                self._restart(charge, at)
        if at - self._logs_checked_at >= LOG_CHECK_SECONDS:
            self._logs_checked_at = at
            self._bound_logs()

    def stop(self) -> None:
        """Ends all in order of rank: first who makes work, last who keeps data."""
        for charge in sorted(self._charges, key=lambda charge: charge.child.program.rank):
            program = charge.child.program
            if charge.restart_at is not None or self._guard.stop(charge.child):
                continue
            if not program.is_killed_quietly:
                self._say(f"{program.name} had to be ended by force; see {program.log}")

    def _bury(self, charge: Supervised, at: float) -> None:
        program = charge.child.program
        if charge.child.age_seconds >= STEADY_SECONDS:
            charge.back_off_seconds = BACK_OFF_FIRST_SECONDS
        # Its helpers may live on, and hold its port.
        self._guard.stop(charge.child)
        program.refuse()
        self._say(
            f"{program.name} ended (code {charge.child.process.returncode}) and is started again"
            f" in {charge.back_off_seconds:g} s; its log is {program.log}"
        )
        self._delay(charge, at)

    def _restart(self, charge: Supervised, at: float) -> None:
        try:
            charge.child = charge.launch()
        except (StartError, OSError) as error:
            self._say(f"{charge.child.program.name} cannot be started: {error}")
            self._delay(charge, at)
        else:
            charge.restart_at = None

    def _delay(self, charge: Supervised, at: float) -> None:
        charge.restart_at = at + charge.back_off_seconds
        charge.back_off_seconds = min(charge.back_off_seconds * 2, BACK_OFF_MAX_SECONDS)

    def _bound_logs(self) -> None:
        """Keeps one earlier part of a log. The file stays, for its process appends to it."""
        for log in {charge.child.program.log for charge in self._charges}:
            if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
                shutil.copyfile(log, log.with_suffix(".log.1"))
                with log.open("r+b") as stream:
                    stream.truncate(0)

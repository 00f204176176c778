"""Inspects a run's processes from outside."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

WAIT_SECONDS = 120.0  # until something that never happens is given up


def listing() -> dict[int, tuple[int, str]]:
    """Every running process: pid → (parent pid, command line), without zombies."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            continue  # it ended meanwhile
        if state not in "ZX":
            found[int(folder.name)] = (int(parent), command)
    return found


def descendants(process_id: int) -> set[int]:
    living = listing()
    found, new = set[int](), {process_id}
    while new:
        found |= new
        new = {number for number, (parent, _) in living.items() if parent in new} - found
    return found - {process_id}


def living(process_ids: set[int]) -> set[int]:
    return process_ids & listing().keys()


def child_named(process_id: int, words: str) -> int:
    """The only direct child of the run whose command line contains ``words``."""
    [found] = [
        number
        for number, (parent, command) in listing().items()
        if parent == process_id and words in command
    ]
    return found


def cpu_seconds(process_id: int) -> float:
    """The processor time that it used so far."""
    return _ticks(process_id, 11, 12) / os.sysconf("SC_CLK_TCK")


def started_at(process_id: int) -> int:
    """When it started, in clock ticks since the machine did."""
    return _ticks(process_id, 19)


def _ticks(process_id: int, *places: int) -> int:
    """The sum of fields of /proc/PID/stat, counted after the command's name."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return sum(int(fields[place]) for place in places)


def kill(process_id: int) -> None:
    os.kill(process_id, signal.SIGKILL)


def wait_until(happened: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError(f"the condition was not met within {seconds:.0f} s")
        time.sleep(0.1)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777

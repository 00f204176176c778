"""Stops every process of a run when the run itself is gone, even by ``kill -9``.

Runs in its own session and uses only the standard library. Standard input is a pipe from the
run; each line is one JSON object:

    {"watch": "web", "group": 4711, "signal": 15, "stop_timeout_seconds": 5, "rank": 30}
    {"forget": 4711}
    {"remove": "/tmp/…"}        a temporary folder to delete afterwards
    {"done": true}              the run stopped everything itself

The pipe closes when the run dies, however it dies. Then the groups are stopped, lowest rank
first, each with its own signal, so that PostgreSQL shuts down clean and Valkey saves.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.05
PROC = Path("/proc")


@dataclass(frozen=True)
class Group:
    name: str
    id: int
    signal: int
    stop_timeout_seconds: float
    rank: int


def group_is_alive(group_id: int) -> bool:
    """Whether a process of the group still runs; zombies do not count."""
    try:
        os.killpg(group_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    if not PROC.joinpath("self/stat").exists():
        return True
    return any(_runs_in(group_id, entry) for entry in PROC.iterdir() if entry.name.isdigit())


def _runs_in(group_id: int, process: Path) -> bool:
    try:
        # "pid (name) state parent group …", and the name may hold spaces and brackets.
        state, _parent, group = process.joinpath("stat").read_text().rpartition(")")[2].split()[:3]
    except (OSError, ValueError):
        return False
    return int(group) == group_id and state not in "ZX"


def stop_group(
    group_id: int,
    first_signal: int,
    stop_timeout_seconds: float,
    reap: Callable[[], object] = lambda: None,
) -> bool:
    """Stops the group, with SIGKILL after ``stop_timeout_seconds``. Returns whether that was
    avoided.

    ``reap`` is called while waiting, for a caller whose child leads the group.
    """
    for number, wait_seconds in ((first_signal, stop_timeout_seconds), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(group_id, number)
        except (ProcessLookupError, PermissionError):
            return True
        deadline = time.monotonic() + wait_seconds
        while time.monotonic() < deadline:
            reap()
            if not group_is_alive(group_id):
                return number == first_signal
            time.sleep(POLL_SECONDS)
    return False


def watch() -> None:
    groups: dict[int, Group] = {}
    folders: list[str] = []
    for line in sys.stdin:
        message = json.loads(line)
        if "watch" in message:
            groups[message["group"]] = Group(
                message["watch"],
                message["group"],
                message["signal"],
                message["stop_timeout_seconds"],
                message["rank"],
            )
        elif "forget" in message:
            groups.pop(message["forget"], None)
        elif "remove" in message:
            folders.append(message["remove"])
        elif "done" in message:
            return
    for group in sorted(groups.values(), key=lambda group: group.rank):
        stop_group(group.id, group.signal, group.stop_timeout_seconds)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watch()

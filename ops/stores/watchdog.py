"""Stops every process of a run when the run itself is gone, even by ``kill -9``.

Runs on its own, in a session of its own, with the standard library alone. Standard input is a
pipe from the run; each line is one JSON object:

    {"watch": "web", "group": 4711, "signal": 15, "patience_seconds": 5, "rank": 30}
    {"forget": 4711}
    {"remove": "/tmp/…"}        a throw-away folder to delete afterwards
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
    patience_seconds: float
    rank: int


def group_is_alive(group_id: int) -> bool:
    """Whether a process of the group still runs; one that merely waits to be reaped does not."""
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
    patience_seconds: float,
    reap: Callable[[], object] = lambda: None,
) -> bool:
    """Stops the group, by force after ``patience_seconds``. Returns whether it went by itself.

    ``reap`` is called while waiting, for a caller whose own child leads the group.
    """
    for number, wait_seconds in ((first_signal, patience_seconds), (signal.SIGKILL, 5.0)):
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
        order = json.loads(line)
        if "watch" in order:
            groups[order["group"]] = Group(
                order["watch"],
                order["group"],
                order["signal"],
                order["patience_seconds"],
                order["rank"],
            )
        elif "forget" in order:
            groups.pop(order["forget"], None)
        elif "remove" in order:
            folders.append(order["remove"])
        elif "done" in order:
            return
    for group in sorted(groups.values(), key=lambda group: group.rank):
        stop_group(group.id, group.signal, group.patience_seconds)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watch()

"""CPU time of all processes by service, from /proc."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the command: own user and system time, then that of children
# that have ended, such as backends of PostgreSQL.
OWN_AND_ENDED = slice(11, 15)


def cpu_seconds(roots: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds of each service since its start; ``roots``: service → its first process."""
    children: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            children.setdefault(int(fields[1]), []).append(int(entry.name))
            ticks = sum(map(int, fields[OWN_AND_ENDED]))
            seconds[int(entry.name)] = ticks / TICKS_PER_SECOND
    taken = dict.fromkeys(roots, 0.0)
    for service, root in roots.items():
        waiting = [root]
        while waiting:
            process = waiting.pop()
            taken[service] += seconds.get(process, 0.0)
            waiting += children.get(process, [])
    return taken

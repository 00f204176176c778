"""A server whose run and watchdog were both killed still works on its folder: it is ended first."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from ops.stores.errors import NotReady
from ops.stores.process_guard import POLL_SECONDS

PATIENCE_SECONDS = 30.0


def end_leftover(note: Path, mark: bytes, stop_signal: int, log: Path) -> None:
    """Ends the process that ``note`` numbers, if ``mark`` shows that it is the server meant.

    The number may long belong to somebody else's process, which is left alone.
    """
    try:
        process_id = int(note.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    if not _is_marked(process_id, mark):
        return
    os.kill(process_id, stop_signal)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _is_marked(process_id, mark):
        if time.monotonic() > deadline:
            raise NotReady(f"process {process_id} of an earlier run does not end", log)
        time.sleep(POLL_SECONDS)


def _is_marked(process_id: int, mark: bytes) -> bool:
    """Whether the process lives and has ``mark`` in its command line."""
    try:
        # Empty for one that is dead and waits to be reaped.
        command = Path(f"/proc/{process_id}/cmdline").read_bytes()
    except OSError:
        if Path("/proc/self/cmdline").exists():
            return False
        listing = ["ps", "-ww", "-o", "args=", "-p", str(process_id)]
        command = subprocess.run(listing, capture_output=True, check=False).stdout
    return mark in command

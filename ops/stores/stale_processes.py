"""Stops a server whose run and watchdog were both killed and that still uses its folder."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from ops.stores.errors import NotReady
from ops.stores.process_guard import POLL_SECONDS

STOP_SECONDS = 30.0


def stop_stale_process(pid_file: Path, command_marker: bytes, stop_signal: int, log: Path) -> None:
    """Stops the process of ``pid_file`` if its command line contains ``command_marker``.

    The pid may meanwhile belong to an unrelated process, which is left alone. Raises ``NotReady``
    if the process does not end within ``STOP_SECONDS``.
    """
    try:
        process_id = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    if not _matches(process_id, command_marker):
        return
    os.kill(process_id, stop_signal)
    deadline = time.monotonic() + STOP_SECONDS
    while _matches(process_id, command_marker):
        if time.monotonic() > deadline:
            raise NotReady(f"process {process_id} of an earlier run does not end", log)
        time.sleep(POLL_SECONDS)


def _matches(process_id: int, command_marker: bytes) -> bool:
    """Whether the process runs with ``command_marker`` in its command line."""
    try:
        # Empty for a zombie.
        command = Path(f"/proc/{process_id}/cmdline").read_bytes()
    except OSError:
        if Path("/proc/self/cmdline").exists():
            return False
        listing = ["ps", "-ww", "-o", "args=", "-p", str(process_id)]
        command = subprocess.run(listing, capture_output=True, check=False).stdout
    return command_marker in command

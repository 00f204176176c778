"""Duties of a supervised process: a heartbeat of its main loop, and ending with its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

HEARTBEAT_VARIABLE = "HEARTBEAT_FILE"
PR_SET_PDEATHSIG = 1


def touch_heartbeat(**_: object) -> None:
    """Touches HEARTBEAT_FILE. Called by the main loop every few seconds."""
    file = os.environ.get(HEARTBEAT_VARIABLE)
    if not file:
        return  # no supervisor
    try:
        Path(file).touch()
    except OSError:
        return  # a full disk or a missing folder must not end the loop


def end_with_parent(parent_id: int, number: int = signal.SIGTERM) -> None:
    """Requests the signal ``number`` for this process when its parent ends. Linux only.

    The parent is given because it may have ended before this call; the system would then name
    another process as the parent, and this one would never end.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent_id:
        os.kill(os.getpid(), number)

"""Errors while processes are started.

StartError                 printed for the operator, with the log to read, if there is one
├── ProgramMissing         a server's binary is not installed
├── PortBusy               another program listens on a required port
└── NotReady               a process died, or did not respond in time
"""

from __future__ import annotations

from pathlib import Path

TAIL_LINES = 12
TAIL_BYTES = 8_192


class StartError(Exception):
    """Carries a message for the operator and the log with details."""

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.log = log

    def log_tail(self) -> list[str]:
        return tail(self.log) if self.log else []


class ProgramMissing(StartError):
    pass


class PortBusy(StartError):
    pass


class NotReady(StartError):
    pass


def tail(log: Path) -> list[str]:
    """The last lines of ``log``; empty when it cannot be read."""
    try:
        with log.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - TAIL_BYTES))
            text = stream.read().decode(errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-TAIL_LINES:]

"""The data folder: one run at a time owns it."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from ops.stores.errors import StartError

MARK = ".layar"
# How long the watchdog of a killed run may take to stop what that run left behind.
LEFTOVER_SECONDS = 60.0


class DataFolder:
    """Locked twice: by the run alone, and by the run together with its watchdog.

    The first lock tells a second run at once that it is one too many. The second is let go only
    when the processes of a killed run are stopped, so that the next run waits for that.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.prepare()
        self._run = self._open("run.lock")
        self._processes = self._open("processes.lock")

    @property
    def processes_lock(self) -> int:
        """The descriptor that the watchdog keeps open."""
        return self._processes

    def prepare(self) -> None:
        is_ours = (self.path / MARK).exists()
        if self.path.exists() and not self.path.is_dir():
            raise StartError(f"{self.path} is not a folder; choose another with --data")
        if self.path.exists() and any(self.path.iterdir()) and not is_ours:
            raise StartError(
                f"{self.path} holds files that are not Layar's; choose another with --data"
            )
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.path / MARK).touch()
        except OSError as error:
            raise StartError(f"{self.path} cannot be written: {error.strerror}") from error

    def lock(self, pause: Callable[[float], None], on_wait: Callable[[], None]) -> None:
        """Raises ``StartError`` if another run owns the folder; waits for a killed one's end."""
        if not _try_lock(self._run):
            owner = os.pread(self._run, 32, 0).decode().strip() or "unknown"
            raise StartError(
                f"Layar already runs on {self.path} (process {owner}). Stop that one first,"
                " or give this one another folder and port: --data FOLDER --port NUMBER"
            )
        os.ftruncate(self._run, 0)
        os.pwrite(self._run, f"{os.getpid()}\n".encode(), 0)
        if _try_lock(self._processes):
            return
        on_wait()
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while not _try_lock(self._processes):
            if time.monotonic() > deadline:
                raise StartError(f"processes of an earlier run on {self.path} do not end")
            pause(0.1)

    def clear(self) -> None:
        """Deletes everything in the folder but its mark and its locks."""
        for entry in self.path.iterdir():
            if entry.name in (MARK, "run.lock", "processes.lock"):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def close(self) -> None:
        os.close(self._run)
        os.close(self._processes)

    def _open(self, name: str) -> int:
        try:
            return os.open(self.path / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StartError(f"{self.path / name} cannot be opened: {error.strerror}") from error


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""The data folder, locked by one run at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from ops.stores.errors import StartError

MARKER = ".layar"
# How long the watchdog of a killed run may take to stop its processes.
STALE_PROCESSES_SECONDS = 60.0


class DataFolder:
    """Takes two locks: ``run.lock`` for the run, ``processes.lock`` for the run and its watchdog.

    The first refuses a second run at once. The second is released only when the processes of a
    killed run have stopped, so that the next run waits for them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.prepare()
        self._run = self._open("run.lock")
        self._processes = self._open("processes.lock")

    @property
    def processes_lock(self) -> int:
        """Descriptor of ``processes.lock``, which the watchdog keeps open."""
        return self._processes

    def prepare(self) -> None:
        is_ours = (self.path / MARKER).exists()
        if self.path.exists() and not self.path.is_dir():
            raise StartError(f"{self.path} is not a folder; choose another with --data")
        if self.path.exists() and any(self.path.iterdir()) and not is_ours:
            raise StartError(
                f"{self.path} holds files that are not Layar's; choose another with --data"
            )
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.path / MARKER).touch()
        except OSError as error:
            raise StartError(f"{self.path} cannot be written: {error.strerror}") from error

    def lock(self, pause: Callable[[float], None], on_wait: Callable[[], None]) -> None:
        """Locks the folder; waits for the processes of a killed run to end.

        Raises ``StartError`` if another run holds the lock or the wait takes too long.
        """
        if not try_lock(self._run):
            owner = os.pread(self._run, 32, 0).decode().strip() or "unknown"
            raise StartError(
                f"Layar already runs on {self.path} (process {owner}). Stop that one first,"
                " or give this one another folder and port: --data FOLDER --port NUMBER"
            )
        os.ftruncate(self._run, 0)
        os.pwrite(self._run, f"{os.getpid()}\n".encode(), 0)
        if try_lock(self._processes):
            return
        on_wait()
        deadline = time.monotonic() + STALE_PROCESSES_SECONDS
        while not try_lock(self._processes):
            if time.monotonic() > deadline:
                raise StartError(f"processes of an earlier run on {self.path} do not end")
            pause(0.1)

    def clear(self) -> None:
        """Deletes everything in the folder except its marker and its locks."""
        for entry in self.path.iterdir():
            if entry.name in (MARKER, "run.lock", "processes.lock"):
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


def try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

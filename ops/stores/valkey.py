"""An embedded Valkey: cache, channel layer and task queue of one machine."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from ops.stores import binaries
from ops.stores.errors import NotReady
from ops.stores.ports_and_secrets import LOOPBACK
from ops.stores.process_guard import POLL_SECONDS, Child, ProcessGroup, Program
from ops.stores.stale_processes import end_leftover

READY_SECONDS = 30.0
RANK = 70
DATABASES = 96  # each test process takes three of its own
MEMORY_MAX = "512mb"


@dataclass(frozen=True)
class Valkey:
    data: Path
    port: int
    password: str
    throwaway: bool = False

    @property
    def folder(self) -> Path:
        return self.data / "valkey"

    @property
    def log(self) -> Path:
        return self.data / "logs" / "valkey.log"

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}"

    def start(self, guard: ProcessGroup) -> Child:
        """Starts the server and waits until it has read its file and answers."""
        child = self.launch(guard)
        try:
            self._wait_until_ready(child, guard)
        except BaseException:
            guard.stop(child)
            raise
        return child

    def launch(self, guard: ProcessGroup) -> Child:
        """Starts the server and does not wait for it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Its command line shows its port, which is written beside its number.
        note = self.folder / "valkey.pid"
        end_leftover(note, self._kept_mark(), signal.SIGTERM, self.log)
        (self.folder / "port").write_text(str(self.port))
        return guard.start(
            Program(
                name="valkey",
                # The settings go in by standard input: a command line shows its password to all.
                command=[str(binaries.valkey_program()), "-"],
                input=self._settings().encode(),
                log=self.log,
                environment=dict(os.environ),
                rank=RANK,
                patience_seconds=10.0,
            )
        )

    def _kept_mark(self) -> bytes:
        port = self.folder / "port"
        return f"{LOOPBACK}:{port.read_text() if port.exists() else self.port}".encode()

    def _settings(self) -> str:
        settings = {
            "bind": LOOPBACK,
            "port": self.port,
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "pidfile": f'"{self.folder}/valkey.pid"',
            "databases": DATABASES,
            "maxmemory": MEMORY_MAX,
            "maxmemory-policy": "noeviction",  # a queue that forgets tasks is no queue
            "save": '""',
            "appendonly": "no" if self.throwaway else "yes",
            "appendfsync": "everysec",
            "daemonize": "no",
            "tcp-keepalive": 60,
            "client-output-buffer-limit": "pubsub 64mb 16mb 60",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())

    def _wait_until_ready(self, child: Child, guard: ProcessGroup) -> None:
        client = redis.Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=5)
        deadline = time.monotonic() + READY_SECONDS
        try:
            while True:
                child.check()
                try:
                    client.ping()
                except (redis.ConnectionError, redis.TimeoutError):
                    # Not there yet, or still reading its file (BusyLoadingError).
                    if time.monotonic() > deadline:
                        raise NotReady(
                            f"Valkey did not answer in {READY_SECONDS:.0f} s", self.log
                        ) from None
                    guard.pause(POLL_SECONDS)
                else:
                    return
        finally:
            client.close()

"""Embedded Valkey: cache, channel layer and task queue of one machine."""

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
from ops.stores.stale_processes import stop_stale_process

READY_SECONDS = 30.0
RANK = 70
DATABASES = 96  # each test process uses three
MEMORY_MAX = "512mb"


@dataclass(frozen=True)
class Valkey:
    data: Path
    port: int
    password: str
    ephemeral: bool = False

    @property
    def folder(self) -> Path:
        return self.data / "valkey"

    @property
    def log(self) -> Path:
        return self.data / "logs" / "valkey.log"

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}"

    def start(self, process_group: ProcessGroup) -> Child:
        """Starts the server and waits until it has loaded its data and responds."""
        child = self.launch(process_group)
        try:
            self._wait_until_ready(child, process_group)
        except BaseException:
            process_group.stop(child)
            raise
        return child

    def launch(self, process_group: ProcessGroup) -> Child:
        """Starts the server without waiting for it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Its command line shows the port it was started with, which is stored next to the pid file.
        pid_file = self.folder / "valkey.pid"
        stop_stale_process(pid_file, self._command_marker(), signal.SIGTERM, self.log)
        (self.folder / "port").write_text(str(self.port))
        return process_group.start(
            Program(
                name="valkey",
                # Settings are passed on standard input: a command line would show the password.
                command=[str(binaries.valkey_program()), "-"],
                input=self._settings().encode(),
                log=self.log,
                environment=dict(os.environ),
                rank=RANK,
                stop_timeout_seconds=10.0,
            )
        )

    def _command_marker(self) -> bytes:
        port = self.folder / "port"
        return f"{LOOPBACK}:{port.read_text() if port.exists() else self.port}".encode()

    def _settings(self) -> str:
        settings = {
            "bind": LOOPBACK,
            "port": self.port,
            "requirepass": self.password,
            "dir": _quoted(self.folder),
            "pidfile": _quoted(self.folder / "valkey.pid"),
            "databases": DATABASES,
            "maxmemory": MEMORY_MAX,
            "maxmemory-policy": "noeviction",  # the task queue must not lose tasks
            "save": '""',
            "appendonly": "no" if self.ephemeral else "yes",
            "appendfsync": "everysec",
            "daemonize": "no",
            "tcp-keepalive": 60,
            "client-output-buffer-limit": "pubsub 64mb 16mb 60",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())

    def _wait_until_ready(self, child: Child, process_group: ProcessGroup) -> None:
        client = redis.Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=5)
        deadline = time.monotonic() + READY_SECONDS
        try:
            while True:
                child.check()
                try:
                    client.ping()
                except (redis.ConnectionError, redis.TimeoutError):
                    # Not listening yet, or still loading (BusyLoadingError).
                    if time.monotonic() > deadline:
                        raise NotReady(
                            f"Valkey did not become ready in {READY_SECONDS:.0f} s", self.log
                        ) from None
                    process_group.pause(POLL_SECONDS)
                else:
                    return
        finally:
            client.close()


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

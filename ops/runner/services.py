"""The services of a run: commands and readiness checks."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.runner.cli import ROOT, Arguments
from ops.runner.readiness import missing_health, missing_log_text, missing_response
from ops.stores.errors import NotReady
from ops.stores.ports_and_secrets import LOOPBACK
from ops.stores.process_guard import Child, ProcessGroup, Program

READY_SECONDS = 60.0
POLL_SECONDS = 0.1
BACKLOG = 1_024
# Two processes with two threads each were fastest on two cores; see docs/performance.md.
WEB_WORKERS, WEB_THREADS = 2, 2
SANDBOX_THREADS = 4
QUEUE_PROCESSES = 2
CELERY = ("celery", "-A", "cinema_project")


@dataclass(frozen=True)
class Service:
    """A program and its readiness check, which returns None or what is missing."""

    program: Program
    missing: Callable[[int], str | None]

    def wait_until_ready(self, process_group: ProcessGroup, child: Child, log_offset: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while missing := self.missing(log_offset):
            child.check()
            if time.monotonic() > deadline:
                raise NotReady(
                    f"{self.program.name}: {missing} after {READY_SECONDS:.0f} s", self.program.log
                )
            process_group.pause(POLL_SECONDS)


def bound_socket(port: int, host: str) -> socket.socket:
    """Binds a socket, not yet listening, that outlives the processes that accept from it."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


def live_socket(port: int, host: str) -> socket.socket:
    """Binds and listens: connections wait in the backlog until a process accepts them."""
    listening = bound_socket(port, host)
    listening.listen(BACKLOG)
    return listening


@dataclass(frozen=True)
class Services:
    """Builds the services of the run. Services with the lowest rank are stopped first."""

    arguments: Arguments
    environment: Mapping[str, str]
    listening: socket.socket
    sandbox_port: int

    def all(self) -> list[Service]:
        """All services, in start order."""
        live = [self.live(number) for number in range(1, self.arguments.live_processes + 1)]
        return [self.web(), *live, self.sandbox(), self.worker(), self.beat()]

    def web(self) -> Service:
        port = self.arguments.port
        command = _granian(self.arguments.host, port, WEB_WORKERS, WEB_THREADS)
        return Service(
            self.program("web", command, rank=30), lambda _: missing_health(port, self._host)
        )

    def live(self, number: int) -> Service:
        port, descriptor = self.listening.getsockname()[1], self.listening.fileno()
        command = ["daphne", "--fd", str(descriptor), "--application-close-timeout", "2"]
        command += ["--verbosity", "0", "--no-server-name", "cinema_project.asgi:application"]
        name = "live" if number == 1 else f"live-{number}"
        return Service(
            self.program(name, command, rank=40, inherited=(descriptor,)),
            lambda _: missing_response(port),
        )

    def sandbox(self) -> Service:
        command = _granian(LOOPBACK, self.sandbox_port, 1, SANDBOX_THREADS)
        return Service(
            self.program("sandbox", command, rank=50),
            lambda _: missing_health(self.sandbox_port, self._host),
        )

    def worker(self) -> Service:
        command = [*CELERY, "worker", "--loglevel", "INFO", "--concurrency", str(QUEUE_PROCESSES)]
        command += ["--without-gossip", "--without-mingle"]
        command += ["--hostname", f"layar-{self.arguments.port}@%h"]
        # Time to finish the running task.
        program = self.program("worker", command, rank=20, stop_timeout_seconds=10.0)
        return Service(program, lambda offset: missing_log_text(program.log, offset, b" ready."))

    def beat(self) -> Service:
        # A pid file would keep beat from starting after a kill.
        command = [*CELERY, "beat", "--loglevel", "INFO", "--pidfile", ""]
        # Interrupted during a query it can deadlock; it has no state to lose.
        program = self.program(
            "beat", command, rank=10, stop_timeout_seconds=2.0, may_be_killed=True
        )
        return Service(
            program, lambda offset: missing_log_text(program.log, offset, b"beat: Starting")
        )

    @property
    def _host(self) -> str:
        """A host name that ALLOWED_HOSTS accepts; localhost may not be among them."""
        first = self.environment["ALLOWED_HOSTS"].split(",")[0].strip()
        return first.lstrip(".*") or "localhost"

    def program(self, name: str, module: list[str], *, rank: int, **options: Any) -> Program:
        return Program(
            name=name,
            command=[sys.executable, "-m", *module],
            log=self.arguments.data / "logs" / f"{name}.log",
            environment=self.environment,
            rank=rank,
            folder=ROOT,
            **options,
        )


def _granian(host: str, port: int, workers: int, threads: int) -> list[str]:
    return [
        *("granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        *("--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "3"),
        "cinema_project.wsgi:application",
    ]

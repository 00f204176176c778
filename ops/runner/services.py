"""The services of a run: commands and readiness checks."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.runner.cli import ROOT, Arguments
from ops.runner.health import HEARTBEAT_VARIABLE, Heartbeat, Probe, heartbeat_file
from ops.runner.readiness import missing_health, missing_log_text, missing_response
from ops.stores.errors import NotReady
from ops.stores.ports_and_secrets import LOOPBACK
from ops.stores.process_guard import Child, ProcessGroup, Program

READY_SECONDS = 120.0
POLL_SECONDS = 0.1
BACKLOG = 1_024
# Two processes with two threads each were fastest on two cores; see docs/performance.md.
WEB_WORKERS, WEB_THREADS = 2, 2
SANDBOX_THREADS = 4
QUEUE_PROCESSES = 2
CELERY = ("celery", "-A", "cinema_project")


@dataclass(frozen=True)
class Service:
    """A program and its readiness check, which returns None or the missing condition.

    ``probe`` checks its health while it runs.
    """

    program: Program
    missing: Callable[[int], str | None]
    probe: Probe | None = None

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
        command = _web_server(self.arguments.host, port, WEB_WORKERS, WEB_THREADS)
        return self._responding(self.program("web", command, rank=30), port)

    def live(self, number: int) -> Service:
        port, descriptor = self.listening.getsockname()[1], self.listening.fileno()
        command = ["daphne", "--fd", str(descriptor), "--application-close-timeout", "2"]
        command += ["--verbosity", "0", "--no-server-name", "cinema_project.asgi:application"]
        name = "live" if number == 1 else f"live-{number}"
        return Service(
            self.program(name, command, rank=40, inherited=(descriptor,)),
            lambda _: missing_response(port),
            lambda: missing_response(port),
        )

    def sandbox(self) -> Service:
        command = _web_server(LOOPBACK, self.sandbox_port, 1, SANDBOX_THREADS)
        return self._responding(self.program("sandbox", command, rank=50), self.sandbox_port)

    def worker(self) -> Service:
        command = [*CELERY, "worker", "--loglevel", "INFO", "--concurrency", str(QUEUE_PROCESSES)]
        command += ["--without-gossip", "--without-mingle"]
        command += ["--hostname", f"layar-{self.arguments.port}@%h"]
        # Time to finish the running task.
        program = self.program("worker", command, rank=20, stop_timeout_seconds=10.0)
        return Service(
            program,
            lambda offset: missing_log_text(program.log, offset, b" ready."),
            self._heartbeat("worker"),
        )

    def beat(self) -> Service:
        # A pid file would keep beat from starting after a kill.
        command = [*CELERY, "beat", "--loglevel", "INFO", "--pidfile", ""]
        # Interrupted during a query it can deadlock; it has no state to lose.
        program = self.program(
            "beat", command, rank=10, stop_timeout_seconds=2.0, may_be_killed=True
        )
        return Service(
            program,
            lambda offset: missing_log_text(program.log, offset, b"beat: Starting"),
            self._heartbeat("beat"),
        )

    def _responding(self, program: Program, port: int) -> Service:
        """A service that is ready and healthy while ``port`` responds to /healthz."""
        return Service(
            program,
            lambda _: missing_health(port, self._host),
            lambda: missing_health(port, self._host),
        )

    def _heartbeat(self, name: str) -> Heartbeat:
        environment = self.environment
        broker_url = environment.get("BROKER_URL") or environment.get("REDIS_URL", "")
        return Heartbeat(heartbeat_file(self.arguments.data, name), broker_url)

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
            environment={
                **self.environment,
                HEARTBEAT_VARIABLE: str(heartbeat_file(self.arguments.data, name)),
            },
            rank=rank,
            folder=ROOT,
            **options,
        )


def _web_server(host: str, port: int, workers: int, threads: int) -> list[str]:
    return [
        *("ops.servers.http", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--threads", str(threads), "--stop-seconds", "3"),
    ]

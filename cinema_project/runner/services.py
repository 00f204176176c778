"""The processes of a run: what to start, and how each shows that it is up."""

from __future__ import annotations

import http.client
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cinema_project.runner.arguments import ROOT, Arguments
from cinema_project.stores.books import EVERYWHERE, LOOPBACK
from cinema_project.stores.errors import NotReady
from cinema_project.stores.guard import Child, Guard, Program

READY_SECONDS = 60.0
POLL_SECONDS = 0.1
ANSWER_SECONDS = 5.0
LIVE_BACKLOG = 1_024
# Two processes with two threads each were fastest on two cores; see docs/performance.md.
WEB_WORKERS, WEB_THREADS = 2, 2
SANDBOX_THREADS = 4
QUEUE_PROCESSES = 2


@dataclass(frozen=True)
class Service:
    """A program with its test of readiness: nothing while it is ready, else what is missing."""

    program: Program
    missing: Callable[[int], str | None]

    def wait_until_ready(self, guard: Guard, child: Child, log_offset: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while missing := self.missing(log_offset):
            child.check()
            if time.monotonic() > deadline:
                raise NotReady(
                    f"{self.program.name}: {missing} after {READY_SECONDS:.0f} s", self.program.log
                )
            guard.pause(POLL_SECONDS)


def live_socket(port: int) -> socket.socket:
    """The socket that all live processes accept from; it outlives each of them."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((EVERYWHERE, port))
    listening.listen(LIVE_BACKLOG)
    return listening


def services(
    arguments: Arguments,
    environment: Mapping[str, str],
    listening: socket.socket,
    sandbox_port: int,
) -> list[Service]:
    """In the order in which they are started."""

    def service(
        name: str,
        module: list[str],
        missing: Callable[[int], str | None],
        rank: int,
        inherited: tuple[int, ...] = (),
        patience_seconds: float = 5.0,
        is_killed_quietly: bool = False,
    ) -> Service:
        program = Program(
            name=name,
            command=[sys.executable, "-m", *module],
            log=_log(arguments, name),
            environment=environment,
            rank=rank,
            inherited=inherited,
            patience_seconds=patience_seconds,
            is_killed_quietly=is_killed_quietly,
            folder=ROOT,
        )
        return Service(program, missing)

    # Whoever is let in by name may not let in localhost.
    host = environment["ALLOWED_HOSTS"].split(",")[0].strip().lstrip(".*") or "localhost"
    celery = ["celery", "-A", "cinema_project"]
    descriptor = listening.fileno()
    live_port = listening.getsockname()[1]
    live = ["daphne", "--fd", str(descriptor), "--application-close-timeout", "2"]
    live += ["--verbosity", "0", "--no-server-name", "cinema_project.asgi:application"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--concurrency", str(QUEUE_PROCESSES)]
    worker += ["--without-gossip", "--without-mingle", "--hostname", f"layar-{arguments.port}@%h"]
    # A file with its process number would keep beat from starting after a kill.
    beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""]
    return [
        service(
            "web",
            _granian(EVERYWHERE, arguments.port, WEB_WORKERS, WEB_THREADS),
            lambda _: missing_health(arguments.port, host),
            rank=30,
        ),
        *(
            service(
                "live" if number == 1 else f"live-{number}",
                live,
                lambda _: missing_answer(live_port),
                rank=40,
                inherited=(descriptor,),
            )
            for number in range(1, arguments.live_processes + 1)
        ),
        service(
            "sandbox",
            _granian(LOOPBACK, sandbox_port, 1, SANDBOX_THREADS),
            lambda _: missing_health(sandbox_port, host),
            rank=50,
        ),
        service(
            "worker",
            worker,
            lambda offset: missing_words(_log(arguments, "worker"), offset, b" ready."),
            rank=20,
            patience_seconds=10.0,  # it finishes what it works on
        ),
        service(
            "beat",
            beat,
            lambda offset: missing_words(_log(arguments, "beat"), offset, b"beat: Starting"),
            rank=10,
            # Interrupted in a query it may wait for itself for ever; it keeps nothing.
            patience_seconds=2.0,
            is_killed_quietly=True,
        ),
    ]


def missing_health(port: int, host: str = "localhost") -> str | None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return "no answer"
    finally:
        connection.close()
    return None if status == http.client.OK else f"/healthz answers {status}"


def missing_answer(port: int) -> str | None:
    """Something must answer: the socket accepts even while no process reads from it."""
    try:
        with socket.create_connection((LOOPBACK, port), ANSWER_SECONDS) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return None if connection.recv(5) == b"HTTP/" else "no answer"
    except OSError:
        return "no answer"


def missing_words(log: Path, offset: int, words: bytes) -> str | None:
    with log.open("rb") as stream:
        stream.seek(offset)
        return None if words in stream.read() else "it does not say that it has started"


def _log(arguments: Arguments, name: str) -> Path:
    return arguments.data / "logs" / f"{name}.log"


def _granian(host: str, port: int, workers: int, threads: int) -> list[str]:
    return [
        *("granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        *("--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "3"),
        "cinema_project.wsgi:application",
    ]

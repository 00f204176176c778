"""The servers of a sale: all services of ``bin/run`` with its commands, or those of the floor."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from benchmarks import servers
from benchmarks.fanout import FLOOR as LIVE_FLOOR
from benchmarks.fanout import live_server
from ops.runner.cli import Arguments
from ops.runner.readiness import missing_response
from ops.runner.services import QUEUE_PROCESSES, Services, live_socket
from ops.stores.errors import NotReady
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from ops.stores.process_guard import POLL_SECONDS, ProcessGroup, Program

READY_SECONDS = 30.0
ROOT = Path(__file__).resolve().parent.parent.parent
WEB_FLOOR = "benchmarks.floors.sale:application"


@dataclass(frozen=True)
class Installation:
    """``processes``: service → its first process, the stores included."""

    web_port: int
    live_port: int
    bank_port: int
    processes: dict[str, int]


@contextmanager
def sinks(logs: Path) -> Iterator[dict[str, str]]:
    """The variables that send email and SMS to sinks that accept everything."""
    smtp_port, sms_port = choose_port(), choose_port()
    command = [sys.executable, "-m", "benchmarks.sale.sinks", str(smtp_port), str(sms_port)]
    with started("sinks", command, logs, os.environ, port=sms_port):
        yield {
            "EMAIL_URL": f"smtp://{LOOPBACK}:{smtp_port}",
            "SMS_BACKEND": "http",
            "SMS_HTTP_URL": f"http://{LOOPBACK}:{sms_port}/sms",
        }


@contextmanager
def product(logs: Path, messages: dict[str, str]) -> Iterator[Installation]:
    """Web, live, worker and beat as ``bin/run`` starts them; the bank is a fake without cost."""
    with ExitStack() as running:
        bank_port = running.enter_context(servers.web_server(servers.BANK, logs))
        listening = running.enter_context(live_socket(0, LOOPBACK))
        live_port = listening.getsockname()[1]
        arguments = Arguments(
            host=LOOPBACK,
            port=choose_port(),
            live_port=live_port,
            live_processes=1,
            data=logs.parent,
            fresh=False,
            demo=False,
            hold_seconds=None,
            ephemeral=True,
        )
        environment = {
            **os.environ,
            **messages,
            "PYTHONPATH": str(ROOT),
            "ALLOWED_HOSTS": f"localhost,{LOOPBACK}",
            "LIVE_PORT": str(live_port),
            "LOG_LEVEL": "INFO",  # as shipped
            "SANDBOX_ENABLED": "true",
            "SANDBOX_API_URL": f"http://{LOOPBACK}:{bank_port}/api",
        }
        services = Services(arguments, environment, listening, choose_port())
        group = ProcessGroup()
        running.callback(group.close)
        processes = {}
        for service in (services.web(), services.live(1), services.worker(), services.beat()):
            log = service.program.log
            offset = log.stat().st_size if log.exists() else 0
            child = group.start(service.program)
            running.callback(group.stop, child)
            service.wait_until_ready(group, child, offset)
            processes[service.program.name] = child.process.pid
        yield Installation(arguments.port, live_port, bank_port, processes | _stores())


@contextmanager
def floor(logs: Path, messages: dict[str, str], **environment: str) -> Iterator[Installation]:
    """Bare functions on the same web and live servers, and a bare worker."""
    with ExitStack() as running:
        bank_port = running.enter_context(servers.web_server(servers.BANK, logs))
        live_pid, live_port = running.enter_context(live_server(LIVE_FLOOR, logs))
        environment |= {**messages, "FLOOR_BANK": f"http://{LOOPBACK}:{bank_port}/api"}
        worker = [sys.executable, "-m", "benchmarks.floors.sale_worker", str(QUEUE_PROCESSES)]
        worker_pid = running.enter_context(
            started("floor-worker", worker, logs, os.environ | environment)
        )
        web_port = choose_port()
        command = servers.command(WEB_FLOOR, web_port)
        web_pid = running.enter_context(
            started("floor-web", command, logs, os.environ | environment, port=web_port)
        )
        processes = {"web": web_pid, "live": live_pid, "worker": worker_pid}
        yield Installation(web_port, live_port, bank_port, processes | _stores())


@contextmanager
def started(
    name: str, command: list[str], logs: Path, environment: Mapping[str, str], *, port: int = 0
) -> Iterator[int]:
    """The process id of ``command``; waits until it answers HTTP on ``port``."""
    group = ProcessGroup()
    try:
        child = group.start(
            Program(
                name=name,
                command=command,
                log=logs / f"{name}.log",
                environment={**environment, "PYTHONPATH": str(ROOT)},
                rank=10,
                folder=ROOT,
            )
        )
        deadline = time.monotonic() + READY_SECONDS
        while port and (missing := missing_response(port)):
            child.check()
            if time.monotonic() > deadline:
                raise NotReady(f"{name}: {missing}", child.program.log)
            time.sleep(POLL_SECONDS)
        try:
            yield child.process.pid
        finally:
            group.stop(child)
    finally:
        group.close()


def _stores() -> dict[str, int]:
    """The first processes of PostgreSQL and Valkey."""
    [lock_file] = Path(os.environ["LAYAR_DATA"]).glob("**/postmaster.pid")
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as valkey:
        valkey_pid = int(valkey.info("server")["process_id"])
    return {"PostgreSQL": int(lock_file.read_text().split()[0]), "Valkey": valkey_pid}

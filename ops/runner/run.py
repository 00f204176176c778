"""Lifecycle of a run: stores, preparation, services, supervision, shutdown."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from types import FrameType

from ops.runner import environment as environments
from ops.runner import services as all_services
from ops.runner.bootstrap import PIPE_VARIABLE
from ops.runner.cli import ROOT, Arguments
from ops.runner.console import Console
from ops.runner.data_dir import DataFolder
from ops.runner.health import HealthMonitor
from ops.runner.stores import Stores, choose_stores
from ops.runner.supervisor import Supervisor
from ops.stores.errors import NotReady, PortBusy, StartError
from ops.stores.ports_and_secrets import (
    EVERYWHERE,
    LOOPBACK,
    PortRegistry,
    SecretFile,
    wait_for_free_port,
)
from ops.stores.process_guard import Child, ProcessGroup, Program

POLL_SECONDS = 0.2
PREPARE_SECONDS = 600.0
PREPARE_END_SECONDS = 60.0


class Stopped(Exception):
    """Raised when a signal has requested the end of the run."""


class Run:
    replaces_hung_processes = True

    def __init__(self, arguments: Arguments) -> None:
        self.arguments = arguments
        self.console = Console()
        self._must_stop = False
        self.folder = DataFolder(arguments.data)
        self.process_group = ProcessGroup(inherited=[self.folder.processes_lock], pause=self.pause)
        self.supervisor = Supervisor(self.process_group, self.console.print)

    def pause(self, seconds: float) -> None:
        """Sleeps, or raises ``Stopped``: only here, so that no started process is lost."""
        if self._must_stop:
            raise Stopped
        time.sleep(seconds)

    def listen_to_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._must_stop = True

    def start(self) -> None:
        arguments, console = self.arguments, self.console
        self.folder.lock(self.pause, lambda: console.print("  waiting for an earlier run to end"))
        if arguments.fresh:
            self._clear()
        ports = PortRegistry(arguments.data / "ports.json", avoid={arguments.port})
        secrets = SecretFile(arguments.data / "secrets.json")
        self.check_port(arguments.port, "--port")
        self.open_sockets(ports)
        stores = choose_stores(arguments, ports, secrets)
        chosen = self.choose_environment(stores, secrets)
        environments.write_environment(arguments.data / "environment", chosen)
        environment = environments.process_environment(chosen)
        stores.start(self.process_group, self.console, self.supervisor)
        summary = self.prepare(environment)
        self.start_services(self.services(environment))
        self._print_summary(summary)

    def open_sockets(self, ports: PortRegistry) -> None:
        """Binds the ports of the run before anything is started."""
        self.listening = self._listen(ports)
        self.sandbox_port = ports.port("sandbox")

    def choose_environment(self, stores: Stores, secrets: SecretFile) -> dict[str, str]:
        return environments.run_environment(
            self.arguments,
            stores,
            secrets,
            live_port=self.listening.getsockname()[1],
            sandbox_port=self.sandbox_port,
        )

    def services(self, environment: dict[str, str]) -> list[all_services.Service]:
        return all_services.Services(
            self.arguments, environment, self.listening, self.sandbox_port
        ).all()

    def poll(self) -> None:
        while True:
            self.pause(POLL_SECONDS)
            self.supervisor.poll()

    def stop(self) -> None:
        self.supervisor.stop()
        self.process_group.close()
        self.folder.close()

    def _clear(self) -> None:
        if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
            raise StartError(
                "--fresh empties the data folder only; DATABASE_URL and REDIS_URL"
                " name stores of yours, which you empty yourself"
            )
        with self.console.step("empty the data folder"):
            self.folder.clear()

    def check_port(self, port: int, option: str) -> None:
        if not wait_for_free_port(port, EVERYWHERE):
            raise PortBusy(
                f"port {port} is taken by another program. Stop that one, or choose another"
                f" port: {option} NUMBER"
            )

    def _listen(self, ports: PortRegistry) -> socket.socket:
        port = self.arguments.live_port
        if port is not None:
            self.check_port(port, "--live-port")
        else:
            wanted = min(self.arguments.port + 1, 65_535)
            port = ports.port(f"live_{self.arguments.port}", wanted)
        try:
            return all_services.live_socket(port, self.arguments.host)
        except OSError as error:
            raise PortBusy(f"port {port} cannot be opened: {error.strerror}") from error

    def prepare(self, environment: dict[str, str]) -> str:
        """Runs bootstrap.py and prints its steps. Returns its summary for the operator."""
        reading, writing = os.pipe()
        program = Program(
            name="prepare",
            command=[
                *(sys.executable, "-m", "ops.runner.bootstrap"),
                *(("--demo",) if self.arguments.demo else ()),
            ],
            log=self.arguments.data / "logs" / "prepare.log",
            environment={**environment, PIPE_VARIABLE: str(writing)},
            rank=5,
            inherited=(writing,),
            folder=ROOT,
        )
        child = self.process_group.start(program)
        os.close(writing)
        try:
            summary = self._show_steps(reading)
            if child.process.wait(timeout=PREPARE_END_SECONDS) != 0:
                child.check()
        except subprocess.TimeoutExpired:
            raise NotReady("it does not end", program.log) from None
        finally:
            os.close(reading)
            self.process_group.stop(child)
        return summary

    def _show_steps(self, reading: int) -> str:
        summary: list[str] = []
        buffer = b""
        deadline = time.monotonic() + PREPARE_SECONDS
        while True:
            self.pause(0)
            if time.monotonic() > deadline:
                raise NotReady(f"it took longer than {PREPARE_SECONDS:.0f} s")
            if not select.select([reading], [], [], POLL_SECONDS)[0]:
                continue
            part = os.read(reading, 65_536)
            if not part:
                return "".join(summary)
            *lines, buffer = (buffer + part).split(b"\n")
            for line in lines:
                fact = json.loads(line)
                if "begin" in fact:
                    self.console.begin(fact["begin"])
                elif "end" in fact:
                    self.console.end()
                else:
                    summary.append(fact["say"])

    def start_services(self, services: list[all_services.Service]) -> None:
        started: list[tuple[all_services.Service, Child, int]] = []
        for service in services:
            log = service.program.log
            offset = log.stat().st_size if log.exists() else 0
            child = self.process_group.start(service.program)
            self.supervisor.add(
                child, partial(self.process_group.start, service.program), self._monitor(service)
            )
            started.append((service, child, offset))
        for service, child, offset in started:
            with self.console.step(f"start {service.program.name}"):
                service.wait_until_ready(self.process_group, child, offset)

    def _monitor(self, service: all_services.Service) -> HealthMonitor | None:
        if service.probe is None or not self.replaces_hung_processes:
            return None
        return HealthMonitor(service.probe)

    def _print_summary(self, summary: str) -> None:
        url = f"http://localhost:{self.arguments.port}"
        self.console.print(f"\nLayar is up after {self.console.total_seconds:.1f} s: {url}")
        if self.arguments.host == LOOPBACK:
            self.console.print(
                "It listens on this machine only; --host 0.0.0.0 opens it to others."
            )
        self.console.print(f"Data and logs are in {self.arguments.data}. Ctrl-C stops everything.")
        if summary.strip():
            self.console.print("\n" + summary.rstrip())
        self.console.print(f"\nready {url}")

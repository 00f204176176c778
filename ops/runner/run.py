"""The order of a run: stores, preparation, services, and their end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
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
from ops.runner.stores import Stores, choose_stores
from ops.runner.supervisor import Supervisor
from ops.stores.errors import NotReady, PortBusy, StartError
from ops.stores.ports_and_secrets import EVERYWHERE, PortBook, SecretBook, wait_for_free_port
from ops.stores.process_guard import Child, ProcessGroup, Program

TEND_SECONDS = 0.2
PREPARE_SECONDS = 600.0


class Stopped(Exception):
    """The operator wants the run to end."""


class Run:
    def __init__(self, arguments: Arguments) -> None:
        self.arguments = arguments
        self.steps = Console()
        self._must_stop = False
        self.folder = DataFolder(arguments.data)
        self.guard = ProcessGroup(inherited=[self.folder.processes_lock], pause=self.pause)
        self.supervisor = Supervisor(self.guard, self.steps.print)

    def pause(self, seconds: float) -> None:
        """The only way a run waits, so that it never ends between a start and its noting."""
        if self._must_stop:
            raise Stopped
        time.sleep(seconds)

    def listen_to_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._must_stop = True

    def start(self) -> None:
        arguments, steps = self.arguments, self.steps
        self.folder.lock(self.pause, lambda: steps.print("  waiting for an earlier run to end"))
        if arguments.fresh:
            self._clear()
        ports = PortBook(arguments.data / "ports.json", avoid={arguments.port})
        secrets = SecretBook(arguments.data / "secrets.json")
        self.check_port(arguments.port, "--port")
        self.open_sockets(ports)
        stores = choose_stores(arguments, ports, secrets)
        chosen = self.choose_environment(stores, secrets)
        environments.write_environment(arguments.data / "environment", chosen)
        environment = environments.process_environment(chosen)
        stores.start(self.guard, self.steps, self.supervisor)
        said = self.prepare(environment)
        self.start_services(self.services(environment))
        self._greet(said)

    def open_sockets(self, ports: PortBook) -> None:
        """The ports of the run, before anything is started that would be in vain."""
        self.listening = self._listen(ports)
        self.sandbox_port = ports.port("sandbox")

    def choose_environment(self, stores: Stores, secrets: SecretBook) -> dict[str, str]:
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
            self.pause(TEND_SECONDS)
            self.supervisor.poll()

    def stop(self) -> None:
        self.supervisor.stop()
        self.guard.close()
        self.folder.close()

    def _clear(self) -> None:
        if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
            raise StartError(
                "--fresh empties the data folder only; DATABASE_URL and REDIS_URL"
                " name stores of yours, which you empty yourself"
            )
        with self.steps.step("empty the data folder"):
            self.folder.clear()

    def check_port(self, port: int, option: str) -> None:
        if not wait_for_free_port(port, EVERYWHERE):
            raise PortBusy(
                f"port {port} is taken by another program. Stop that one, or choose another"
                f" port: {option} NUMBER"
            )

    def _listen(self, ports: PortBook) -> socket.socket:
        port = self.arguments.live_port
        if port is not None:
            self.check_port(port, "--live-port")
        else:
            wanted = min(self.arguments.port + 1, 65_535)
            port = ports.port(f"live_{self.arguments.port}", wanted)
        try:
            return all_services.live_socket(port)
        except OSError as error:
            raise PortBusy(f"port {port} cannot be opened: {error.strerror}") from error

    def prepare(self, environment: dict[str, str]) -> str:
        """Runs prepare.py and shows its steps. Returns what it wants the operator to know."""
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
        child = self.guard.start(program)
        os.close(writing)
        try:
            said = self._show_steps(reading)
            if child.process.wait(timeout=10) != 0:
                child.check()
        finally:
            os.close(reading)
            self.guard.stop(child)
        return said

    def _show_steps(self, reading: int) -> str:
        said: list[str] = []
        waiting = b""
        deadline = time.monotonic() + PREPARE_SECONDS
        while True:
            self.pause(0)
            if time.monotonic() > deadline:
                raise NotReady(f"it took longer than {PREPARE_SECONDS:.0f} s")
            if not select.select([reading], [], [], TEND_SECONDS)[0]:
                continue
            part = os.read(reading, 65_536)
            if not part:
                return "".join(said)
            *lines, waiting = (waiting + part).split(b"\n")
            for line in lines:
                fact = json.loads(line)
                if "begin" in fact:
                    self.steps.begin(fact["begin"])
                elif "end" in fact:
                    self.steps.end()
                else:
                    said.append(fact["say"])

    def start_services(self, services: list[all_services.Service]) -> None:
        started: list[tuple[all_services.Service, Child, int]] = []
        for service in services:
            log = service.program.log
            offset = log.stat().st_size if log.exists() else 0
            child = self.guard.start(service.program)
            self.supervisor.take(child, partial(self.guard.start, service.program))
            started.append((service, child, offset))
        for service, child, offset in started:
            with self.steps.step(f"start {service.program.name}"):
                service.wait_until_ready(self.guard, child, offset)

    def _greet(self, said: str) -> None:
        url = f"http://localhost:{self.arguments.port}"
        self.steps.print(f"\nLayar is up after {self.steps.total_seconds:.1f} s: {url}")
        self.steps.print(f"Data and logs are in {self.arguments.data}. Ctrl-C stops everything.")
        if said.strip():
            self.steps.print("\n" + said.rstrip())
        self.steps.print(f"\nready {url}")

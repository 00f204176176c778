"""Starts, supervises and restarts a cluster."""

from __future__ import annotations

import signal
import socket
from types import FrameType

from ops.cluster.cli import ClusterArguments
from ops.cluster.nginx import find_nginx
from ops.cluster.rolling_restart import SIGNAL, RestartResult, RollingRestart
from ops.cluster.servers import ClusterServices
from ops.runner.environment import process_environment
from ops.runner.run import POLL_SECONDS, Run
from ops.runner.services import Service, bound_socket
from ops.runner.stores import Stores
from ops.stores.errors import StartError
from ops.stores.ports_and_secrets import LOOPBACK, PortRegistry, SecretFile

REQUESTS_PER_SECOND = 100


class ClusterRun(Run):
    arguments: ClusterArguments

    def __init__(self, arguments: ClusterArguments) -> None:
        find_nginx()  # fail before anything is created
        super().__init__(arguments)
        self._must_restart = False

    def listen_to_signals(self) -> None:
        super().listen_to_signals()
        signal.signal(SIGNAL, self._on_restart)

    def _on_restart(self, number: int, frame: FrameType | None) -> None:
        self._must_restart = True

    def open_sockets(self, ports: PortRegistry) -> None:
        self.sandbox_port = ports.port("sandbox")
        self.web_sockets = self._sockets(ports, "web", self.arguments.web_servers)
        self.live_sockets = self._sockets(ports, "live", self.arguments.live_servers)
        self.listening = self.live_sockets[0]

    def _sockets(self, ports: PortRegistry, kind: str, count: int) -> tuple[socket.socket, ...]:
        """Loopback sockets, reachable by nginx only."""
        return tuple(
            bound_socket(ports.port(f"{kind}_{number}"), LOOPBACK) for number in range(1, count + 1)
        )

    def choose_environment(self, stores: Stores, secrets: SecretFile) -> dict[str, str]:
        chosen = super().choose_environment(stores, secrets)
        # nginx is in front: it compresses, and serves WebSockets on the same port.
        return chosen | {
            "LIVE_PORT": "",
            "TRUSTED_PROXY_COUNT": "1",
            "COMPRESS_RESPONSES": "false",
        }

    def services(self, environment: dict[str, str]) -> list[Service]:
        self.environment = environment
        factor = int(environment.get("RATE_LIMIT_FACTOR", "1"))
        self.members = ClusterServices(
            self.arguments,
            environment,
            self.listening,
            self.sandbox_port,
            web_sockets=self.web_sockets,
            live_sockets=self.live_sockets,
            requests_per_second=REQUESTS_PER_SECOND * factor,
        )
        return self.members.all()

    def start_services(self, services: list[Service]) -> None:
        """Starts nginx once the servers respond, so that it marks none of them as failed."""
        *others, nginx = services
        super().start_services(others)
        super().start_services([nginx])

    def poll(self) -> None:
        while True:
            self.pause(POLL_SECONDS)
            self.supervisor.poll()
            if self._must_restart:
                self._must_restart = False
                self._restart()

    def _restart(self) -> None:
        """Applies static files and migrations first: old and new processes run with them for a
        while.

        nginx and the sandbox bank, which represents another company, keep running.
        """
        self.console.print("\nrestarting")
        failure = ""
        try:
            self.prepare(process_environment(self.environment))
            rolling = RollingRestart(self.process_group, self.supervisor, self.console)
            for service in self.members.servers():
                rolling.replace(service)
            for service in (self.members.worker(), self.members.beat()):
                rolling.restart(service)
        except StartError as error:
            failure = str(error)
            self.console.fail(failure, str(error.log or ""), error.log_tail())
        number = RestartResult.last(self.arguments.data).number + 1
        RestartResult(number, failure).write(self.arguments.data)
        self.console.print("restarted" if not failure else "the restart stopped halfway")

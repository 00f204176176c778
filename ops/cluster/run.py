"""The order of a cluster's run, and of its restart."""

from __future__ import annotations

import signal
import socket
from types import FrameType

from ops.cluster.cli import ClusterArguments
from ops.cluster.nginx import find_nginx
from ops.cluster.rolling_restart import SIGNAL, Restart, Roll
from ops.cluster.servers import Members
from ops.runner.environment import process_environment
from ops.runner.run import TEND_SECONDS, Run
from ops.runner.services import Service, bound_socket
from ops.runner.stores import Stores
from ops.stores.errors import StartError
from ops.stores.ports_and_secrets import LOOPBACK, PortBook, SecretBook

REQUESTS_PER_SECOND = 100


class ClusterRun(Run):
    arguments: ClusterArguments

    def __init__(self, arguments: ClusterArguments) -> None:
        find_nginx()  # before anything is made that would be in vain
        super().__init__(arguments)
        self._must_restart = False

    def listen_to_signals(self) -> None:
        super().listen_to_signals()
        signal.signal(SIGNAL, self._on_restart)

    def _on_restart(self, number: int, frame: FrameType | None) -> None:
        self._must_restart = True

    def open_sockets(self, ports: PortBook) -> None:
        self.sandbox_port = ports.port("sandbox")
        self.web_sockets = self._sockets(ports, "web", self.arguments.web_servers)
        self.live_sockets = self._sockets(ports, "live", self.arguments.live_servers)
        self.listening = self.live_sockets[0]

    def _sockets(self, ports: PortBook, kind: str, count: int) -> tuple[socket.socket, ...]:
        """Only nginx reaches them."""
        return tuple(
            bound_socket(ports.port(f"{kind}_{number}"), LOOPBACK) for number in range(1, count + 1)
        )

    def choose_environment(self, stores: Stores, secrets: SecretBook) -> dict[str, str]:
        chosen = super().choose_environment(stores, secrets)
        # nginx stands in front, and the live seats are on its port, too.
        return chosen | {"LIVE_PORT": "", "TRUSTED_PROXY_COUNT": "1"}

    def services(self, environment: dict[str, str]) -> list[Service]:
        self.environment = environment
        factor = int(environment.get("RATE_LIMIT_FACTOR", "1"))
        self.members = Members(
            self.arguments,
            environment,
            self.listening,
            self.sandbox_port,
            web_sockets=self.web_sockets,
            live_sockets=self.live_sockets,
            requests_per_second=REQUESTS_PER_SECOND * factor,
        )
        return self.members.all()

    def poll(self) -> None:
        while True:
            self.pause(TEND_SECONDS)
            self.supervisor.poll()
            if self._must_restart:
                self._must_restart = False
                self._restart()

    def _restart(self) -> None:
        """Static files and migrations first: both programs live with them for a while.

        nginx stays, and so does the sandbox bank, which is another company.
        """
        self.steps.print("\nrestarting")
        failure = ""
        try:
            self.prepare(process_environment(self.environment))
            roll = Roll(self.guard, self.supervisor, self.steps)
            for service in self.members.servers():
                roll.over(service)
            for service in (self.members.worker(), self.members.beat()):
                roll.again(service)
        except StartError as error:
            failure = str(error)
            self.steps.fail(failure, str(error.log or ""), error.log_tail())
        Restart(Restart.last(self.arguments.data).number + 1, failure).write(self.arguments.data)
        self.steps.print("restarted" if not failure else "the restart stopped half way")

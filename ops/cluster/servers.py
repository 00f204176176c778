"""The cluster's services. Each web and live server has a socket that outlives its processes.

A server listens once it can respond. When it dies its socket refuses connections so that nginx
uses the other server; with a single server, connections wait in the backlog for the next process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

from ops.cluster.nginx import nginx_program, write_configuration
from ops.cluster.nginx_config import Site
from ops.runner.environment import own_host_names
from ops.runner.readiness import missing_health, missing_log_text, missing_response
from ops.runner.services import WEB_THREADS, WEB_WORKERS, Service, Services
from ops.servers.http import STOP_SECONDS
from ops.stores.process_guard import Program

NGINX_RANK, WEB_RANK, LIVE_RANK = 5, 30, 40


@dataclass(frozen=True)
class ClusterServices(Services):
    web_sockets: tuple[socket.socket, ...]
    live_sockets: tuple[socket.socket, ...]
    requests_per_second: int

    def all(self) -> list[Service]:
        return [*self.servers(), self.sandbox(), self.worker(), self.beat(), self.nginx()]

    def servers(self) -> list[Service]:
        web = [self.web_server(number) for number in range(1, len(self.web_sockets) + 1)]
        live = [self.live_server(number) for number in range(1, len(self.live_sockets) + 1)]
        return [*web, *live]

    def web_server(self, number: int) -> Service:
        listening = self.web_sockets[number - 1]
        descriptor = listening.fileno()
        command = ["ops.servers.http", "--fd", str(descriptor)]
        command += ["--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)]
        program = self.program(
            f"web-{number}",
            command,
            rank=WEB_RANK,
            inherited=(descriptor,),
            refused_sockets=(listening,) if len(self.web_sockets) > 1 else (),
            stop_timeout_seconds=STOP_SECONDS,
        )
        # In a rolling restart the old process still responds on the socket: the log shows the new
        # one.
        started = [b"Started worker-%d" % worker for worker in range(1, WEB_WORKERS + 1)]
        port = listening.getsockname()[1]
        return Service(program, _logged(program, started), lambda: missing_health(port, self._host))

    def live_server(self, number: int) -> Service:
        listening = self.live_sockets[number - 1]
        descriptor = listening.fileno()
        program = self.program(
            f"live-{number}",
            ["ops.servers.websocket", "--fd", str(descriptor)],
            rank=LIVE_RANK,
            inherited=(descriptor,),
            refused_sockets=(listening,) if len(self.live_sockets) > 1 else (),
        )
        port = listening.getsockname()[1]
        return Service(
            program,
            _logged(program, [b"Listening on TCP address"]),
            lambda: missing_response(port),
        )

    def nginx(self) -> Service:
        main_file = write_configuration(self.arguments.data / "nginx", self.site())
        log = self.arguments.data / "logs" / "nginx.log"
        return Service(
            nginx_program(main_file, log, self.environment, NGINX_RANK),
            lambda _: missing_health(self.arguments.port),
            lambda: missing_health(self.arguments.port),
        )

    def site(self) -> Site:
        data = self.arguments.data
        return Site(
            server_names=tuple(own_host_names()),
            port=self.arguments.port,
            web=tuple(_address(each) for each in self.web_sockets),
            live=tuple(_address(each) for each in self.live_sockets),
            static=str(data / "static"),
            media=str(data / "media"),
            cache=str(data / "nginx" / "cache"),
            access_log="/dev/stdout",  # the log whose size the supervisor limits
            requests_per_second=self.requests_per_second,
            requests_burst=4 * self.requests_per_second,
            has_ipv6=False,
        )


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()
    return f"{host}:{port}"


def _logged(program: Program, texts: list[bytes]) -> Callable[[int], str | None]:
    def missing(offset: int) -> str | None:
        for text in texts:
            if reason := missing_log_text(program.log, offset, text):
                return reason
        return None

    return missing

"""HTTP server: granian on an inherited listening socket.

The socket belongs to bin/cluster or systemd (deploy/systemd/layar-web.socket) and stays open while
processes are replaced: connections made in between wait in its backlog.
"""

from __future__ import annotations

import argparse
import importlib
import socket
from typing import Any

from django.urls import get_resolver
from granian._granian import SocketHolder
from granian.server.mp import MPServer

TARGET = "ops.servers.http:application"
BACKLOG = 1_024
# Time for requests in progress to finish: as long as nginx waits for a response.
STOP_SECONDS = 30
SYSTEMD_DESCRIPTOR = 3


class InheritedSocketServer(MPServer):
    """granian's multi-process server on an inherited socket."""

    def __init__(self, descriptor: int, **options: Any) -> None:
        super().__init__(TARGET, **options)
        self._descriptor = descriptor

    def _init_shared_socket(self) -> None:
        self._ssp = None
        self._sfd: Any = self._descriptor
        self._sso = socket.socket(fileno=self._descriptor)
        self._sso.set_inheritable(True)
        holder: Any = SocketHolder  # its type stub is incomplete
        self._shd: Any = holder(self._descriptor, False, BACKLOG)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, default=SYSTEMD_DESCRIPTOR, help="the listening socket")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--threads", type=int, default=2, help="of each process")
    chosen = parser.parse_args()
    InheritedSocketServer(
        chosen.fd,
        interface="wsgi",
        workers=chosen.workers,
        blocking_threads=chosen.threads,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve()


def __getattr__(name: str) -> Any:
    """Loads ``application`` and all views before granian reports that a worker has started."""
    if name != "application":
        raise AttributeError(name)
    application = importlib.import_module("cinema_project.wsgi").application
    len(get_resolver().url_patterns)  # imports every view
    return application


if __name__ == "__main__":
    main()

"""HTTP on granian, from a listening socket that somebody else opened and keeps.

While one set of processes ends and another begins, the socket stays: whoever connects in between
waits a moment and is served. bin/cluster opens it, and lets it refuse where another server can be
asked instead of one that died; or systemd does (deploy/systemd/layar-web.socket).
"""

from __future__ import annotations

import argparse
import socket
from typing import Any

from granian._granian import SocketHolder
from granian.server.mp import MPServer

TARGET = "ops.servers.http:application"
BACKLOG = 1_024
# Requests that are being answered are answered; one may take as long as nginx waits for it.
STOP_SECONDS = 30
SYSTEMD_DESCRIPTOR = 3


class InheritedSocketServer(MPServer):
    """granian's server of processes, but for where its socket comes from."""

    def __init__(self, descriptor: int, **options: Any) -> None:
        super().__init__(TARGET, **options)
        self._descriptor = descriptor

    def _init_shared_socket(self) -> None:
        self._ssp = None
        self._sfd: Any = self._descriptor
        self._sso = socket.socket(fileno=self._descriptor)
        self._sso.set_inheritable(True)
        holder: Any = SocketHolder  # whose stub says less than it takes
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
    """``application``, made ready to answer at once: a process says it has started after this."""
    if name != "application":
        raise AttributeError(name)
    from django.urls import get_resolver

    from cinema_project.wsgi import application

    len(get_resolver().url_patterns)  # imports every view
    return application


if __name__ == "__main__":
    main()

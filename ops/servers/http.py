"""HTTP server: granian with the dispatcher of dispatcher.py, on a port or an inherited socket.

An inherited socket belongs to bin/cluster or systemd (deploy/systemd/layar-web.socket) and stays
open while processes are replaced: connections made in between wait in its backlog.

The application is loaded once, before its processes are forked. Loading it is nearly all of the
work of a start: each process would do it again, and a replaced one would answer only after it.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import socket
import sys
from typing import Any

from django.urls import get_resolver
from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import mp
from granian.wsgi import _callback_wrapper

from ops.servers.dispatcher import DISPATCHING_THREADS, Dispatcher

TARGET = "ops.servers.http:application"
SUPERVISION = "cinema_project.supervision"
BACKLOG = 1_024
# Time for requests in progress to finish: as long as nginx waits for a response.
STOP_SECONDS = 30
# Also ends connections that are kept without a request.
HEADER_SECONDS = 10
SYSTEMD_DESCRIPTOR = 3
THREADS_VARIABLE = "LAYAR_WEB_THREADS"


class WebServer(mp.MPServer):
    """granian's multi-process server, with our dispatcher in each process."""

    def __init__(self, target: str, *, threads: int, **options: Any) -> None:
        super().__init__(
            target,
            interface=Interfaces.WSGI,
            blocking_threads=DISPATCHING_THREADS,
            websockets=False,
            respawn_failed_workers=True,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
            **options,
        )
        os.environ[THREADS_VARIABLE] = str(threads)  # for its processes

    @staticmethod
    def _spawn_wsgi_worker(*arguments: Any, **options: Any) -> None:
        """Runs in the new process."""
        parent = multiprocessing.parent_process()
        importlib.import_module(SUPERVISION).end_with_parent(parent.pid if parent else 0)
        granian: Any = mp
        granian._wsgi_call_wrap = _dispatched
        mp.MPServer._spawn_wsgi_worker(*arguments, **options)


class InheritedSocketServer(WebServer):
    """The same on an inherited socket."""

    def __init__(self, target: str, descriptor: int, **options: Any) -> None:
        super().__init__(target, **options)
        self._descriptor = descriptor

    def _init_shared_socket(self) -> None:
        self._ssp = None
        self._sfd: Any = self._descriptor
        self._sso = socket.socket(fileno=self._descriptor)
        self._sso.set_inheritable(True)
        holder: Any = SocketHolder  # its type stub is incomplete
        self._shd: Any = holder(self._descriptor, False, BACKLOG)


def _dispatched(application: Any, scope_options: Any, access_log_format: Any = None) -> Dispatcher:
    run = _callback_wrapper(application, scope_options, access_log_format)
    return Dispatcher(run, int(os.environ[THREADS_VARIABLE]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", default=TARGET, help="MODULE:WSGI_APPLICATION")
    parser.add_argument("--host", help="address to listen on, instead of the inherited socket")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--fd", type=int, default=SYSTEMD_DESCRIPTOR, help="the listening socket")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--threads", type=int, default=2, help="that run requests, of each process")
    parser.add_argument("--stop-seconds", type=int, default=STOP_SECONDS, help="to finish requests")
    chosen = parser.parse_args()
    options: dict[str, Any] = {
        "threads": chosen.threads,
        "workers": chosen.workers,
        "workers_kill_timeout": chosen.stop_seconds,
    }
    if chosen.host:
        server = WebServer(chosen.target, address=chosen.host, port=chosen.port, **options)
    else:
        server = InheritedSocketServer(chosen.target, chosen.fd, **options)
    _load_before_fork(chosen.target)
    server.serve()


def _load_before_fork(target: str) -> None:
    if sys.platform != "linux":
        return  # elsewhere a process that is forked may not use some libraries
    multiprocessing.set_start_method("fork")
    module, _, name = target.partition(":")
    getattr(importlib.import_module(module), name)


def __getattr__(name: str) -> Any:
    """Loads ``application`` and all views before granian reports that a worker has started."""
    if name != "application":
        raise AttributeError(name)
    application = importlib.import_module("cinema_project.wsgi").application
    len(get_resolver().url_patterns)  # imports every view
    return application


if __name__ == "__main__":
    main()

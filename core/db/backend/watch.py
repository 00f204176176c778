"""Watchdog that detects a hung database server within seconds and then fails queries at once.

A hung server (stopped, or behind a network that drops packets) keeps its connections open and sends
nothing. Each request would wait as long as a slow statement may take, and soon occupy every thread.
So one thread per process checks the waits: if one is long, it tries to connect. If the server does
not respond to that either, all waits are ended and queries fail at once until it responds again.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import psycopg

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
SUSPECT_SECONDS = 1.5  # a wait this long is checked; statements may take five
CONNECT_SECONDS = 2  # libpq's minimum
ALIVE_SECONDS = 1.0  # pause before a responsive server is checked again


class ServerWatch:
    """Waits of this process for one server, and whether that server hangs."""

    def __init__(self, conninfo: dict[str, Any]) -> None:
        self._conninfo = conninfo | {"connect_timeout": CONNECT_SECONDS}
        # By thread: a thread waits for one connection at a time.
        self._waits: dict[int, tuple[float, psycopg.Connection[Any]]] = {}
        self.is_hung = False
        threading.Thread(target=self._run, name="database-watch", daemon=True).start()

    def begin(self, connection: psycopg.Connection[Any]) -> None:
        self._waits[threading.get_ident()] = (time.monotonic(), connection)

    def end(self) -> None:
        self._waits.pop(threading.get_ident(), None)

    def _run(self) -> None:
        while True:
            time.sleep(POLL_SECONDS)
            now = time.monotonic()
            waits = tuple(self._waits.values())
            is_suspect = any(since < now - SUSPECT_SECONDS for since, _ in waits)
            if is_suspect or self.is_hung:
                self._look()
                time.sleep(ALIVE_SECONDS)

    def _look(self) -> None:
        answers = self._answers()
        if answers == self.is_hung:
            logger.error("database %s", "answers again" if answers else "hangs: left alone")
        self.is_hung = not answers
        if answers:
            return
        for _since, connection in tuple(self._waits.values()):
            with suppress(OSError, psycopg.Error):  # closed meanwhile
                _shut_down(connection.fileno())

    def _answers(self) -> bool:
        """Whether the server responds at all; a refusal counts."""
        try:
            psycopg.connect(**self._conninfo).close()
        except psycopg.errors.ConnectionTimeout:
            return False
        except psycopg.Error:
            return True
        return True


def _shut_down(descriptor: int) -> None:
    """Shuts down the socket for the thread that waits for it, which still owns the descriptor."""
    with socket.socket(fileno=os.dup(descriptor)) as duplicate:
        duplicate.shutdown(socket.SHUT_RDWR)


_lock = threading.Lock()
_watches: dict[tuple[int, str], ServerWatch] = {}


def watch_of(conninfo: dict[str, Any]) -> ServerWatch:
    """The watch of the server in ``conninfo``, for this process."""
    names = ("host", "hostaddr", "port", "dbname", "user")
    key = (os.getpid(), repr([conninfo.get(name) for name in names]))
    with _lock:
        if key not in _watches:
            _watches[key] = ServerWatch(conninfo)
        return _watches[key]

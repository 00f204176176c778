"""Per-thread Redis connection with fire-and-forget writes.

A round trip costs a hold more than any work of Redis. ``execute`` waits for its reply;
``send_nowait`` does not: its replies are read before the next command's. Commands on one
connection run in the order they were sent.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 0.25
REPLY_TIMEOUT_SECONDS = 0.5
UNREAD_REPLIES_MAX = 64

Command = tuple[str | bytes | int, ...]


class PipelinedConnection:
    """A connection used by one thread. Raises RedisError if Redis is unreachable."""

    def __init__(self, url: str) -> None:
        pool = redis.ConnectionPool.from_url(
            url,
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            socket_timeout=REPLY_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._connection: Any = pool.make_connection()
        self._unread_replies = 0

    def execute(self, *command: str | bytes | int) -> Any:
        """The reply to ``command``, which may run twice if the connection was cut."""
        try:
            return self._execute(command)
        except redis.ConnectionError:
            self.disconnect()  # Redis may have restarted since the last command
            return self._execute(command)

    def send_nowait(self, *commands: Command) -> None:
        """Send ``commands``. An error reply is logged with the next command."""
        if self._unread_replies == 0:
            self._check_for_disconnect()
        elif self._unread_replies > UNREAD_REPLIES_MAX:
            self._read_pending_replies()
        self._send(commands)
        self._unread_replies += len(commands)

    def disconnect(self) -> None:
        self._connection.disconnect()
        self._unread_replies = 0

    def _execute(self, command: Command) -> Any:
        self._send((command,))
        self._read_pending_replies()
        try:
            return self._connection.read_response()
        except redis.ResponseError:
            raise
        except redis.RedisError:
            self.disconnect()
            raise

    def _send(self, commands: tuple[Command, ...]) -> None:
        try:
            # Packed together they leave in one segment.
            packed = self._connection.pack_commands(commands)
            self._connection.send_packed_command(packed, check_health=False)
        except redis.RedisError:
            self.disconnect()
            raise

    def _read_pending_replies(self) -> None:
        while self._unread_replies:
            try:
                self._connection.read_response()
            except redis.ResponseError as error:
                logger.warning("Redis rejected a command: %s", error)
            except redis.RedisError:
                self.disconnect()
                raise
            self._unread_replies -= 1

    def _check_for_disconnect(self) -> None:
        """Disconnect if the socket is readable although no reply is due: the server closed it."""
        try:
            if not self._connection.can_read(timeout=0):
                return
        except redis.RedisError:
            pass
        self.disconnect()


_local = threading.local()


def connection_for(url: str) -> PipelinedConnection:
    """This thread's persistent connection to ``url``."""
    if getattr(_local, "process", None) != os.getpid():
        _local.process, _local.connections = (
            os.getpid(),
            {},
        )  # a fork must not share its parent's sockets
    connections: dict[str, PipelinedConnection] = _local.connections
    if url not in connections:
        connections[url] = PipelinedConnection(url)
    return connections[url]

"""Per-thread Redis connection with fire-and-forget writes.

A round trip costs a hold more than the work of Redis itself. ``execute`` waits for its reply;
``send_nowait`` does not: its replies are read before the next command's. Commands on one
connection run in the order they were sent.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.redis.factory import connection_pool
from core.redis.hung import ServerLeftAlone, note_hung, refuse_while_hung, server_of

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 0.25
REPLY_TIMEOUT_SECONDS = 0.5
UNREAD_REPLIES_MAX = 64

Command = tuple[str | bytes | int, ...]


class PipelinedConnection:
    """A connection used by one thread. Raises RedisError if Redis is unreachable."""

    def __init__(self, url: str) -> None:
        pool = connection_pool(
            url,
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            socket_timeout=REPLY_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._connection: Any = pool.make_connection()
        self._unread_replies = 0
        self._held_back: list[Command] | None = None  # a list inside sending_together

    @contextmanager
    def sending_together(self) -> Iterator[None]:
        """Send the commands of each ``send_nowait`` inside in one segment at the end.

        ``execute`` sends those before it first. A failure is logged, not raised.
        """
        if self._held_back is not None:
            yield  # inside another
            return
        self._held_back = []
        try:
            yield
        finally:
            commands, self._held_back = self._held_back, None
            try:
                self.send_nowait(*commands)
            except redis.RedisError as error:
                logger.warning("%d commands not sent: %s", len(commands), type(error).__name__)

    def execute(self, *command: str | bytes | int) -> Any:
        """The reply to ``command``, which may run twice if the connection was cut."""
        refuse_while_hung(server_of(self._connection))
        try:
            try:
                return self._execute(command)
            except redis.ConnectionError:
                self.disconnect()  # Redis may have restarted since the last command
                return self._execute(command)
        except ServerLeftAlone:
            raise
        except redis.TimeoutError:
            self._note_hung()
            raise

    def send_nowait(self, *commands: Command) -> None:
        """Send ``commands``. An error reply is logged with the next command."""
        refuse_while_hung(server_of(self._connection))
        if self._held_back is not None:
            self._held_back += commands
            return
        if not commands:
            return
        try:
            if self._unread_replies == 0:
                self._check_for_disconnect()
            elif self._unread_replies > UNREAD_REPLIES_MAX:
                self._read_pending_replies()
            self._send(commands)
        except ServerLeftAlone:
            raise
        except redis.TimeoutError:
            self._note_hung()
            raise
        self._unread_replies += len(commands)

    def disconnect(self) -> None:
        self._connection.disconnect()
        self._unread_replies = 0

    def _note_hung(self) -> None:
        self.disconnect()  # late replies would be read as those of the next command
        note_hung(server_of(self._connection))

    def _execute(self, command: Command) -> Any:
        before, self._held_back = self._held_back, [] if self._held_back is not None else None
        self._send((*(before or ()), command))
        self._unread_replies += len(before or ())
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
            # Packed together they are sent in one segment.
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

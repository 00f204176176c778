"""Redis for what every tap asks and tells: one connection a thread, and no waiting to be thanked.

A round trip costs a tap more than anything Redis does with it. What must be known is asked
(``execute``); what need only be said is sent and not waited for (``send_nowait``): its answer is
read before the next question's. Commands sent on one connection are carried out in their order.
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
    """A connection used by one thread. Raises RedisError when Redis is away."""

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
        """The answer to ``command``, which may reach Redis twice if a connection was cut."""
        try:
            return self._execute(command)
        except redis.ConnectionError:
            self.disconnect()  # Redis may have restarted since we last spoke
            return self._execute(command)

    def send_nowait(self, *commands: Command) -> None:
        """Send ``commands``. That Redis refused one is logged with the next question."""
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
            # Packed one after the other, they leave in one piece.
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
                logger.warning("Redis refused what it was told: %s", error)
            except redis.RedisError:
                self.disconnect()
                raise
            self._unread_replies -= 1

    def _check_for_disconnect(self) -> None:
        """A connection with nothing to say that can be read from has been closed."""
        try:
            if not self._connection.can_read(timeout=0):
                return
        except redis.RedisError:
            pass
        self.disconnect()


_kept = threading.local()


def connection_for(url: str) -> PipelinedConnection:
    """This thread's line to ``url``, kept open."""
    if getattr(_kept, "process", None) != os.getpid():
        _kept.process, _kept.connections = os.getpid(), {}  # a fork must not share its parent's
    connections: dict[str, PipelinedConnection] = _kept.connections
    if url not in connections:
        connections[url] = PipelinedConnection(url)
    return connections[url]

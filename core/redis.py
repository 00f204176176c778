"""Redis for what every tap asks and tells: one connection a thread, and no waiting to be thanked.

A round trip costs a tap more than anything Redis does with it. What must be known is asked
(``ask``); what need only be said is sent and not waited for (``tell``): its answer is read before
the next question's. Commands sent on one connection are carried out in their order.
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
ANSWER_TIMEOUT_SECONDS = 0.5
UNREAD_ANSWERS_MAX = 64

Command = tuple[str | bytes | int, ...]


class Line:
    """A connection used by one thread. Raises RedisError when Redis is away."""

    def __init__(self, url: str) -> None:
        pool = redis.ConnectionPool.from_url(
            url,
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            socket_timeout=ANSWER_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._connection: Any = pool.make_connection()
        self._unread = 0

    def ask(self, *command: str | bytes | int) -> Any:
        """The answer to ``command``, which may reach Redis twice if a connection was cut."""
        try:
            return self._ask(command)
        except redis.ConnectionError:
            self.hang_up()  # Redis may have restarted since we last spoke
            return self._ask(command)

    def tell(self, *commands: Command) -> None:
        """Send ``commands``. That Redis refused one is logged with the next question."""
        if self._unread == 0:
            self._notice_a_cut()
        elif self._unread > UNREAD_ANSWERS_MAX:
            self._read_what_is_owed()
        self._send(commands)
        self._unread += len(commands)

    def hang_up(self) -> None:
        self._connection.disconnect()
        self._unread = 0

    def _ask(self, command: Command) -> Any:
        self._send((command,))
        self._read_what_is_owed()
        try:
            return self._connection.read_response()
        except redis.ResponseError:
            raise
        except redis.RedisError:
            self.hang_up()
            raise

    def _send(self, commands: tuple[Command, ...]) -> None:
        try:
            # Packed one after the other, they leave in one piece.
            packed = self._connection.pack_commands(commands)
            self._connection.send_packed_command(packed, check_health=False)
        except redis.RedisError:
            self.hang_up()
            raise

    def _read_what_is_owed(self) -> None:
        while self._unread:
            try:
                self._connection.read_response()
            except redis.ResponseError as error:
                logger.warning("Redis refused what it was told: %s", error)
            except redis.RedisError:
                self.hang_up()
                raise
            self._unread -= 1

    def _notice_a_cut(self) -> None:
        """A connection with nothing to say that can be read from has been closed."""
        try:
            if not self._connection.can_read(timeout=0):
                return
        except redis.RedisError:
            pass
        self.hang_up()


_kept = threading.local()


def line(url: str) -> Line:
    """This thread's line to ``url``, kept open."""
    if getattr(_kept, "process", None) != os.getpid():
        _kept.process, _kept.lines = os.getpid(), {}  # a fork must not share its parent's
    lines: dict[str, Line] = _kept.lines
    if url not in lines:
        lines[url] = Line(url)
    return lines[url]

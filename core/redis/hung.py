"""Servers that hang: one costs one timeout, and is then not used for ``HUNG_PAUSE_SECONDS``.

A request sends several commands and would otherwise wait for each.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import redis
from redis.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection

HUNG_PAUSE_SECONDS = 3.0

# Server → the monotonic time until which it is not used.
_hung_until: dict[str, float] = {}


class ServerLeftAlone(redis.TimeoutError):
    """Nothing was sent, because the server hung a moment ago."""


def refuse_while_hung(server: str) -> None:
    if time.monotonic() < _hung_until.get(server, 0.0):
        raise ServerLeftAlone("the server did not respond a moment ago")


def note_hung(server: str) -> None:
    _hung_until[server] = time.monotonic() + HUNG_PAUSE_SECONDS


def server_of(connection: Any) -> str:
    """Host and port; of a connection by Sentinel those of the last primary it knew."""
    return f"{connection.host}:{connection.port}"


class _LeavesHungServerAlone:
    """For connections of a pool, whose commands do not block."""

    def connect(self) -> None:
        self._once(super().connect)  # type: ignore[misc]  # the class beside this one has it

    def send_packed_command(self, *arguments: Any, **options: Any) -> None:
        self._once(super().send_packed_command, *arguments, **options)  # type: ignore[misc]

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().read_response(*arguments, **options)  # type: ignore[misc]
        except redis.TimeoutError:
            note_hung(server_of(self))
            raise

    def _once(self, act: Callable[..., None], *arguments: Any, **options: Any) -> None:
        refuse_while_hung(server_of(self))
        try:
            act(*arguments, **options)
        except ServerLeftAlone:
            raise
        except redis.TimeoutError:
            note_hung(server_of(self))
            raise


class _AsksSentinels:
    """Connects to the current primary, which may be another server than a moment ago."""

    def connect_to(self, address: tuple[str, int]) -> None:
        refuse_while_hung(f"{address[0]}:{address[1]}")
        super().connect_to(address)  # type: ignore[misc]  # the class beside this one has it

    def send_packed_command(self, *arguments: Any, **options: Any) -> None:
        if not self._sock:  # type: ignore[attr-defined]
            # The library's own would use the last address without asking.
            self.connect()  # type: ignore[attr-defined]
        super().send_packed_command(*arguments, **options)  # type: ignore[misc]


class SentinelConnection(_AsksSentinels, SentinelManagedConnection):
    pass


class SentinelTlsConnection(_AsksSentinels, SentinelManagedSSLConnection):
    pass


class PooledConnection(_LeavesHungServerAlone, redis.Connection):
    pass


class PooledTlsConnection(_LeavesHungServerAlone, redis.SSLConnection):
    pass


class PooledSentinelConnection(_LeavesHungServerAlone, SentinelConnection):
    pass


class PooledSentinelTlsConnection(_LeavesHungServerAlone, SentinelTlsConnection):
    pass

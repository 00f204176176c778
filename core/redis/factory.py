"""The connection factory: every connection to Redis starts from a URL here or in ``libraries``.

A URL names one server, or sentinels that know which server is the primary now.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache
from typing import Any

import redis
from redis import asyncio as redis_asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.asyncio.sentinel import SentinelConnectionPool as AsyncSentinelConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool

from core.redis.addresses import SENTINEL_TIMEOUT_SECONDS, SentinelAddress, sentinel_address
from core.redis.hung import (
    PooledConnection,
    PooledSentinelConnection,
    PooledSentinelTlsConnection,
    PooledTlsConnection,
    SentinelConnection,
    SentinelTlsConnection,
    note_hung,
    refuse_while_hung,
)

ADDRESSES_MAX = 16


class Sentinels(Sentinel):
    """The sentinels of one service. Several threads may ask."""

    def __init__(self, address: SentinelAddress) -> None:
        # Another sentinel is asked instead of the same one again.
        options = {**address.sentinel_options, "retry": Retry(NoBackoff(), 0)}
        super().__init__(address.sentinels, sentinel_kwargs=options)  # type: ignore[no-untyped-call]
        self._name = f"sentinels of {address.service}"
        self._lock = threading.Lock()

    def discover_master(self, service_name: str) -> tuple[str, int]:
        """Host and port of the primary. Raises MasterNotFoundError while there is none.

        Sentinels that cannot be reached cost one timeout each, and are then left alone.
        """
        with self._lock:  # the library moves the one that answered to the front
            refuse_while_hung(self._name)
            began = time.monotonic()
            try:
                found: tuple[str, int] = super().discover_master(service_name)  # type: ignore[no-untyped-call]
            except MasterNotFoundError:
                if time.monotonic() - began >= SENTINEL_TIMEOUT_SECONDS:
                    note_hung(self._name)
                raise
            return found


@lru_cache(ADDRESSES_MAX)
def _sentinels(url: str) -> Sentinels | None:
    address = sentinel_address(url)
    return Sentinels(address) if address else None


def connection_pool(
    url: str, *, leaves_hung_alone: bool = False, **options: Any
) -> redis.ConnectionPool:
    """A pool of connections to ``url`` with redis-py's ``options``.

    ``leaves_hung_alone``: after a timeout its connections refuse commands for a while (``hung``).
    """
    address, sentinels = sentinel_address(url), _sentinels(url)
    if address is None or sentinels is None:
        if leaves_hung_alone:
            is_tls = url.startswith("rediss:")
            options["connection_class"] = PooledTlsConnection if is_tls else PooledConnection
        return redis.ConnectionPool.from_url(url, **options)
    server_options = dict(address.server_options)
    kinds = (
        (PooledSentinelConnection, PooledSentinelTlsConnection)
        if leaves_hung_alone
        else (SentinelConnection, SentinelTlsConnection)
    )
    is_tls = server_options.pop("ssl", False)
    return SentinelConnectionPool(  # type: ignore[no-untyped-call]
        address.service,
        sentinels,
        # Names the connection until it knows a server.
        **{"host": address.service, "connection_class": kinds[is_tls], **server_options, **options},
    )


def client(url: str, **options: Any) -> Any:
    """A client of its own connections; the caller closes it."""
    return redis.Redis.from_pool(connection_pool(url, **options))


@asynccontextmanager
async def async_client(url: str, **options: Any) -> AsyncIterator[redis_asyncio.Redis]:
    """An asynchronous client, closed at the end of the block."""
    address = sentinel_address(url)
    async with AsyncExitStack() as stack:
        if address is None:
            client = redis_asyncio.Redis.from_url(url, **options)
        else:
            asked = {**address.sentinel_options, "retry": AsyncRetry(NoBackoff(), 0)}
            sentinels = AsyncSentinel(address.sentinels, sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
            for sentinel in sentinels.sentinels:
                stack.push_async_callback(sentinel.aclose)
            connections = {**address.server_options, **options}
            pool = AsyncSentinelConnectionPool(address.service, sentinels, **connections)  # type: ignore[no-untyped-call]
            client = redis_asyncio.Redis.from_pool(pool)
        stack.push_async_callback(client.aclose)
        yield client

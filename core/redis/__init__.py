"""Redis: URLs, the connection factory, and a connection that sends without waiting."""

from core.redis.factory import async_client, client, connection_pool
from core.redis.hung import PooledConnection
from core.redis.pipelined import Command, PipelinedConnection, connection_for

__all__ = [
    "Command",
    "PipelinedConnection",
    "PooledConnection",
    "async_client",
    "client",
    "connection_for",
    "connection_pool",
]

"""Django's cache, the channel layer and Celery, told about a Redis URL in their own terms."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import redis
from django_redis.pool import ConnectionFactory
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.redis.addresses import sentinel_address
from core.redis.factory import connection_pool


class CacheConnectionFactory(ConnectionFactory):  # type: ignore[misc]  # untyped
    """Connections of Django's cache (``CONNECTION_FACTORY``)."""

    def get_connection_pool(self, params: dict[str, Any]) -> redis.ConnectionPool:
        return connection_pool(**params, leaves_hung_alone=True)


def channel_layer_host(url: str, **options: Any) -> dict[str, Any]:
    """An entry of the channel layer's ``hosts``."""
    address = sentinel_address(url)
    if address is None:
        return {"address": url, **options}
    return {
        "sentinels": address.sentinels,
        "master_name": address.service,
        "sentinel_kwargs": {**address.sentinel_options, "retry": AsyncRetry(NoBackoff(), 0)},
        **address.server_options,
        **options,
    }


def celery_broker(url: str) -> tuple[str, dict[str, Any], dict[str, Any] | None]:
    """``broker_url``, and what to add to ``broker_transport_options`` and to ``broker_use_ssl``."""
    address = sentinel_address(url)
    if address is None:
        return url, {}, None
    servers = dict(address.server_options)
    login = f"{quote(servers.get('username', ''), '')}:{quote(servers.get('password', ''), '')}"
    names = [
        f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in address.sentinels
    ]
    options = {
        "master_name": address.service,
        "sentinel_kwargs": {**address.sentinel_options, "retry": Retry(NoBackoff(), 0)},
    }
    encryption = {name: value for name, value in servers.items() if name.startswith("ssl_")}
    return (
        ";".join(f"sentinel://{login}@{name}/{servers['db']}" for name in names),
        options,
        encryption if servers.get("ssl") else None,
    )

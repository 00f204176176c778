"""PostgreSQL and Redis."""

from __future__ import annotations

import socket
from typing import Any

from cinema_project.settings.database_urls import parse_database_url, parse_redis_url
from cinema_project.settings.env import env
from core.redis.libraries import channel_layer_host

# Web servers set a shorter one (wsgi.py): a request that waits for a lock occupies a thread.
LOCK_TIMEOUT_MS = env.int("DATABASE_LOCK_TIMEOUT_MS", 3_000)
STATEMENT_TIMEOUT_MS = 5_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000
# manage.py disables them: migrations, seeding and restores may take longer.
DATABASE_TIMEOUTS = env.bool("DATABASE_TIMEOUTS", True)
# Seconds to wait for a server that accepts statements but does not respond; 0: no limit. Longer
# than STATEMENT_TIMEOUT_MS, which a working server enforces itself.
DATABASE_RESPONSE_SECONDS = env.float("DATABASE_RESPONSE_SECONDS", 0.0)
DATABASE_POOL = env.bool("DATABASE_POOL", False)  # for ASGI, where threads are short-lived

# Web and live servers may use a PgBouncer in transaction mode (set in wsgi.py and asgi.py);
# everything else connects directly, because it uses session locks or takes long.
_pooler_url = env.str("DATABASE_PGBOUNCER_URL", "") if env.bool("DATABASE_POOLED", False) else ""
DATABASE_PREPARES = not _pooler_url  # the next transaction may use another session

_session_options = ""
if DATABASE_TIMEOUTS and not _pooler_url:  # PgBouncer sets them (deploy/pgbouncer)
    _session_options = (
        f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS}"
    )
_django_options: dict[str, Any] = {
    "ENGINE": "core.db.backend",  # Django's own, with a cheaper connection check
    "CONN_MAX_AGE": 0 if DATABASE_POOL else env.int("CONN_MAX_AGE", 600),
    "CONN_HEALTH_CHECKS": not DATABASE_POOL,
    "DISABLE_SERVER_SIDE_CURSORS": bool(_pooler_url),
    "RESPONSE_SECONDS": DATABASE_RESPONSE_SECONDS,
}


def _database(name: str, url: str) -> dict[str, Any]:
    database = parse_database_url(name, url, _session_options) | _django_options
    if DATABASE_POOL:
        database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8, "timeout": 5}
    return database


DATABASES: dict[str, Any] = {
    "default": _database("DATABASE_PGBOUNCER_URL", _pooler_url)
    if _pooler_url
    else _database("DATABASE_URL", env.str("DATABASE_URL"))
}
# Catalogue and reports are read from the replica while its lag is small (core/db/replica.py).
if _replica_url := env.str("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = _database("DATABASE_REPLICA_URL", _replica_url) | {
        "TEST": {"MIRROR": "default"}
    }
    DATABASE_ROUTERS = ["core.db.replica.ReplicaRouter"]

# Gives each test process three databases of its own.
REDIS_DATABASE_OFFSET = env.int("REDIS_DATABASE_OFFSET", 0)


def _redis(name: str, url: str, offset: int) -> str:
    if url:
        return parse_redis_url(name, url)
    return parse_redis_url("REDIS_URL", env.str("REDIS_URL"), REDIS_DATABASE_OFFSET + offset)


CACHE_URL = _redis("CACHE_URL", env.str("CACHE_URL", ""), 0)
CHANNEL_LAYER_URL = _redis("CHANNEL_LAYER_URL", env.str("CHANNEL_LAYER_URL", ""), 1)
BROKER_URL = _redis("BROKER_URL", env.str("BROKER_URL", ""), 2)

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": [CACHE_URL],  # text would be split at the commas between sentinels
        "KEY_PREFIX": "layar",
        "OPTIONS": {
            "CLIENT_CLASS": "django_redis.client.DefaultClient",
            # A cache outage must delay requests only briefly and never fail them.
            "SOCKET_CONNECT_TIMEOUT": 0.25,
            "SOCKET_TIMEOUT": 1.0,
            "IGNORE_EXCEPTIONS": True,
            "CONNECTION_FACTORY": "core.redis.libraries.CacheConnectionFactory",
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

# Redis pub/sub ignores database numbers: the prefix separates installations.
CHANNEL_LAYER_PREFIX = f"layar{REDIS_DATABASE_OFFSET}"
CHANNEL_LAYER_CONNECT_SECONDS = 2.0
# First probe after 10 s idle, then every 5 s; three unanswered probes end the connection.
_PROBES = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
CHANNEL_LAYER_PROBES = {
    getattr(socket, name): value for name, value in _PROBES.items() if hasattr(socket, name)
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [
                channel_layer_host(
                    CHANNEL_LAYER_URL,
                    socket_timeout=None,
                    socket_connect_timeout=CHANNEL_LAYER_CONNECT_SECONDS,
                    # A subscriber never writes: without probes it never notices a dead connection.
                    socket_keepalive=True,
                    socket_keepalive_options=CHANNEL_LAYER_PROBES,
                )
            ],
            "prefix": CHANNEL_LAYER_PREFIX,
        },
    }
}

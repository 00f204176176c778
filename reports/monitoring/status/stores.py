"""Status of the stores: database, cache, channel layer, broker, disk."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from core import redis as core_redis
from reports.monitoring.heartbeat.heartbeat import QUEUE
from reports.monitoring.status.check import Check, Light, light_of

REDIS_TIMEOUT_SECONDS = 1.0
SLOW_MS, TOO_SLOW_MS = 50, 500
FULL_PERCENT, TOO_FULL_PERCENT = 80, 90
WAITING, TOO_MANY_WAITING = 200, 2_000


def database() -> Check:
    name = _("Database")
    begun = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            took_ms = _since(begun)
            cursor.execute(
                "SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity"
            )
            used, most = cursor.fetchone()
    except DatabaseError as error:
        return _broken("database", name, error, _("Nothing can be sold: start PostgreSQL."))
    slow = light_of(took_ms, yellow=SLOW_MS, red=TOO_SLOW_MS)
    full = light_of(100 * used / most, yellow=FULL_PERCENT, red=TOO_FULL_PERCENT)
    light = max(slow, full, key=list(Light).index)
    advice = _("It answers slowly or has few connections left.") if light != Light.GREEN else ""
    figure = _("%(ms)d ms, %(used)d of %(most)d connections")
    return Check(
        "database", name, light, figure % {"ms": took_ms, "used": used, "most": most}, advice
    )


def migrations() -> Check:
    name = _("Tables")
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return _broken("migrations", name, error, "")
    if missing:
        figure = _("%(count)d changes not made yet") % {"count": len(missing)}
        return Check("migrations", name, Light.RED, figure, _("Run manage.py migrate."))
    return Check("migrations", name, Light.GREEN, _("as the program expects them"))


def cache() -> Check:
    advice = _("The site works without it, slowly: start Redis (Valkey).")
    return _redis("cache", _("Cache"), settings.CACHE_URL, advice)


def channel_layer() -> Check:
    advice = _("Seat maps and desks are not live, they poll: start Redis (Valkey).")
    return _redis("channel_layer", _("Live feed"), settings.CHANNEL_LAYER_URL, advice)


def broker() -> Check:
    advice = _("No background work is begun: start Redis (Valkey).")

    def count(client: Any, _took_ms: int) -> Check:
        waiting = int(client.llen(QUEUE))
        light = light_of(waiting, yellow=WAITING, red=TOO_MANY_WAITING)
        more = _("The workers do not keep up: start more.") if light != Light.GREEN else ""
        figure = _("%(count)d tasks wait") % {"count": waiting}
        return Check("broker", _("Broker"), light, figure, more)

    return _redis("broker", _("Broker"), settings.BROKER_URL, advice, count)


def disk() -> Check:
    usage = shutil.disk_usage(settings.DATA_DIR if settings.DATA_DIR.exists() else "/")
    percent = 100 * usage.used / usage.total
    light = light_of(percent, yellow=FULL_PERCENT, red=TOO_FULL_PERCENT)
    advice = _("Make room: backups and the database stop when it is full.")
    figure = _("%(percent)d %% full, %(free)d GB free") % {
        "percent": percent,
        "free": usage.free // 1024**3,
    }
    return Check("disk", _("Disk"), light, figure, "" if light == Light.GREEN else advice)


def _redis(
    key: str,
    name: str,
    url: str,
    advice: str,
    inspect: Callable[[Any, int], Check] | None = None,
) -> Check:
    begun = time.monotonic()
    client = core_redis.client(
        url,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
    )
    try:
        client.ping()
        took_ms = _since(begun)
        if inspect is not None:
            return inspect(client, took_ms)
    except redis.RedisError as error:
        return _broken(key, name, error, advice)
    finally:
        client.close()
    light = light_of(took_ms, yellow=SLOW_MS, red=TOO_SLOW_MS)
    return Check(key, name, light, f"{took_ms} ms", "" if light == Light.GREEN else advice)


def _broken(key: str, name: str, error: Exception, advice: str) -> Check:
    return Check(key, name, Light.RED, type(error).__name__, advice)


def _since(begun: float) -> int:
    return round(1_000 * (time.monotonic() - begun))

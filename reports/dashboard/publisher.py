"""Publishes to dashboards which showtime, cinema or chain changed, never the figures.

Seat changes come from the seat feed itself (``reports.dashboard.rooms``), so seat transitions do
not pay for dashboards. Money and incidents are published after commit. Losing a message is
harmless: dashboards also refresh periodically.
"""

from __future__ import annotations

import logging

import orjson
import redis

from core import redis as core_redis
from seating.live import publisher

logger = logging.getLogger(__name__)


def dashboard_channel() -> str:
    return publisher.redis_channel("desk")


def publish(changed: dict[str, int]) -> None:
    try:
        command = ("PUBLISH", dashboard_channel(), orjson.dumps(changed))
        core_redis.connection_for(publisher.publish_url()).send_nowait(command)
    except redis.RedisError as error:
        logger.warning("dashboard change not published: %s", type(error).__name__)

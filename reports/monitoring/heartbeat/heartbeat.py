"""End-to-end heartbeat: beat → broker → worker → a database row.

One row shows that all of them work. When it becomes stale, the queue shows which failed: a broker
that does not respond, a worker that leaves tasks waiting, or a beat that queues none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.conf import settings

from core import redis as core_redis
from reports.models import Heartbeat
from reports.monitoring import incidents

WORK = "work"
QUEUE = "celery"
BROKER_TIMEOUT_SECONDS = 1.0
BROKER_AWAY, WORKER_STOPPED, BEAT_STOPPED = "broker_away", "worker_stopped", "beat_stopped"
KINDS = (BROKER_AWAY, WORKER_STOPPED, BEAT_STOPPED)


@dataclass(frozen=True)
class HeartbeatStatus:
    """Health of background work. ``failed`` is one of KINDS, or empty if healthy."""

    last_at: datetime | None
    age_seconds: int | None
    waiting: int | None  # tasks in the queue; None: the broker did not respond
    failed: str


def beat(at: datetime) -> None:
    """Store a heartbeat that passed through broker and worker."""
    Heartbeat.objects.update_or_create(name=WORK, defaults={"at": at})
    incidents.mark_healed(KINDS, at)


def status(at: datetime, *, since: datetime | None = None) -> HeartbeatStatus:
    """Evaluate the heartbeat. Silence before ``since``, when the caller started, is ignored."""
    last_at = Heartbeat.objects.filter(name=WORK).values_list("at", flat=True).first()
    waiting = tasks_waiting()
    counted_from = max(filter(None, (last_at, since)), default=None)
    late = timedelta(seconds=settings.HEARTBEAT_LATE_SECONDS or 90)
    is_late = counted_from is not None and at - counted_from > late
    age = int((at - last_at).total_seconds()) if last_at else None
    return HeartbeatStatus(last_at, age, waiting, _failed(waiting) if is_late else "")


def tasks_waiting() -> int | None:
    client = core_redis.client(
        settings.BROKER_URL,
        socket_timeout=BROKER_TIMEOUT_SECONDS,
        socket_connect_timeout=BROKER_TIMEOUT_SECONDS,
    )
    try:
        return int(client.llen(QUEUE))
    except redis.RedisError:
        return None
    finally:
        client.close()


def _failed(waiting: int | None) -> str:
    if waiting is None:
        return BROKER_AWAY
    return WORKER_STOPPED if waiting else BEAT_STOPPED

"""Heartbeat and watchdog: detection of a stopped worker, beat or broker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.conf import settings as project
from django.db import connection, connections
from django.test import override_settings
from django.utils import timezone

from reports import tasks
from reports.models import Heartbeat, Incident
from reports.monitoring.heartbeat import heartbeat, watchdog

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EARLIER = AT - timedelta(hours=1)
LATE = timedelta(seconds=91)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def broker(settings: Any) -> Iterator[redis.Redis]:
    settings.HEARTBEAT_LATE_SECONDS = 90
    client = redis.Redis.from_url(project.BROKER_URL)
    client.delete(heartbeat.QUEUE)
    yield client
    client.delete(heartbeat.QUEUE)
    client.close()


def open_kinds() -> list[tuple[str, int]]:
    return list(Incident.objects.filter(healed_at=None).values_list("kind", "times_seen"))


def test_fresh_heartbeat_opens_no_incident() -> None:
    heartbeat.beat(AT)

    status = watchdog.check(AT + timedelta(seconds=90), since=EARLIER)

    assert (status, open_kinds()) == (heartbeat.HeartbeatStatus(AT, 90, 0, ""), [])


def test_stale_heartbeat_with_waiting_tasks_blames_the_worker(broker: redis.Redis) -> None:
    heartbeat.beat(AT)
    broker.lpush(heartbeat.QUEUE, "a task", "another")

    for _look in range(2):
        watchdog.check(AT + LATE, since=EARLIER)

    assert open_kinds() == [("worker_stopped", 2)]
    incident = Incident.objects.get()
    assert (incident.cinema, incident.facts["tasks_waiting"]) == (None, 2)


def test_stale_heartbeat_without_tasks_blames_beat() -> None:
    heartbeat.beat(AT)

    watchdog.check(AT + LATE, since=EARLIER)

    assert open_kinds() == [("beat_stopped", 1)]


def test_unreachable_broker_is_blamed() -> None:
    heartbeat.beat(AT)

    with override_settings(BROKER_URL="redis://127.0.0.1:1/0"):
        watchdog.check(AT + LATE, since=EARLIER)

    assert open_kinds() == [("broker_away", 1)]


def test_silence_before_the_start_is_ignored() -> None:
    heartbeat.beat(EARLIER)

    watchdog.check(AT, since=AT - timedelta(seconds=80))
    early = open_kinds()
    watchdog.check(AT, since=AT - LATE)

    assert (early, open_kinds()) == ([], [("beat_stopped", 1)])


def test_missing_heartbeat_is_detected() -> None:
    watchdog.check(AT, since=AT - LATE)

    assert open_kinds() == [("beat_stopped", 1)]


def test_next_heartbeat_heals_the_incident() -> None:
    at = timezone.now()
    watchdog.check(at, since=at - LATE)

    tasks.beat()

    assert open_kinds() == []
    assert Heartbeat.objects.get().name == heartbeat.WORK


@pytest.mark.django_db(transaction=True)
def test_only_one_process_checks_at_a_time() -> None:
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            other.set_autocommit(False)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [watchdog.LOCK_KEY])
        assert watchdog.check(AT, since=EARLIER) is None
    finally:
        other.rollback()
        other.close()
    assert watchdog.check(AT, since=EARLIER) is not None
    assert connection.in_atomic_block is False

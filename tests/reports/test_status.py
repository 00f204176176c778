"""Status page: lights of healthy and failing parts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings as project
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone, translation

from backups.models import BackupDrill, BackupRun
from bookings.models import Booking
from movies.models import Role
from reports.monitoring import incidents
from reports.monitoring.heartbeat import heartbeat
from reports.monitoring.status import stores, views
from reports.monitoring.status.check import Light, age
from tests import factories
from tests.notifications.conftest import make_message

pytestmark = pytest.mark.django_db

NOWHERE = "redis://127.0.0.1:1/0"
STATUS = reverse("reports:status")


@pytest.fixture(autouse=True)
def queue() -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(project.BROKER_URL)
    client.delete(heartbeat.QUEUE)
    yield client
    client.delete(heartbeat.QUEUE)
    client.close()


@pytest.fixture(autouse=True)
def _any_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge no store by its latency, which depends on the machine."""
    monkeypatch.setattr(stores, "SLOW_MS", 60_000)
    monkeypatch.setattr(stores, "TOO_SLOW_MS", 60_000)


def lights() -> dict[str, str]:
    """Lights without disk and database latency, which depend on the machine."""
    checks = views.all_checks(timezone.now())
    return {one.key: one.light.value for one in checks if one.key not in ("disk", "database")}


def make_healthy() -> None:
    at = timezone.now()
    heartbeat.beat(at)
    BackupRun.objects.create(
        status="done", started_at=at, finished_at=at, file_name="a", sha256="b", size_bytes=1
    )
    BackupDrill.objects.create(status="passed", started_at=at, finished_at=at)


def not_green() -> dict[str, str]:
    return {key: light for key, light in lights().items() if light != Light.GREEN}


def test_healthy_installation_is_green() -> None:
    make_healthy()

    assert not_green() == {}


def test_fresh_installation_shows_what_is_missing() -> None:
    assert not_green() == {"beat": "red", "backup": "yellow", "drill": "yellow"}


def test_worker_and_beat_are_distinguished(queue: redis.Redis) -> None:
    make_healthy()
    heartbeat.beat(timezone.now() - timedelta(minutes=5))
    beat_silent = not_green()
    queue.lpush(heartbeat.QUEUE, "a task")

    assert (beat_silent, not_green()) == ({"beat": "red"}, {"worker": "red"})


def test_late_messages_failed_backup_and_open_incidents_are_shown() -> None:
    make_healthy()
    at = timezone.now()
    booking = factories.make_confirmed_booking()
    message = make_message(booking)
    type(message).objects.filter(pk=message.pk).update(
        status="waiting", sent_at=None, next_attempt_at=at - timedelta(minutes=40)
    )
    BackupRun.objects.create(status="failed", started_at=at, finished_at=at, failure="disk full")
    incidents.record("test", "test", "Something.", {}, None, at)

    assert Booking.objects.count() == 1
    assert not_green() == {"outbox": "red", "backup": "red", "incidents": "yellow"}


def test_unreachable_stores_are_red_and_hide_nothing() -> None:
    make_healthy()
    away = {"CACHE_URL": NOWHERE, "CHANNEL_LAYER_URL": NOWHERE, "BROKER_URL": NOWHERE}

    with override_settings(**away):
        seen = not_green()

    assert seen == {"cache": "red", "channel_layer": "red", "broker": "red"}


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.CHAIN_ADMIN, 200), (Role.MANAGER, 403), (Role.AUDITOR, 403), (Role.USHER, 403)],
)
def test_status_page_is_for_chain_staff(role: Role, status: int) -> None:
    client = Client(headers={"Accept-Language": "en"})
    cinema = None if role == Role.CHAIN_ADMIN else factories.make_cinema()
    client.force_login(factories.make_staff(role, cinema))

    answer: Any = client.get(STATUS)

    assert answer.status_code == status
    if status == 200:
        assert "Something is broken." in answer.content.decode()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 days")],
)
def test_age_is_rounded(seconds: int, text: str) -> None:
    with translation.override("en"):
        assert age(seconds) == text

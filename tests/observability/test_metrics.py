"""Prometheus metrics: process counters and gauges of the stores."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from backups.models import BackupRun
from bookings.models import Booking, Payment
from seating.metrics import SOCKETS
from tests.api.test_bookings import order, pay
from tests.api.test_seats import hold, post
from tests.factories import make_booking, make_payment, make_showtime, make_ticket_type
from tests.seating.test_holds import seat_ids

pytestmark = pytest.mark.django_db


def figures(client: Client | None = None, **headers: str) -> dict[str, float]:
    answer = (client or Client()).get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_metrics_are_local_only() -> None:
    outsiders = [
        Client().get("/metrics", REMOTE_ADDR="203.0.113.9"),
        Client().get("/metrics", REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "::1"}),
        Client().post("/metrics"),
    ]
    assert [answer.status_code for answer in outsiders] == [404, 404, 405]
    assert Client().get("/metrics", REMOTE_ADDR="::1").status_code == 200


def test_metrics_with_a_token_require_it(settings: Any) -> None:
    settings.METRICS_TOKEN = "scrape-me"
    shown = [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer scrape-me"}]
    answers = [Client().get("/metrics", headers=headers) for headers in shown]
    assert [answer.status_code for answer in answers] == [404, 404, 200]


def test_gauges_of_an_empty_chain() -> None:
    standing = {name: value for name, value in figures().items() if not _is_counted(name)}
    standing = {k: v for k, v in standing.items() if not k.startswith("layar_http_")}
    connections = standing.pop("layar_database_connections")
    assert connections >= 1
    assert standing.pop("layar_backup_age_seconds") > 0  # since the installation
    assert standing == {
        "layar_database_deadlocks": standing["layar_database_deadlocks"],
        "layar_incidents_open": 0,
        "layar_outbox_age_seconds": 0,
        "layar_outbox_waiting": 0,
        "layar_payments_unsettled_age_seconds": 0,
        "layar_queue_depth": 0,
        "layar_refunds_waiting": 0,
        "layar_up{broker}": 1,
        "layar_up{database}": 1,
    }


def test_gauges_show_ages() -> None:
    now = timezone.now()
    make_payment(make_booking(), expires_at=now - timedelta(seconds=90), status="pending")
    BackupRun.objects.create(
        status="done",
        started_at=now - timedelta(hours=3),
        finished_at=now - timedelta(hours=2),
        file_name="x",
        size_bytes=1,
        sha256="0" * 64,
    )
    standing = figures()
    assert (
        round(standing["layar_payments_unsettled_age_seconds"] / 10),
        round(standing["layar_backup_age_seconds"] / 60),
    ) == (9, 120)


def test_backup_age_without_a_good_backup_counts_from_the_installation() -> None:
    now = timezone.now()
    MigrationRecorder.Migration.objects.update(applied=now - timedelta(hours=7))
    BackupRun.objects.create(status="failed", started_at=now, finished_at=now, failure="x")

    assert round(figures()["layar_backup_age_seconds"] / 60) == 7 * 60


@pytest.mark.django_db(transaction=True)
def test_a_sale_is_counted_once_it_is_committed() -> None:
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=2)
    seats = seat_ids(showtime)
    before = figures()
    held = hold(showtime, seats).json()
    hold(showtime, seats, {"X-Visitor": "somebody-who-came-too-late"})
    post("bookings", order(held["id"], seats))
    payment = make_payment(Booking.objects.get(), provider="sandbox", status="pending")
    pay(Payment.objects.get(pk=payment.pk))

    after = figures()
    grown = {
        name: value - before.get(name, 0)
        for name, value in after.items()
        if _is_counted(name) and value != before.get(name, 0)
    }
    grown = {name: value for name, value in grown.items() if "_seconds_bucket" not in name}
    waited = grown.pop("layar_payment_seconds_sum{sandbox}")
    assert 0 <= waited < 60
    assert grown == {
        "layar_booking_events_total{confirmed}": 1,
        "layar_booking_events_total{created}": 1,
        "layar_booking_events_total{payment_succeeded}": 1,
        "layar_holds_total{held}": 1,
        "layar_holds_total{taken}": 1,
        "layar_payment_seconds_count{sandbox}": 1,
        "layar_payments_total{succeeded}{sandbox}": 1,
    }


def test_live_gauges_of_ended_processes_are_removed() -> None:
    SOCKETS.inc(3)
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    own = folder / f"gauge_livesum_{os.getpid()}.db"
    ended = folder / "gauge_livesum_4194400.db"  # past the highest process number
    ended.write_bytes(own.read_bytes())

    assert figures()["layar_live_sockets"] == 3
    SOCKETS.dec(3)
    assert (figures()["layar_live_sockets"], ended.exists()) == (0, False)


def _is_counted(name: str) -> bool:
    counted = ("_total", "_count", "_sum", "_bucket", "layar_live_sockets")
    is_http = name.startswith("layar_http_")  # of test_requests.py
    return not is_http and any(part in name for part in counted)

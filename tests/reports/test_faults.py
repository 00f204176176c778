"""Incidents name the fault: seat, showtime and booking, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from bookings.models import Booking
from reports.models import Incident
from reports.monitoring import faults, runner
from seating.models import SeatStatus, ShowtimeSeat
from tests.factories import (
    make_confirmed_booking,
    make_manager,
    make_movie,
    make_showtime,
    make_user,
)

pytestmark = pytest.mark.django_db

STARTS_AT = datetime(2027, 1, 8, 12, 0, tzinfo=UTC)  # 19:00 in Jakarta
LIST = "/admin/reports/incident/"


@pytest.fixture
def booking() -> Booking:
    """Its first seat, A1, has a ticket but is not sold."""
    movie = make_movie(title_id="Hujan", title_en="Rain")
    booking = make_confirmed_booking(make_showtime(movie=movie, starts_at=STARTS_AT), 1)
    ShowtimeSeat.objects.filter(sale=booking.pk).update(status=SeatStatus.AVAILABLE, sale=None)
    runner.run_all(timezone.now())
    return booking


def fault_of(language: str) -> faults.Fault:
    incident = Incident.objects.get(kind="live_ticket_has_no_seat")
    with translation.override(language):
        return faults.describe([incident])[incident.pk]


def test_fault_names_seat_showtime_and_booking_in_both_languages(booking: Booking) -> None:
    showtime = "8 Jan 2027 19:00 WIB"
    assert fault_of("en") == faults.Fault(
        f"Seat A1 of “Rain”, {showtime} has a ticket but is not sold.",
        "A1",
        f"“Rain”, {showtime}",
        booking.code,
    )
    assert fault_of("id").sentence == (
        f"Kursi A1 pada “Hujan”, {showtime} memiliki tiket tetapi tidak tercatat terjual."
    )


def test_fault_of_an_unknown_kind_is_its_label() -> None:
    incident = Incident.objects.create(
        kind="backup_failed",
        fingerprint="x",
        summary="disk",
        first_seen_at=timezone.now(),
        last_seen_at=timezone.now(),
    )

    with translation.override("en"):
        assert faults.describe([incident])[incident.pk] == faults.Fault("A backup has failed.")


def test_managers_read_no_ids_and_the_owner_does(client: Client, booking: Booking) -> None:
    incident = Incident.objects.get(kind="live_ticket_has_no_seat")
    cinema = booking.showtime.studio.cinema
    pages = {}
    for name, user in (
        ("manager", make_manager(cinema)),
        ("owner", make_user(is_staff=True, is_superuser=True)),
    ):
        client.force_login(user)
        pages[name] = [
            re.sub(r'(href|action|value)="[^"]*"', "", page_of(client, address))
            for address in (LIST, f"{LIST}{incident.pk}/change/")
        ]

    for page in pages["manager"]:
        assert "has a ticket but is not sold." in page
        assert booking.code in page
        assert str(booking.pk) not in page
        assert "live_ticket_has_no_seat" not in page
    assert str(booking.pk) in pages["owner"][1]


def page_of(client: Client, address: str) -> str:
    return client.get(address, headers={"Accept-Language": "en"}).content.decode()


def test_queries_of_a_list_do_not_grow(
    booking: Booking, django_assert_num_queries: Callable[..., Any]
) -> None:
    incidents = list(Incident.objects.all()) * 3

    with django_assert_num_queries(3):
        faults.describe(incidents)

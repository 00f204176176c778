"""The calendar entry of a booking."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from bookings.models import Booking
from bookings.tickets import documents
from tests import factories
from tests.bookings.test_tickets import SEED, SHOWN_AT


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.TICKET_SIGNING_KEYS = [SEED]
    settings.SITE_URL = "https://layar.example"


@pytest.fixture
def booking(db: None) -> Booking:
    """Two seats in Makassar at 20.30 local time."""
    cinema = factories.make_cinema(
        name="Layar Losari", city="Makassar", address="Jl. Losari 1", time_zone="Asia/Makassar"
    )
    movie = factories.make_movie(
        title_id="Sunyi", title_en="Silence", duration_minutes=95, classification="13+"
    )
    showtime = factories.make_showtime(
        factories.make_studio(cinema, name="Studio 3"), movie=movie, starts_at=SHOWN_AT
    )
    booked = factories.make_confirmed_booking(showtime, contact_name="陳大文 & <Rahma>")
    return Booking.objects.with_details().get(pk=booked.pk)


def test_calendar_ics_is_on_the_cinemas_clock(booking: Booking) -> None:
    calendar = Calendar.from_ical(documents.calendar_ics(booking))
    [entry] = calendar.walk("VEVENT")
    [zone] = calendar.walk("VTIMEZONE")

    assert (zone["TZID"], entry["DTSTART"].params["TZID"]) == ("Asia/Makassar", "Asia/Makassar")
    assert entry.decoded("DTSTART") == datetime(
        2026, 11, 24, 20, 30, tzinfo=ZoneInfo("Asia/Makassar")
    )
    # 10 minutes of trailers and the film; the audience does not stay for the cleaning
    assert entry.decoded("DTEND") == datetime(
        2026, 11, 24, 22, 15, tzinfo=ZoneInfo("Asia/Makassar")
    )
    assert {name: str(entry[name]) for name in ("SUMMARY", "LOCATION", "STATUS", "UID")} == {
        "SUMMARY": "Sunyi",
        "LOCATION": "Layar Losari, Jl. Losari 1",
        "STATUS": "CONFIRMED",
        "UID": f"{booking.pk}@layar",
    }


def test_calendar_ics_after_cancellation_strikes_out_the_same_entry(booking: Booking) -> None:
    before = Calendar.from_ical(documents.calendar_ics(booking)).walk("VEVENT")[0]
    booking.status, booking.cancelled_at = "cancelled", SHOWN_AT
    after = Calendar.from_ical(documents.calendar_ics(booking)).walk("VEVENT")[0]

    assert before["UID"] == after["UID"]
    assert [entry.decoded("SEQUENCE") for entry in (before, after)] == [0, 1]
    assert str(after["STATUS"]) == "CANCELLED"


def test_calendar_ics_uses_the_bookings_language(booking: Booking) -> None:
    booking.language = "en"

    [entry] = Calendar.from_ical(documents.calendar_ics(booking)).walk("VEVENT")

    assert str(entry["SUMMARY"]) == "Silence"
    assert str(entry["DESCRIPTION"]) == (f"Studio 3 · Seats: A1, A2\nBooking code: {booking.code}")


@pytest.mark.parametrize(("language", "prefix"), [("id", ""), ("en", "/en")])
def test_calendar_ics_links_the_booking_without_a_signature(
    booking: Booking, language: str, prefix: str
) -> None:
    booking.language = language

    [entry] = Calendar.from_ical(documents.calendar_ics(booking)).walk("VEVENT")

    assert str(entry["URL"]) == f"https://layar.example{prefix}/bookings/{booking.code}/"


def test_calendar_ics_reminds_two_hours_before_unless_cancelled(booking: Booking) -> None:
    alarm: Any
    [alarm] = Calendar.from_ical(documents.calendar_ics(booking)).walk("VALARM")
    booking.status, booking.cancelled_at = "cancelled", SHOWN_AT
    cancelled = Calendar.from_ical(documents.calendar_ics(booking)).walk("VALARM")

    assert (str(alarm["ACTION"]), str(alarm["DESCRIPTION"]), alarm["TRIGGER"].dt) == (
        "DISPLAY",
        "Sunyi, 20:30 WITA",
        timedelta(hours=-2),
    )
    assert cancelled == []

"""Text messages that fit into one part."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation

from bookings.models import Booking
from notifications.sms.texts import GSM_ALPHABET, PART_LENGTH_MAX, in_gsm, sms_text
from tests import factories
from tests.notifications.conftest import make_message

LONG_TITLE = "The Extraordinarily Long Journey of a Very Small Turtle “to” the Sea – Part Two"


# In Jakarta: an evening, and half past midnight of the same business day.
EVENING = (timezone.now() + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
NIGHT = EVENING + timedelta(hours=5, minutes=30)


def booking_of(seats: int, title: str, starts_at: datetime = EVENING) -> Booking:
    movie = factories.make_movie(title_id=title, title_en=title)
    showtime = factories.make_showtime(movie=movie, starts_at=starts_at)
    return factories.make_confirmed_booking(showtime, seats)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seats", "starts_at"), [(1, EVENING), (2, EVENING), (8, EVENING), (1, NIGHT), (2, NIGHT)]
)
@pytest.mark.parametrize("title", ["Up", LONG_TITLE, "Ñandú · Ĉiutage", "流浪地球"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_confirmation_fits_into_one_part(
    seats: int, starts_at: datetime, title: str, language: str
) -> None:
    booking = booking_of(seats, title, starts_at)
    message = make_message(booking, channel="sms", language=language)

    with translation.override(language):
        text = sms_text(message)

    assert len(text) <= PART_LENGTH_MAX
    assert set(text) <= GSM_ALPHABET
    assert text.startswith(f"{booking.code} ")
    assert text.endswith("/")


@pytest.mark.django_db
def test_confirmation_shortens_the_film_and_nothing_else() -> None:
    booking = booking_of(2, LONG_TITLE)
    message = make_message(booking, channel="sms", language="en")

    with translation.override("en"):
        before_link, _colon, link = sms_text(message).partition(": ")

    assert before_link.startswith(f"{booking.code} The Extra")
    assert ".., " in before_link
    assert before_link.endswith("seats A1, A2")
    assert link.startswith(f"https://layar.example/en/b/{booking.code}/")


@pytest.mark.django_db
def test_refund_text_fits_into_one_part() -> None:
    booking = booking_of(1, LONG_TITLE)
    message = make_message(booking, channel="sms", kind="paid_too_late")

    with translation.override("en"):
        text = sms_text(message)

    assert text.startswith(f"{booking.code}: paid too late, your money comes back: https://")
    assert len(text) <= PART_LENGTH_MAX


@pytest.mark.parametrize(
    ("text", "gsm"),
    [
        ("Sunyi", "Sunyi"),
        ("Ñandú à la Čapek", "Ñandu à la Capek"),
        ("“It’s” – fine", '"It\'s" - fine'),
        ("ﬁlm①", "film1"),
        ("流浪", "??"),
    ],
)
def test_in_gsm(text: str, gsm: str) -> None:
    assert in_gsm(text) == gsm

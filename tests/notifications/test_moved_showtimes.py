"""What is told of a showtime that moved: before, now, and what to do; then a reminder again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from icalendar import Calendar

from bookings.models import Booking, ShowtimeMove
from bookings.showtimes.moving import move_showtime
from bookings.tickets.documents import calendar_ics, show_time
from movies.models import Showtime
from notifications.email import build_email
from notifications.models import Message
from notifications.reminders import enqueue_reminders
from notifications.sms.texts import GSM_ALPHABET, PART_LENGTH_MAX, sms_text
from tests.factories import (
    make_confirmed_booking,
    make_layout,
    make_showtime,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db

AT = timezone.now()
# Noon of the next day in Jakarta: three hours later is the same day there.
NOON = (AT + timedelta(days=1)).replace(hour=5, minute=0, second=0, microsecond=0)


def moved(hours: float = 3, **fields: Any) -> Booking:
    studio = make_studio(name="Studio 2")
    showtime = make_showtime(studio, starts_at=NOON)
    other = make_studio(studio.cinema, name="Studio 5")
    make_layout(other)
    booking = make_confirmed_booking(showtime, 2, **fields)
    move(booking, hours=hours, studio_id=other.pk)
    return booking


def move(booking: Booking, *, hours: float, studio_id: int | None = None) -> None:
    booking.showtime.refresh_from_db()
    starts_at = booking.showtime.starts_at + timedelta(hours=hours)
    staff = make_user(is_staff=True)
    move_showtime(
        showtime_id=booking.showtime_id,
        starts_at=starts_at,
        studio_id=studio_id,
        by=staff,
        note="",
        at=AT,
    )
    booking.showtime.refresh_from_db()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "all you paid comes back, the service fee too"), ("id", "")],
)
def test_the_email_tells_before_now_and_what_to_do(language: str, words: str) -> None:
    booking = moved(language=language)
    message = Message.objects.get(channel="email")
    assert message.kind == "showtime_changed"

    email = build_email(message)
    plain, html = " ".join(str(email.body).split()), str(email.alternatives[0][0])

    with translation.override(language):
        then = ShowtimeMove.objects.get().from_starts_at
        before = show_time(Showtime(starts_at=then, studio=booking.showtime.studio))
        now = show_time(booking.showtime)
    for text in (plain, " ".join(html.split())):
        assert before in text
        assert now in text
        assert "Studio 2" in text
        assert "Studio 5" in text
        assert words in text
    assert [part[0] for part in email.attachments if isinstance(part, tuple)][-2:] == [
        f"layar-{booking.code}.pdf",
        f"layar-{booking.code}.ics",
    ]


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("hours", [3, 27])
def test_the_text_message_fits_into_one_part(language: str, hours: int) -> None:
    booking = moved(hours, language=language)

    with translation.override(language):
        text = sms_text(Message.objects.get(channel="sms"))

    before_link = text.partition("http")[0]
    assert text.startswith(f"{booking.code} ")
    assert "Studio 5" in before_link
    assert set(text) <= GSM_ALPHABET
    # Another day takes words that a later hour does not.
    assert len(text) <= PART_LENGTH_MAX + (11 if hours > 24 else 0)


def test_a_reminder_that_came_before_the_move_comes_again() -> None:
    showtime = make_showtime(starts_at=AT + timedelta(hours=2))
    booking = make_confirmed_booking(showtime, 1, at=AT - timedelta(days=1))
    assert enqueue_reminders(AT) == 1
    move(booking, hours=24)
    assert enqueue_reminders(AT) == 0

    assert enqueue_reminders(AT + timedelta(hours=24)) == 1
    assert enqueue_reminders(AT + timedelta(hours=24, minutes=5)) == 0

    reminders = Message.objects.filter(kind="reminder").order_by("created_at")
    assert [message.event.kind for message in reminders] == ["confirmed", "showtime_moved"]


def test_who_heard_of_the_move_just_before_the_show_is_not_reminded() -> None:
    showtime = make_showtime(starts_at=AT + timedelta(hours=30))
    booking = make_confirmed_booking(showtime, 1, at=AT - timedelta(days=1))
    move(booking, hours=-28)

    assert enqueue_reminders(AT) == 0


def test_the_calendar_changes_its_entry() -> None:
    booking = moved()
    booking = Booking.objects.with_details().get(pk=booking.pk)

    entry: Any
    [entry] = Calendar.from_ical(calendar_ics(booking)).walk("VEVENT")

    assert (str(entry["UID"]), entry["SEQUENCE"]) == (f"{booking.pk}@layar", 1)
    assert entry["DTSTART"].dt == booking.showtime.starts_at.replace(microsecond=0)

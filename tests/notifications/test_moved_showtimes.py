"""Messages about a moved showtime: old and new time, options, and a new reminder."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
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
NIGHT = (AT + timedelta(days=1)).replace(hour=16, minute=30, second=0, microsecond=0)  # 23:30 there
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
def test_moved_showtime_email_has_old_time_new_time_and_options(language: str, words: str) -> None:
    booking = moved(language=language)
    message = Message.objects.get(channel="email")
    assert message.kind == "showtime_changed"

    email = build_email(message)
    plain, html = " ".join(str(email.body).split()), str(email.alternatives[0][0])

    with translation.override(language):
        move, showtime = ShowtimeMove.objects.get(), booking.showtime
        ends_at = move.from_starts_at + (showtime.ends_at - showtime.starts_at)
        then = Showtime(starts_at=move.from_starts_at, ends_at=ends_at, studio=showtime.studio)
        before, now = show_time(then), show_time(showtime)
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
    # A move to another day needs a longer text than a later hour.
    assert len(text) <= PART_LENGTH_MAX + (11 if hours > 24 else 0)


@pytest.mark.parametrize(
    ("start", "hours", "language", "was", "now"),
    [
        (NIGHT, 0.75, "en", "{first} 23:30", "{next} ({first_day} night) 00:15 WIB"),
        (NIGHT, 0.75, "id", "{first} 23:30", "{next} ({first_day} malam) 00:15 WIB"),
        (
            NIGHT + timedelta(hours=1),
            -1,
            "en",
            "{next} ({first_day} night) 00:30",
            "{first} 23:30 WIB",
        ),
        (NIGHT + timedelta(hours=1), 1, "en", "{next} ({first_day} night) 00:30", "01:30 WIB"),
        (
            NIGHT + timedelta(hours=1),
            12,
            "en",
            "{next} ({first_day} night) 00:30",
            "{next} 12:30 WIB",
        ),
    ],
)
def test_text_message_of_a_move_across_midnight_names_evening_and_date(
    start: datetime, hours: float, language: str, was: str, now: str
) -> None:
    booking = make_confirmed_booking(make_showtime(starts_at=start), 1, language=language)
    move(booking, hours=hours)
    evening = NIGHT.astimezone(ZoneInfo("Asia/Jakarta")).date()
    names = {
        "first": short(evening, language),
        "first_day": short(evening, language).split()[0],
        "next": short(evening + timedelta(days=1), language),
    }

    with translation.override(language):
        text = sms_text(Message.objects.get(channel="sms"))

    assert f": {was.format(**names)} -> {now.format(**names)}, " in text


def short(day: date, language: str) -> str:
    return format_date(day, "EEE d MMM", locale={"en": "en_GB"}.get(language, language))


def test_reminder_sent_before_the_move_is_sent_again() -> None:
    showtime = make_showtime(starts_at=AT + timedelta(hours=2))
    booking = make_confirmed_booking(showtime, 1, at=AT - timedelta(days=1))
    assert enqueue_reminders(AT) == 1
    move(booking, hours=24)
    assert enqueue_reminders(AT) == 0

    assert enqueue_reminders(AT + timedelta(hours=24)) == 1
    assert enqueue_reminders(AT + timedelta(hours=24, minutes=5)) == 0

    reminders = Message.objects.filter(kind="reminder").order_by("created_at")
    kinds = list(reminders.values_list("event__kind", flat=True))
    assert kinds == ["confirmed", "showtime_moved"]


def test_buyer_notified_of_the_move_shortly_before_gets_no_reminder() -> None:
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

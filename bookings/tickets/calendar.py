"""A booking as a calendar entry."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, Timezone, vText

from bookings.models import Booking, BookingStatus, EventKind
from bookings.tickets.formatting import seat_labels, show_date, show_start, show_time

ALARM_BEFORE = timedelta(hours=2)


def calendar_ics(booking: Booking) -> bytes:
    """One VEVENT on the cinema's clock, in the booking's language, with an alarm.

    Its URL is the booking's plain address and not its signed link, because calendars are shared.
    Its UID never changes, so a calendar that gets a second file changes its entry (or strikes
    it out, once the booking is cancelled) instead of showing two.
    """
    with translation.override(booking.language):
        return bytes(_calendar(booking).to_ical())


def _calendar(booking: Booking) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//Tickets//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_time_zone(str(booking.showtime.studio.cinema.zone)))
    calendar.add_component(_entry(booking))
    return calendar


@cache
def _time_zone(name: str) -> Timezone:
    """The definition of a cinema's clock; found by trying every day, so kept by the process."""
    zone: Timezone = Timezone.from_tzid(name)
    return zone


def _entry(booking: Booking) -> Event:
    showtime = booking.showtime
    studio = showtime.studio
    is_cancelled = booking.status == BookingStatus.CANCELLED
    entry = Event()
    entry.add("uid", f"{booking.pk}@layar")
    moves = booking.events.filter(kind=EventKind.SHOWTIME_MOVED).values_list("at", flat=True)
    entry.add("dtstamp", max([_last_changed(booking), *moves]))
    entry.add("sequence", len(moves) + (0 if booking.cancelled_at is None else 1))
    entry.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    entry.add("dtstart", showtime.starts_at.astimezone(studio.cinema.zone))
    entry.add("dtend", showtime.film_ends_at.astimezone(studio.cinema.zone))
    entry.add("summary", showtime.movie.title)
    entry.add("location", vText(f"{studio.cinema.name}, {studio.cinema.address}"))
    entry.add("url", settings.SITE_URL + reverse("bookings:detail", args=[booking.code]))
    entry.add(
        "description",
        "\n".join(
            (
                f"{studio.name} · " + _("Seats: %(seats)s") % {"seats": seat_labels(booking)},
                *([f"{show_date(showtime)}, {show_time(showtime)}"] if showtime.night_of else []),
                _("Booking code: %(code)s") % {"code": booking.code},
            )
        ),
    )
    if not is_cancelled:
        entry.add_component(_alarm(booking))
    return entry


def _alarm(booking: Booking) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -ALARM_BEFORE)
    alarm.add("description", f"{booking.showtime.movie.title}, {show_start(booking.showtime)}")
    return alarm


def _last_changed(booking: Booking) -> datetime:
    return booking.cancelled_at or booking.confirmed_at or booking.created_at

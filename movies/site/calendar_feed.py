"""The showtimes of a cinema as a calendar to subscribe to (iCalendar)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vText

from core.errors import NotFound
from movies.catalogue import listings
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.records import CinemaRecord, MovieRecord
from movies.site.views import catalogue_page

REFRESH = timedelta(hours=1)


@catalogue_page
def cinema_calendar(
    request: HttpRequest, *, catalogue: Catalogue, at: datetime, slug: str
) -> HttpResponse:
    """The showtimes of the next days, on the cinema's clock."""
    cinema = next((cinema for cinema in catalogue.cinemas() if cinema.slug == slug), None)
    if cinema is None:
        raise NotFound
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//Showtimes//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{settings.SITE_NAME}: {cinema.name}")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    days = sorted(
        {
            entry.business_date
            for entry in listings.movie_days_of(catalogue.movie_days(at), [cinema])
        }
    )
    for day in days[: listings.DAYS_SHOWN]:
        slots = [
            (slot, listing.movie)
            for listing in listings.movie_listings(catalogue, [cinema], day, at)
            for each in listing.cinemas
            for slot in each.slots
            if slot.showtime.business_date == day  # not again under its own date
        ]
        for slot, movie in sorted(slots, key=lambda pair: pair[0].showtime.starts_at):
            calendar.add_component(_entry(movie, cinema, slot, at))
    calendar.add_missing_timezones()
    return HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")


def _entry(
    movie: MovieRecord, cinema: CinemaRecord, slot: listings.TimeSlot, at: datetime
) -> Event:
    showtime = slot.showtime
    entry = Event()
    entry.add("uid", f"showtime-{showtime.id}@layar")
    entry.add("dtstamp", at)
    entry.add("dtstart", slot.local)
    entry.add("dtend", slot.local_end)
    entry.add("summary", f"{movie.title} ({movie.classification})")
    entry.add("location", vText(f"{cinema.name}, {cinema.address}"))
    entry.add("url", settings.SITE_URL + reverse("seating:seat_map", args=[showtime.id]))
    price = slot.availability.price_label
    facts = [
        *[slot.night_of, slot.studio.caption, showtime.format_label],
        slot.availability.label or price,
    ]
    entry.add("description", " · ".join(fact for fact in facts if fact) or _("Showtimes"))
    return entry

"""The dashboard on the admin index, and its live part as a fragment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.templatetags.money import rupiah
from movies.models.movie import in_reader_language
from movies.office.admin import is_for_chain
from movies.staff.permissions import Permission, cinemas_with
from reports.dashboard import labels
from reports.dashboard.cache import cached_figures
from reports.dashboard.figures import chain_incidents, total
from reports.dashboard.routing import DASHBOARD_FEED_PATH
from reports.dashboard.types import HOURS_OF_DAY, CinemaFigures, Film, Numbers, ShowtimeFigures
from seating.site.page import live_address

FILMS_SHOWN_MAX = 8
HOUR_LABEL_EVERY = 3


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard to the admin index context (Unfold's DASHBOARD_CALLBACK)."""
    figures_context = _dashboard_context(request)
    if figures_context is None:
        return context
    # Read by the Content-Security-Policy middleware.
    url, request.live_origin = live_address(request, DASHBOARD_FEED_PATH)  # type: ignore[attr-defined]
    return context | {"title": _("Live desk"), "desk": figures_context, "desk_feed_url": url}


@require_safe
@never_cache
def figures(request: HttpRequest) -> HttpResponse:
    """The live fragment; empty for users without a cinema."""
    return render(request, "reports/_dashboard.html", {"desk": _dashboard_context(request)})


def _dashboard_context(request: HttpRequest) -> dict[str, Any] | None:
    cinemas = cached_figures(cinemas_with(request.user, Permission.SEE_SALES), timezone.now())
    if not cinemas:
        return None
    return {
        "tiles": _tiles(total(cinemas, chain_incidents=_chain_incidents(request))),
        "definitions": labels.DEFINITIONS.values(),
        "cinemas": [_cinema(cinema) for cinema in cinemas],
        "hours": _hours(cinemas),
        "hours_definition": labels.HOURS,
        "films": _films(cinemas),
        "films_definition": labels.FILMS,
        "methods": _methods(cinemas),
        "methods_definition": labels.METHODS,
        "showtimes_definition": labels.SHOWTIMES,
    }


def _chain_incidents(request: HttpRequest) -> int:
    return chain_incidents() if is_for_chain(request, Permission.SEE_SALES) else 0


def _tiles(numbers: Numbers) -> list[dict[str, Any]]:
    """One tile per definition, in that order."""
    sold = _("%(sold)d of %(capacity)d seats") % {
        "sold": numbers["seats_sold"],
        "capacity": numbers["seats_capacity"],
    }
    shown: dict[str, tuple[str, str, str]] = {
        "tickets_sold": (str(numbers["tickets_sold"]), "", ""),
        "revenue": (rupiah(numbers["revenue_rupiah"]), "", ""),
        "occupancy": (f"{_percent(numbers['seats_sold'], numbers['seats_capacity'])} %", sold, ""),
        "seats_held_now": (str(numbers["seats_held_now"]), "", ""),
        "failed_payments": (
            str(numbers["failed_payments"]),
            "",
            f"{reverse('admin:bookings_payment_changelist')}?status__exact=failed",
        ),
        "refunds_due": (
            str(numbers["refunds_due"]),
            rupiah(numbers["refunds_due_rupiah"]) if numbers["refunds_due"] else "",
            reverse("admin:bookings_refund_changelist"),
        ),
        "incidents": (
            str(numbers["incidents"]),
            "",
            f"{reverse('admin:reports_incident_changelist')}?state=open",
        ),
    }
    return [
        {
            "key": key,
            "definition": definition,
            "value": shown[key][0],
            "note": shown[key][1],
            "href": shown[key][2],
            "alarms": key in ("refunds_due", "incidents") and shown[key][0] != "0",
        }
        for key, definition in labels.DEFINITIONS.items()
    ]


def _cinema(cinema: CinemaFigures) -> dict[str, Any]:
    return {
        "id": cinema["cinema"],
        "name": cinema["name"],
        "date": date.fromisoformat(cinema["date"]),
        "tiles": _tiles(cinema["numbers"]),
        "showtimes": [_showtime(showtime) for showtime in cinema["showtimes"]],
    }


def _showtime(showtime: ShowtimeFigures) -> dict[str, Any]:
    return {
        **showtime,
        "title": in_reader_language(showtime["title_id"], showtime["title_en"]),
        "href": reverse("reports:showtime", args=[showtime["id"]]),
        "sold_percent": _percent(showtime["sold"], showtime["capacity"]),
        "held_percent": _percent(showtime["held"], showtime["capacity"]),
    }


def _hours(cinemas: Sequence[CinemaFigures]) -> list[dict[str, Any]]:
    """Bars per hour, scaled to the highest."""
    today = [sum(hour) for hour in zip(*(one["hours_rupiah"] for one in cinemas), strict=True)]
    before = [
        sum(hour) for hour in zip(*(one["hours_last_week_rupiah"] for one in cinemas), strict=True)
    ]
    highest = max(today + before)
    hours = [
        (settings.BUSINESS_DAY_STARTS_HOUR + place) % HOURS_OF_DAY for place in range(HOURS_OF_DAY)
    ]
    return [
        {
            "name": f"{hour:02}:00",
            "is_labelled": hour % HOUR_LABEL_EVERY == 0,
            "rupiah": today[place],
            "last_week_rupiah": before[place],
            "percent": _percent(today[place], highest),
            "last_week_percent": _percent(before[place], highest),
        }
        for place, hour in enumerate(hours)
    ]


def _films(cinemas: Sequence[CinemaFigures]) -> list[dict[str, Any]]:
    films: dict[int, Film] = {}
    tickets: Counter[int] = Counter()
    for film in (film for cinema in cinemas for film in cinema["films"]):
        films[film["movie"]] = film
        tickets[film["movie"]] += film["tickets"]
    ranked = tickets.most_common(FILMS_SHOWN_MAX)
    return [
        {
            "name": in_reader_language(films[movie]["title_id"], films[movie]["title_en"]),
            "value": sold,
            "percent": _percent(sold, ranked[0][1]),
        }
        for movie, sold in ranked
    ]


def _methods(cinemas: Sequence[CinemaFigures]) -> list[dict[str, Any]]:
    received: Counter[str] = Counter()
    for cinema in cinemas:
        received.update(cinema["methods_rupiah"])
    ranked = received.most_common()
    return [
        {
            "name": provider.capitalize(),
            "value": rupiah(amount_rupiah),
            "percent": _percent(amount_rupiah, ranked[0][1]),
        }
        for provider, amount_rupiah in ranked
    ]


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0

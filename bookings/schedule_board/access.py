"""Access to the schedule board: 404 for cinemas the user may not see, 403 for a refused change."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from movies.models import Cinema, Showtime
from movies.staff.permissions import Permission, cinemas_with, has_permission

# Nobody schedules outside these years, and calendar and database ranges differ beyond them.
YEARS = range(2000, 2101)


def visible_cinema(request: HttpRequest, cinema_id: int) -> Cinema:
    cinema = cinemas_with(request.user, Permission.SEE_SALES).filter(pk=cinema_id).first()
    if cinema is None:
        raise Http404
    return cinema


def visible_showtime(request: HttpRequest, showtime_id: int) -> Showtime:
    visible = cinemas_with(request.user, Permission.SEE_SALES)
    showtimes = Showtime.objects.with_places().filter(studio__cinema__in=visible)
    showtime = showtimes.filter(pk=showtime_id).first()
    if showtime is None:
        raise Http404
    return showtime


def require(request: HttpRequest, permission: Permission, cinema: Cinema) -> None:
    if not has_permission(request.user, permission, cinema):
        raise PermissionDenied


def day_of(text: str) -> date:
    """Parse the day of a URL. Raises Http404."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if day.year not in YEARS:
        raise Http404
    return day

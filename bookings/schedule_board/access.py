"""Who may look at a cinema's board, and who may change what stands on it.

What a reader may not see is not there (404); what they see but may not change is refused (403).
"""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from movies.models import Cinema, Showtime
from movies.staff.permissions import Permission, cinemas_with, has_permission

# Outside these years nobody plans, and calendars and databases begin to disagree.
YEARS = range(2000, 2101)


def visible_cinema(request: HttpRequest, cinema_id: int) -> Cinema:
    cinema = cinemas_with(request.user, Permission.SEE_SALES).filter(pk=cinema_id).first()
    if cinema is None:
        raise Http404
    return cinema


def visible_showtime(request: HttpRequest, showtime_id: int) -> Showtime:
    own = cinemas_with(request.user, Permission.SEE_SALES)
    showtimes = Showtime.objects.with_places().filter(studio__cinema__in=own)
    showtime = showtimes.filter(pk=showtime_id).first()
    if showtime is None:
        raise Http404
    return showtime


def require(request: HttpRequest, permission: Permission, cinema: Cinema) -> None:
    if not has_permission(request.user, permission, cinema):
        raise PermissionDenied


def day_of(text: str) -> date:
    """The day of an address. Raises Http404."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if day.year not in YEARS:
        raise Http404
    return day

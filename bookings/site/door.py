"""Check-in page for ushers: scans codes and shows who may enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.auth.staff import staff_page
from bookings.errors import BookingNotFound, NotAdmitted, TicketCodeInvalid, TicketUnknown
from bookings.models import Ticket
from bookings.models.booking import CODE_ALPHABET, CODE_LENGTH, normalise_code
from bookings.tickets import checkin, documents
from bookings.tickets.checkin import Admission, Attendance, Door
from core.decorators import enforce, private_page
from core.errors import LayarError
from movies.models import Showtime
from movies.staff.permissions import Permission, has_permission

CODE_LENGTH_MAX = 200
PART_HEADER = "X-Part"  # sent by the page's script, which needs only result and count


@dataclass(frozen=True)
class SeatToAdmit:
    ticket: Ticket
    code: str


@dataclass(frozen=True)
class ScanResult:
    """The result of a scan. ``outcome`` also selects the sound."""

    outcome: str  # in, refused, or choose
    status: HTTPStatus
    admission: Admission | None = None
    error: LayarError | None = None
    seats: Sequence[SeatToAdmit] = ()


@private_page
@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest) -> HttpResponseBase:
    """GET shows the page; POST checks in a ticket code or looks up a booking code."""
    at = timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    if not has_permission(request.user, Permission.ADMIT):
        raise PermissionDenied
    door = checkin.door_of(request.user, _showtime_id(asked.get("showtime", "")))
    answer = None
    if request.method == "POST":
        enforce(checkin.CHECK_INS_BY_USHER, f"user:{request.user.pk}")
        answer = _scan(request, asked.get("code", "").strip()[:CODE_LENGTH_MAX], door, at)
    showtimes = list(checkin.open_showtimes(door.cinemas, at))
    if answer is None and door.showtime_id not in {show.pk for show in showtimes}:
        door = Door(door.cinemas)  # the chosen showtime is not open
    words = {
        "answer": answer,
        "door": door,
        "showtimes": showtimes,
        "count": _count(showtimes, door),
        "has_several_cinemas": len({show.studio.cinema_id for show in showtimes}) > 1,
        "doors_open_minutes": int(checkin.DOORS_OPEN_BEFORE.total_seconds() // 60),
    }
    template = "_door_parts" if PART_HEADER in request.headers else "door"
    status = answer.status if answer else HTTPStatus.OK
    return render(request, f"bookings/{template}.html", words, status=status)


def _scan(request: HttpRequest, code: str, door: Door, at: datetime) -> ScanResult:
    try:
        if _is_booking_code(code):
            found = checkin.tickets_to_admit(booking_code=code, door=door)
            seats = [SeatToAdmit(ticket, documents.ticket_code(ticket)) for ticket in found]
            return ScanResult("choose", HTTPStatus.OK, seats=seats)
        admission = checkin.admit(
            code=code, usher=request.user, at=at, showtime_id=door.showtime_id
        )
    except (NotAdmitted, TicketCodeInvalid, TicketUnknown, BookingNotFound) as error:
        return ScanResult("refused", HTTPStatus(error.status), error=error)
    return ScanResult("in", HTTPStatus.CREATED, admission=admission)


def _is_booking_code(code: str) -> bool:
    typed = normalise_code(code)
    return len(typed) == CODE_LENGTH and set(typed) <= set(CODE_ALPHABET)


def _count(showtimes: Sequence[Showtime], door: Door) -> Attendance:
    """Of the chosen showtime, or of all whose doors are open."""
    ids = [show.pk for show in showtimes if door.showtime_id in (None, show.pk)]
    counted = checkin.attendance(ids).values()
    return Attendance(sum(c.admitted for c in counted), sum(c.expected for c in counted))


def _showtime_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

"""Bookings that a browser may open: the account's, a guest's own, and those of opened links."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest

from bookings.errors import BookingNotFound
from bookings.models import Booking, BookingQuerySet, BookingStatus
from bookings.models.booking import normalise_code
from seating.holds.visitors import site_visitor
from seating.models import Hold

SESSION_KEY = "granted_bookings"
RETURNS_SESSION_KEY = "returned_bookings"  # code → end of the access, in seconds since the epoch
GRANTS_KEPT_MAX = 30
# How long a guest's browser opens what it bought; later only the link in the email does.
GUEST_BROWSER_DAYS = 30
LISTED_MAX = 100
FAILED_ORDER_MINUTES = 20


def remember_in_session(request: HttpRequest, booking: Booking) -> None:
    """Let this session open the booking from now on."""
    codes = [code for code in request.session.get(SESSION_KEY, []) if code != booking.code]
    request.session[SESSION_KEY] = [*codes, booking.code][-GRANTS_KEPT_MAX:]


def remember_until(request: HttpRequest, booking: Booking, ends_at: datetime) -> None:
    """Let this session open the booking until ``ends_at``."""
    ends = request.session.get(RETURNS_SESSION_KEY, {}) | {booking.code: ends_at.timestamp()}
    request.session[RETURNS_SESSION_KEY] = dict(list(ends.items())[-GRANTS_KEPT_MAX:])


def visible_bookings(request: HttpRequest, at: datetime) -> BookingQuerySet:
    """Bookings this request may open. Staff see others' bookings in the managers' office only."""
    returned = request.session.get(RETURNS_SESSION_KEY, {})
    codes = [code for code, ends in returned.items() if ends > at.timestamp()]
    allowed = Q(code__in=[*request.session.get(SESSION_KEY, []), *codes])
    if not isinstance(request.user, AnonymousUser):
        allowed |= Q(user=request.user)
    if visitor := site_visitor(request):
        recent = at - timedelta(days=GUEST_BROWSER_DAYS)
        allowed |= Q(user__isnull=True, visitor=visitor, created_at__gte=recent)
    return Booking.objects.filter(allowed).with_details()


def booking_for(request: HttpRequest, code: str, at: datetime) -> Booking:
    """The booking of this code. Raises BookingNotFound, also for somebody else's booking."""
    booking = visible_bookings(request, at).filter(code=normalise_code(code)).first()
    if booking is None:
        raise BookingNotFound()
    return booking


def waiting_booking(request: HttpRequest, showtime_id: int, at: datetime) -> Booking | None:
    """The visitor's pending booking of this showtime."""
    visitor = site_visitor(request)
    if visitor is None:
        return None
    waiting = Booking.objects.filter(
        visitor=visitor, showtime_id=showtime_id, status=BookingStatus.PENDING, expires_at__gt=at
    )
    return waiting.first()


def last_failed_order(request: HttpRequest, showtime_id: int, at: datetime) -> Booking | None:
    """The visitor's newest booking of this showtime that was never paid.

    For FAILED_ORDER_MINUTES only: the next user of a shared machine is somebody else.
    """
    visitor = site_visitor(request)
    if visitor is None:
        return None
    account = request.user.pk
    failed = Booking.objects.filter(
        Q(user__isnull=True) if account is None else Q(user_id=account),
        showtime_id=showtime_id,
        visitor=visitor,
        confirmed_at__isnull=True,
        created_at__gt=at - timedelta(minutes=FAILED_ORDER_MINUTES),
    )
    return failed.order_by("-created_at").first()


def order_of_last_hold(request: HttpRequest, showtime_id: int, at: datetime) -> Booking | None:
    """The booking made from the visitor's newest hold of this showtime, if any."""
    visitor = site_visitor(request)
    if visitor is None:
        return None
    last = Hold.objects.of(visitor).filter(showtime_id=showtime_id).order_by("-created_at").first()
    if last is None:
        return None
    # A booking abandoned to change its seats left its hold behind.
    given_up = Q(status=BookingStatus.CANCELLED, confirmed_at__isnull=True)
    made = visible_bookings(request, at).filter(hold=last).exclude(given_up)
    return made.order_by("-created_at").first()

"""Bookings that a browser may open: the account's, a guest's own, and those of opened links."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest

from bookings.errors import BookingNotFound
from bookings.models import Booking, BookingQuerySet, BookingStatus
from bookings.models.booking import normalise_code
from bookings.orders.details import booking_with_details
from core.http import request_context
from seating.holds.visitors import site_visitor
from seating.models import Hold

SESSION_KEY = "granted_bookings"  # codes; with ":" and the version of the link after the first
RETURNS_SESSION_KEY = "returned_bookings"  # code → end of the access, in seconds since the epoch
GRANTS_KEPT_MAX = 30
# How long a guest's browser may open its bookings; later only the link in the email does.
GUEST_BROWSER_DAYS = 30
LISTED_MAX = 100
FAILED_ORDER_MINUTES = 20


def remember_in_session(request: HttpRequest, booking: Booking) -> None:
    """Allow this session to open the booking until its link is renewed."""
    granted = request.session.get(SESSION_KEY, [])
    others = [grant for grant in granted if grant.partition(":")[0] != booking.code]
    request.session[SESSION_KEY] = [*others, _grant(booking)][-GRANTS_KEPT_MAX:]


def renew_in_session(request: HttpRequest, booking: Booking) -> None:
    """Keep the access of the session that has the booking's former link renewed."""
    granted = request.session.get(SESSION_KEY, [])
    if any(grant.partition(":")[0] == booking.code for grant in granted):
        remember_in_session(request, booking)


def _grant(booking: Booking) -> str:
    return f"{booking.code}:{booking.link_version}" if booking.link_version else booking.code


def _granted(grants: list[str]) -> Q:
    """Bookings whose link was opened in this session and has not been renewed since."""
    versions: dict[str, list[str]] = {}
    for grant in grants:
        code, _separator, version = grant.partition(":")
        versions.setdefault(version or "0", []).append(code)
    allowed = Q(pk__in=[])
    for link_version, codes in versions.items():
        allowed |= Q(code__in=codes, link_version=int(link_version))
    return allowed


def remember_until(request: HttpRequest, booking: Booking, ends_at: datetime) -> None:
    """Allow this session to open the booking until ``ends_at``."""
    ends = request.session.get(RETURNS_SESSION_KEY, {}) | {booking.code: ends_at.timestamp()}
    request.session[RETURNS_SESSION_KEY] = dict(list(ends.items())[-GRANTS_KEPT_MAX:])


def visible_bookings(request: HttpRequest, at: datetime) -> BookingQuerySet:
    """Bookings this request may open. Staff see others' bookings in the managers' office only."""
    return Booking.objects.filter(_visible(request, at)).with_details()


def _visible(request: HttpRequest, at: datetime) -> Q:
    returned = request.session.get(RETURNS_SESSION_KEY, {})
    codes = [code for code, ends in returned.items() if ends > at.timestamp()]
    return Q(code__in=codes) | _own(request, at)


def _own(request: HttpRequest, at: datetime) -> Q:
    allowed = _granted(request.session.get(SESSION_KEY, []))
    if not isinstance(request.user, AnonymousUser):
        allowed |= Q(user=request.user)
    if visitor := site_visitor(request):
        recent = at - timedelta(days=GUEST_BROWSER_DAYS)
        allowed |= Q(user__isnull=True, visitor=visitor, created_at__gte=recent)
    return allowed


def booking_for(request: HttpRequest, code: str, at: datetime) -> Booking:
    """The booking of this code. Raises BookingNotFound, also for another visitor's booking."""
    theirs = Booking.objects.filter(_visible(request, at), code=normalise_code(code))
    booking_id = theirs.values_list("pk", flat=True).first()
    if booking_id is None:
        raise BookingNotFound()
    booking = booking_with_details(booking_id)
    request_context.bind_booking(booking.code)
    return booking


def may_change(request: HttpRequest, booking: Booking, at: datetime) -> bool:
    """Whether this browser may cancel tickets of a booking that it opened, and correct its address.

    Not with a return key alone: the payment provider has seen it too.
    """
    if booking.code not in request.session.get(RETURNS_SESSION_KEY, {}):
        return True
    return Booking.objects.filter(_own(request, at), pk=booking.pk).exists()


def waiting_booking(request: HttpRequest, showtime_id: int, at: datetime) -> Booking | None:
    """The visitor's pending booking of this showtime."""
    visitor = site_visitor(request)
    if visitor is None:
        return None
    waiting = Booking.objects.filter(
        visitor=visitor, showtime_id=showtime_id, status=BookingStatus.PENDING, expires_at__gt=at
    )
    return waiting.first()


def paid_booking_code(request: HttpRequest, showtime_id: int, at: datetime) -> str | None:
    """The code of the newest confirmed booking that this browser made of the showtime."""
    visitor = site_visitor(request)
    if visitor is None:
        return None
    paid = Booking.objects.filter(
        _visible(request, at),
        visitor=visitor,
        showtime_id=showtime_id,
        status=BookingStatus.CONFIRMED,
    )
    return paid.order_by("-created_at").values_list("code", flat=True).first()


def last_failed_order(request: HttpRequest, showtime_id: int, at: datetime) -> Booking | None:
    """The visitor's newest booking of this showtime that was never paid.

    Limited to FAILED_ORDER_MINUTES: a shared machine may have another user later.
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

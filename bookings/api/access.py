"""Shared by the booking endpoints: parameters, limits and access control."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from accounts.models import User
from bookings.api.representations import BookingSerializer
from bookings.errors import BookingNotFound, VoucherRefused
from bookings.models import Booking, BookingQuerySet
from bookings.models.booking import normalise_code
from bookings.orders import vouchers
from bookings.orders.access_tokens import booking_for_token
from core.api.limits import LimitedView
from core.http import request_context
from core.ratelimit import RateLimit, hit_all
from seating.api.problems import PROBLEM
from seating.api.visitors import known_visitor, visitor_of_header

BOOKINGS_BY_CALLER = RateLimit("booking_caller", 120, 60)
LOOKUPS_BY_CALLER = RateLimit("booking_lookup_caller", 300, 60)
# For callers without an account, who can change their identity: wide enough for a shared network.
CALLERS_BY_NETWORK = RateLimit("booking_network", 6_000, 60)
TOKEN_HEADER = "X-Booking-Token"  # noqa: S105 (the header's name)

TOKEN_PARAMETER = OpenApiParameter(
    TOKEN_HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The booking's `access_token`, for guests; a signed-in customer needs none, nor"
    " does the app that made it (`X-Visitor`).",
)
IDEMPOTENCY_PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Repeat a POST with the same key and body and get the first answer again.",
)
PRIVATE = {"Cache-Control": "private, no-store"}
REFUSALS = {404: PROBLEM, 409: PROBLEM, 422: PROBLEM, 429: PROBLEM, 503: PROBLEM}


class CallerLimitedView(LimitedView):
    """Counts ``limits`` by account, installation, booking or hold; by network without an account.

    Many honest customers share the network of a carrier or a venue.
    """

    def check_throttles(self, request: Request) -> None:
        caller = self.caller(request)
        wanted = [(limit, caller) for limit in self.limits if caller]
        if customer(request) is None:
            wanted.append((CALLERS_BY_NETWORK, self.limited_actor(request)))
        results = hit_all(wanted)
        self._results += results
        if not results[-1].allowed:
            raise Throttled(wait=results[-1].retry_after_seconds)

    def caller(self, request: Request) -> str:
        """The actor that limits count; empty for an anonymous client. Raises
        VisitorSecretInvalid."""
        token = request.headers.get(TOKEN_HEADER)
        if known := known_visitor(request):
            return known
        return f"token:{token}" if token else str(self.kwargs.get("hold_id", ""))

    @contextmanager
    def voucher_attempt(self, request: Request, code: str, hold_id: UUID) -> Iterator[None]:
        """Limit what is done with a voucher code. Raises TooManyRequests."""
        network = self.limited_actor(request)
        if code:
            vouchers.enforce_code_limits(hold_id, network)
        try:
            yield
        except VoucherRefused:
            vouchers.record_refused_code(network)
            raise


def customer(request: Request) -> User | None:
    return request.user if isinstance(request.user, User) else None


def readable_bookings(request: Request) -> BookingQuerySet | None:
    """The bookings of the account, and those that the app made without one; None for neither.

    Raises VisitorSecretInvalid.
    """
    user, installation = customer(request), visitor_of_header(request)
    if user is None and installation is None:
        return None
    theirs = Q(pk__in=[]) if user is None else Q(user=user)
    if installation is not None:
        theirs |= Q(user__isnull=True, visitor=installation)
    return Booking.objects.filter(theirs)


def readable_booking(request: Request, code: str, *, with_details: bool = True) -> Booking:
    """The booking, for its customer, the bearer of its token, or the guest's app that made it.

    Raises BookingNotFound, VisitorSecretInvalid.
    """
    token = request.headers.get(TOKEN_HEADER, "")
    if token:
        return booking_for_token(code, token, with_details=with_details)
    mine = readable_bookings(request)
    if mine is None:
        raise BookingNotFound()
    mine = mine.filter(code=normalise_code(code))
    booking = (mine.with_details() if with_details else mine).first()
    if booking is None:
        raise BookingNotFound()
    request_context.bind_booking(booking.code)
    return booking


def booking_document(booking_id: UUID) -> Any:
    """The booking as it is now, with its tickets, payments and refunds."""
    booking = Booking.objects.with_details().with_payments().get(pk=booking_id)
    return BookingSerializer(booking).data

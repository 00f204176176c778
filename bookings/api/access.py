"""What the booking endpoints share: parameters, limits, and who may read a booking."""

from __future__ import annotations

from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.models import User
from bookings.errors import BookingNotFound
from bookings.models import Booking
from bookings.orders.access_tokens import booking_for_token
from core.ratelimit import RateLimit
from seating.api.views import PROBLEM
from seating.api.visitors import visitor_of_header

BOOKING_BY_ADDRESS = RateLimit("booking_address", 300, 60)
BOOKING_LOOKUP_BY_ADDRESS = RateLimit("booking_lookup_address", 600, 60)
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


def customer(request: Request) -> User | None:
    return request.user if isinstance(request.user, User) else None


def readable_booking(request: Request, code: str, *, with_details: bool = True) -> Booking:
    """The booking, for its customer, the bearer of its token, or the guest's app that made it.

    Raises BookingNotFound, VisitorSecretInvalid.
    """
    token = request.headers.get(TOKEN_HEADER, "")
    if token:
        return booking_for_token(code, token, with_details=with_details)
    user, installation = customer(request), visitor_of_header(request)
    theirs = Q(pk__in=[]) if user is None else Q(user=user)
    if installation is not None:
        theirs |= Q(user__isnull=True, visitor=installation)
    mine = Booking.objects.filter(theirs, code=code.upper())
    booking = (mine.with_details() if with_details else mine).first()
    if booking is None:
        raise BookingNotFound()
    return booking

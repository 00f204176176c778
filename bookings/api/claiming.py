"""Adding a guest's booking to an account."""

from __future__ import annotations

from typing import cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.models import User
from bookings.api.access import (
    BOOKINGS_BY_CALLER,
    IDEMPOTENCY_PARAMETER,
    PRIVATE,
    REFUSALS,
    TOKEN_PARAMETER,
    CallerLimitedView,
    booking_document,
    readable_booking,
)
from bookings.api.representations import BookingSerializer
from bookings.errors import NotClaimable
from bookings.models import Booking
from bookings.models.booking import normalise_code
from bookings.orders.guest_bookings import join_account
from seating.api.problems import PROBLEM


class Claim(CallerLimitedView):
    permission_classes = (IsAuthenticated,)
    limits = (BOOKINGS_BY_CALLER,)

    @extend_schema(
        tags=["bookings"],
        operation_id="claim_booking",
        summary="Add a guest's booking to the account",
        parameters=[TOKEN_PARAMETER, IDEMPOTENCY_PARAMETER],
        request=None,
        responses={200: BookingSerializer, 401: PROBLEM} | REFUSALS,
    )
    @idempotent()
    def post(self, request: Request, code: str) -> Response:
        """Add a paid guest booking to the account whose confirmed address it was made with.

        Another's booking is `booking_not_found`. With the booking's token, and another address than
        the account's, it is `not_claimable`.
        """
        user = cast(User, request.user)  # guaranteed by the permission
        if not join_account(user, timezone.now(), code=normalise_code(code)):
            booking = readable_booking(request, code, with_details=False)
            if booking.user_id != user.pk:
                raise NotClaimable()
        claimed = Booking.objects.only("pk").get(code=normalise_code(code))
        return Response(booking_document(claimed.pk), headers=PRIVATE)

"""Abandoning unpaid bookings and cancelling paid ones, as separate calls.

A client that saw a booking pending may send its request when the payment has just arrived.
"""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
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
from bookings.api.serializers import (
    ALL_TICKETS,
    AbandonRequestSerializer,
    CancellationOfferSerializer,
    CancellationRequestSerializer,
)
from bookings.errors import NotCancellable
from bookings.models import Booking
from bookings.orders.cancellation_terms import tiers_of
from bookings.orders.checkout import abandon_booking
from bookings.refunds import cancellation
from seating.api.problems import PROBLEM
from seating.api.visitors import VISITOR_PARAMETER, known_visitor


class Abandonment(CallerLimitedView):
    limits = (BOOKINGS_BY_CALLER,)

    @extend_schema(
        tags=["bookings"],
        operation_id="abandon_booking",
        summary="Abandon an unpaid booking",
        parameters=[TOKEN_PARAMETER, VISITOR_PARAMETER, IDEMPOTENCY_PARAMETER],
        request=AbandonRequestSerializer,
        responses={200: BookingSerializer} | REFUSALS,
    )
    @idempotent()
    def post(self, request: Request, code: str) -> Response:
        """Abandon an unpaid booking; a paid one is refused with `booking_closed`."""
        booking = readable_booking(request, code, with_details=False)
        wanted = AbandonRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        abandon_booking(
            booking_id=booking.pk,
            keep_seats=wanted.validated_data["keep_seats"],
            actor=_actor(request),
            at=timezone.now(),
        )
        return _answer(booking, status=200)


class Cancellation(CallerLimitedView):
    limits = (BOOKINGS_BY_CALLER,)

    @extend_schema(
        tags=["bookings"],
        operation_id="get_cancellation_offer",
        summary="Refund if cancelled now",
        parameters=[TOKEN_PARAMETER, VISITOR_PARAMETER],
        responses={200: CancellationOfferSerializer, 404: PROBLEM, 409: PROBLEM},
    )
    def get(self, request: Request, code: str) -> Response:
        """The refund of a cancellation now, in all and for each ticket alone, and the rules.

        `refund_rupiah` is less than the sum of the tickets if staff gave an amount back before.
        """
        booking, at = readable_booking(request, code), timezone.now()
        offered = cancellation.offer(booking, at)
        if offered is None:
            raise NotCancellable()
        terms = {"offer": offered, "rules": tiers_of(booking)}
        return Response(CancellationOfferSerializer(terms).data, headers=PRIVATE)

    @extend_schema(
        tags=["bookings"],
        operation_id="cancel_booking",
        summary="Cancel tickets of a paid booking",
        parameters=[TOKEN_PARAMETER, VISITOR_PARAMETER, IDEMPOTENCY_PARAMETER],
        request=CancellationRequestSerializer,
        responses={201: BookingSerializer} | REFUSALS,
    )
    @idempotent()
    def post(self, request: Request, code: str) -> Response:
        """Cancel all or some tickets of a paid booking for the refund that the client expects.

        If it differs, nothing changes and `refund_changed` names the new `refund_rupiah`.
        """
        booking = readable_booking(request, code, with_details=False)
        wanted = CancellationRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        tickets = wanted.validated_data["tickets"]
        cancellation.cancel_booking(
            booking_id=booking.pk,
            seat_ids=None if tickets == ALL_TICKETS else tickets,
            expected_refund_rupiah=wanted.validated_data["expected_refund_rupiah"],
            actor=_actor(request),
            at=timezone.now(),
        )
        return _answer(booking, status=201)


def _actor(request: Request) -> str:
    return known_visitor(request) or "guest"


def _answer(booking: Booking, *, status: int) -> Response:
    return Response(booking_document(booking.pk), status=status, headers=PRIVATE)

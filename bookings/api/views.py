"""API of bookings, payments and tickets. Views parse and render; the domain decides."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from bookings.api.access import (
    BOOKINGS_BY_CALLER,
    IDEMPOTENCY_PARAMETER,
    LOOKUPS_BY_CALLER,
    PRIVATE,
    REFUSALS,
    TOKEN_PARAMETER,
    CallerLimitedView,
    customer,
    readable_booking,
)
from bookings.api.serializers import (
    BookingRequestSerializer,
    BookingSerializer,
    NewBookingSerializer,
    PaymentRequestSerializer,
    PaymentSerializer,
    QuoteSerializer,
    TicketChoicesSerializer,
    TicketSerializer,
    TicketTypeSerializer,
    ticket_types_of,
)
from bookings.models import Booking, Ticket
from bookings.orders import checkout, inserts
from bookings.orders.access_tokens import return_key
from bookings.orders.ticket_types import types_for
from bookings.payments import registry
from bookings.settlement import settle
from bookings.settlement.start_payment import start_payment
from core.errors import InvalidInput, NotFound
from core.ids import row_id
from core.ratelimit import LimitedView, RateLimit
from movies.models import Cinema, Showtime
from seating.api.problems import PROBLEM
from seating.api.visitors import VISITOR_PARAMETER, owner_of_hold
from seating.holds import transitions

QUOTES_BY_CALLER = RateLimit("quote_caller", 120, 60)  # a quote reveals whether a voucher exists
LATEST_BOOKINGS_MAX = 100

# Instantiating a serializer copies its fields, which costs more than its work. These, used in
# every sale, are created once; they keep no state between requests.
_BOOKING_REQUEST, _NEW_BOOKING = BookingRequestSerializer(), NewBookingSerializer()
_PAYMENT_REQUEST, _PAYMENT = PaymentRequestSerializer(), PaymentSerializer()


class TicketTypes(LimitedView):
    @extend_schema(
        tags=["bookings"],
        operation_id="list_ticket_types",
        summary="Ticket types and their prices",
        parameters=[
            OpenApiParameter(
                "showtime", OpenApiTypes.INT, description="Only what is sold for this showtime."
            )
        ],
        responses={200: TicketTypeSerializer(many=True), 404: PROBLEM, 422: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """Adult, child…: what each ticket type costs, as a percentage of the seat's price."""
        wanted = request.query_params.get("showtime")
        types = inserts.offered_types() if wanted is None else types_for(_showtime(wanted))
        return Response(TicketTypeSerializer(types, many=True).data)


def _showtime(text: str) -> Showtime:
    """Raises InvalidInput, NotFound."""
    showtime_id = row_id(text)
    if showtime_id is None:
        raise InvalidInput()
    try:
        return inserts.showtime_with_places(showtime_id)
    except Showtime.DoesNotExist:
        raise NotFound() from None


class PaymentProviders(LimitedView):
    @extend_schema(
        tags=["bookings"],
        operation_id="list_payment_providers",
        summary="Payment methods offered now",
        parameters=[
            OpenApiParameter("cinema", OpenApiTypes.STR, description="A cinema's slug."),
            OpenApiParameter("total_rupiah", OpenApiTypes.INT, description="The amount to pay."),
        ],
        responses={
            200: {"type": "array", "items": {"type": "string"}},
            404: PROBLEM,
            422: PROBLEM,
        },
    )
    def get(self, request: Request) -> Response:
        """The payment methods offered now, in a cinema and for an amount."""
        slug = request.query_params.get("cinema", "")
        cinema = Cinema.objects.filter(slug=slug).first() if slug else None
        if slug and cinema is None:
            raise NotFound()
        total_rupiah = row_id(request.query_params.get("total_rupiah", "0"))
        if total_rupiah is None:
            raise InvalidInput()
        return Response(registry.offered(cinema, total_rupiah))


class HoldQuote(CallerLimitedView):
    limits = (QUOTES_BY_CALLER,)

    @extend_schema(
        tags=["bookings"],
        operation_id="quote_hold",
        summary="Price of held seats",
        parameters=[VISITOR_PARAMETER],
        request=TicketChoicesSerializer,
        responses={200: QuoteSerializer} | REFUSALS,
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        """Price of the held seats with these ticket types and this voucher."""
        wanted = TicketChoicesSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        code = wanted.validated_data.get("voucher", "")
        hold = transitions.get_hold(hold_id=hold_id, visitor=owner_of_hold(request, hold_id))
        with self.voucher_attempt(request, code, hold_id):
            quote = checkout.quote_hold(
                hold=hold,
                ticket_types=ticket_types_of(wanted.validated_data),
                voucher_code=code,
                at=timezone.now(),
            )
        return Response(QuoteSerializer(quote).data, headers=PRIVATE)


class Bookings(CallerLimitedView):
    limits = (BOOKINGS_BY_CALLER,)

    @extend_schema(
        tags=["bookings"],
        operation_id="list_bookings",
        summary="The customer's bookings",
        responses={200: BookingSerializer(many=True), 401: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """The signed-in customer's bookings, newest first, at most 100."""
        user = customer(request)
        if user is None:
            raise NotAuthenticated()
        latest = Booking.objects.of_user(user).with_details()[:LATEST_BOOKINGS_MAX]
        return Response(BookingSerializer(latest, many=True).data, headers=PRIVATE)

    @extend_schema(
        tags=["bookings"],
        operation_id="create_booking",
        summary="Book held seats",
        parameters=[VISITOR_PARAMETER, IDEMPOTENCY_PARAMETER],
        request=BookingRequestSerializer,
        responses={201: NewBookingSerializer} | REFUSALS,
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Make an order of a hold's seats; they are then fixed until it is paid or given up."""
        asked = _BOOKING_REQUEST.run_validation(request.data)
        contact, code = asked["contact"], asked.get("voucher", "")
        visitor = owner_of_hold(request, asked["hold"])
        with self.voucher_attempt(request, code, asked["hold"]):
            booking = checkout.open_booking(
                hold_id=asked["hold"],
                visitor=visitor,
                user=customer(request),
                ticket_types=ticket_types_of(asked),
                contact=checkout.Contact(
                    contact["name"], contact["email"], str(contact.get("phone", ""))
                ),
                language=get_language() or settings.LANGUAGE_CODE,
                voucher_code=code,
                expected_total_rupiah=asked.get("expected_total_rupiah"),
                is_age_confirmed=asked.get("age_confirmed", False),
                at=timezone.now(),
            )
        inserts.load_lines(booking)
        return Response(_NEW_BOOKING.to_representation(booking), status=201, headers=PRIVATE)


class BookingDetail(CallerLimitedView):
    limits = (LOOKUPS_BY_CALLER,)

    @extend_schema(
        tags=["bookings"],
        operation_id="get_booking",
        summary="One booking",
        parameters=[TOKEN_PARAMETER, VISITOR_PARAMETER],
        responses={200: BookingSerializer, 404: PROBLEM},
    )
    def get(self, request: Request, code: str) -> Response:
        """A booking with its tickets. A pending payment is checked with its provider first."""
        booking = readable_booking(request, code)
        if settle.refresh_unsettled(booking, timezone.now()):
            booking = Booking.objects.with_details().get(pk=booking.pk)
        return Response(BookingSerializer(booking).data, headers=PRIVATE)


class Payments(CallerLimitedView):
    limits = (BOOKINGS_BY_CALLER,)

    @extend_schema(
        tags=["bookings"],
        operation_id="start_payment",
        summary="Start a payment",
        parameters=[TOKEN_PARAMETER, VISITOR_PARAMETER, IDEMPOTENCY_PARAMETER],
        request=PaymentRequestSerializer,
        responses={201: PaymentSerializer} | REFUSALS,
    )
    @idempotent(is_atomic=False)
    def post(self, request: Request, code: str) -> Response:
        """Open the provider's payment page (`redirect_url`); again gives the same page.

        After a payment that failed, another may be started until the booking's `expires_at`.
        """
        asked = _PAYMENT_REQUEST.run_validation(request.data)
        booking = readable_booking(request, code, with_details=False)
        payment = start_payment(
            booking_id=booking.pk,
            provider=asked["provider"],
            return_url=settings.SITE_URL
            + reverse("bookings:guest_link", args=[booking.code, return_key(booking)]),
            at=timezone.now(),
        )
        return Response(_PAYMENT.to_representation(payment), status=201, headers=PRIVATE)

    @extend_schema(
        tags=["bookings"],
        operation_id="list_payments",
        summary="Payments of a booking",
        parameters=[TOKEN_PARAMETER, VISITOR_PARAMETER],
        responses={200: PaymentSerializer(many=True), 404: PROBLEM},
    )
    def get(self, request: Request, code: str) -> Response:
        """The booking's payments, newest first. A pending one is checked with its provider."""
        booking = readable_booking(request, code)
        settle.refresh_unsettled(booking, timezone.now())
        return Response(PaymentSerializer(booking.payments.all(), many=True).data, headers=PRIVATE)


class BookingTickets(CallerLimitedView):
    limits = (LOOKUPS_BY_CALLER,)

    @extend_schema(
        tags=["bookings"],
        operation_id="list_booking_tickets",
        summary="Tickets of a booking",
        parameters=[TOKEN_PARAMETER, VISITOR_PARAMETER],
        responses={200: TicketSerializer(many=True), 404: PROBLEM},
    )
    def get(self, request: Request, code: str) -> Response:
        """The tickets of one booking, with the contents of their QR codes."""
        tickets = readable_booking(request, code).tickets.all()
        return Response(TicketSerializer(tickets, many=True).data, headers=PRIVATE)


class Tickets(CallerLimitedView):
    limits = (LOOKUPS_BY_CALLER,)

    @extend_schema(
        tags=["bookings"],
        operation_id="list_tickets",
        summary="The customer's valid tickets",
        responses={200: TicketSerializer(many=True), 401: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """The signed-in customer's valid tickets for showtimes that have not ended."""
        user = customer(request)
        if user is None:
            raise NotAuthenticated()
        tickets = (
            Ticket.objects.live()
            .filter(booking__user=user, booking__showtime__ends_at__gt=timezone.now())
            .select_related("showtime_seat__seat", "ticket_type", "booking")
            .order_by("booking__showtime__starts_at", "pk")[:LATEST_BOOKINGS_MAX]
        )
        return Response(TicketSerializer(tickets, many=True).data, headers=PRIVATE)

"""API of bookings, payments and tickets. Views parse and render; the domain decides."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import Q
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
    booking_document,
    customer,
    readable_booking,
    readable_bookings,
)
from bookings.api.representations import (
    BookingList,
    BookingSerializer,
    NewBookingSerializer,
    PaymentSerializer,
)
from bookings.api.serializers import (
    BookingRequestSerializer,
    PaymentRequestSerializer,
    QuoteSerializer,
    TicketChoicesSerializer,
    TicketTypeSerializer,
    ticket_types_of,
)
from bookings.models import Booking
from bookings.orders import checkout, inserts
from bookings.orders.access_tokens import return_key
from bookings.orders.ticket_types import types_for
from bookings.payments import registry
from bookings.settlement import settle
from bookings.settlement.start_payment import start_payment
from core.api.limits import LimitedView
from core.api.pagination import PAGE_PARAMETERS, Page
from core.errors import InvalidInput, NotFound
from core.ids import row_id
from core.ratelimit import RateLimit
from movies.models import Cinema, Showtime, showtime_with_places
from seating.api.problems import PROBLEM
from seating.api.visitors import VISITOR_PARAMETER, owner_of_hold
from seating.holds import transitions

QUOTES_BY_CALLER = RateLimit("quote_caller", 120, 60)  # a quote reveals whether a voucher exists
BOOKING_KEY = (datetime, str)  # what the cursors of the list consist of

# Instantiating a serializer copies its fields, which costs more than its work. These, used in
# every sale, are created once; they keep no state between requests.
_BOOKING_REQUEST, _NEW_BOOKING = BookingRequestSerializer(), NewBookingSerializer()
_PAYMENT_REQUEST, _PAYMENT = PaymentRequestSerializer(), PaymentSerializer()


class TicketTypes(LimitedView):
    authentication_classes = ()  # public: an expired token changes nothing
    query = (
        OpenApiParameter(
            "showtime", OpenApiTypes.INT, description="Only what is sold for this showtime."
        ),
    )

    @extend_schema(
        tags=["bookings"],
        operation_id="list_ticket_types",
        summary="Ticket types and their prices",
        parameters=list(query),
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
        return showtime_with_places(showtime_id)
    except Showtime.DoesNotExist:
        raise NotFound() from None


class PaymentProviders(LimitedView):
    authentication_classes = ()  # as TicketTypes
    query = (
        OpenApiParameter("cinema", OpenApiTypes.STR, description="A cinema's slug."),
        OpenApiParameter("total_rupiah", OpenApiTypes.INT, description="The amount to pay."),
    )

    @extend_schema(
        tags=["bookings"],
        operation_id="list_payment_providers",
        summary="Payment methods offered now",
        parameters=list(query),
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
    query = tuple(PAGE_PARAMETERS)

    @extend_schema(
        tags=["bookings"],
        operation_id="list_bookings",
        summary="The customer's bookings",
        parameters=[*query, VISITOR_PARAMETER],
        responses={200: BookingList, 401: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """The account's bookings, and those that the app made without one, newest first."""
        mine = readable_bookings(request)
        if mine is None:
            raise NotAuthenticated()
        page = Page.of(request, BOOKING_KEY)
        if page.after is not None:
            created_at, code = page.after
            mine = mine.filter(
                Q(created_at__lt=created_at) | Q(created_at=created_at, code__lt=code)
            )
        newest = mine.with_details().with_payments().order_by("-created_at", "-code")
        document = page.respond(
            request,
            newest[: page.limit + 1],
            lambda booking: (booking.created_at, booking.code),
            lambda booking: BookingSerializer(booking).data,
        )
        return Response(document, headers=PRIVATE)

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
        booking = readable_booking(request, code, with_details=False)
        settle.refresh_unsettled(booking, timezone.now())
        return Response(booking_document(booking.pk), headers=PRIVATE)


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
            return_url=_return_url(booking, asked.get("return_url")),
            method=asked.get("method", ""),
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


def _return_url(booking: Booking, app_link: str | None) -> str:
    """Where the provider sends the customer. An app link gets the code alone: the app has its own
    key to the booking."""
    if app_link:
        return f"{app_link}?{urlencode({'booking': booking.code})}"
    path = reverse("bookings:guest_link", args=[booking.code, return_key(booking)])
    return f"{settings.SITE_URL}{path}"

"""Tickets by themselves: of one booking, and the customer's valid ones."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bookings.api.access import (
    LOOKUPS_BY_CALLER,
    PRIVATE,
    TOKEN_PARAMETER,
    CallerLimitedView,
    readable_booking,
    readable_bookings,
)
from bookings.api.representations import TicketList, TicketSerializer
from bookings.models import Ticket
from core.api.pagination import PAGE_PARAMETERS, Page
from seating.api.problems import PROBLEM
from seating.api.visitors import VISITOR_PARAMETER

TICKET_KEY = (datetime, int)  # what the cursors of the list consist of


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
    query = tuple(PAGE_PARAMETERS)

    @extend_schema(
        tags=["bookings"],
        operation_id="list_tickets",
        summary="The customer's valid tickets",
        parameters=[*query, VISITOR_PARAMETER],
        responses={200: TicketList, 401: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """The valid tickets for showtimes that have not ended, the next showtime first."""
        bookings = readable_bookings(request)
        if bookings is None:
            raise NotAuthenticated()
        page = Page.of(request, TICKET_KEY)
        tickets = Ticket.objects.live().filter(
            booking__in=bookings, booking__showtime__ends_at__gt=timezone.now()
        )
        if page.after is not None:
            starts_at, pk = page.after
            later = Q(booking__showtime__starts_at__gt=starts_at)
            tickets = tickets.filter(later | Q(booking__showtime__starts_at=starts_at, pk__gt=pk))
        tickets = tickets.select_related(
            "showtime_seat__seat",
            "ticket_type",
            "booking__showtime__movie",
            "booking__showtime__studio__cinema",
        ).order_by("booking__showtime__starts_at", "pk")
        document = page.respond(
            request,
            tickets[: page.limit + 1],
            lambda ticket: (ticket.booking.showtime.starts_at, ticket.pk),
            lambda ticket: TicketSerializer(ticket).data,
        )
        return Response(document, headers=PRIVATE)

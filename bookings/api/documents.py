"""Files of a paid booking for apps: the same as the website's."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from bookings.api.access import (
    LOOKUPS_BY_CALLER,
    PRIVATE,
    TOKEN_PARAMETER,
    CallerLimitedView,
    readable_booking,
)
from bookings.errors import BookingNotFound
from bookings.models import Booking
from bookings.tickets import documents
from bookings.tickets.documents import PDFS_BY_BOOKING
from seating.api.problems import PROBLEM
from seating.api.visitors import VISITOR_PARAMETER


class PdfRenderer(JSONRenderer):
    """Lets a client accept PDF alone; a refusal is a problem document all the same."""

    media_type = "application/pdf"
    format = "pdf"


class CalendarRenderer(JSONRenderer):
    media_type = "text/calendar"
    format = "ics"


class BookingPdf(CallerLimitedView):
    limits = (LOOKUPS_BY_CALLER,)
    renderer_classes = (PdfRenderer, JSONRenderer)

    @extend_schema(
        tags=["bookings"],
        operation_id="get_booking_pdf",
        summary="Tickets of a booking as PDF",
        parameters=[TOKEN_PARAMETER, VISITOR_PARAMETER],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 404: PROBLEM},
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """The tickets of a paid booking on paper, in the booking's language."""
        booking = _paid_booking(request, code)
        self.enforce(PDFS_BY_BOOKING, str(booking.pk))
        return _file(documents.ticket_pdf(booking), "application/pdf", f"{booking.code}.pdf")


class BookingCalendar(CallerLimitedView):
    limits = (LOOKUPS_BY_CALLER,)
    renderer_classes = (CalendarRenderer, JSONRenderer)

    @extend_schema(
        tags=["bookings"],
        operation_id="get_booking_calendar",
        summary="Calendar entry of a booking",
        parameters=[TOKEN_PARAMETER, VISITOR_PARAMETER],
        responses={(200, "text/calendar"): OpenApiTypes.STR, 404: PROBLEM},
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """The showtime of a paid booking as an iCalendar file."""
        booking = _paid_booking(request, code)
        content = documents.calendar_ics(booking)
        return _file(content, "text/calendar; charset=utf-8", f"{booking.code}.ics")


def _paid_booking(request: Request, code: str) -> Booking:
    booking = readable_booking(request, code)
    if not booking.is_paid:
        raise BookingNotFound()
    return booking


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=PRIVATE | disposition)

"""Response shapes of bookings, payments, refunds and tickets."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bookings.models import (
    Booking,
    BookingStatus,
    Payment,
    PaymentStatus,
    Refund,
    RefundReason,
    RefundStatus,
    Ticket,
)
from bookings.orders.access_tokens import access_token
from bookings.payments.base import IN_APP
from bookings.tickets.codes import ticket_code
from movies.api import representations
from movies.api.representations import cinema_in_brief, movie_in_brief, studio_in_brief
from movies.api.serializers import (
    CinemaInShowtimeShape,
    MovieInShowtimeShape,
    PosterShape,
    Shape,
    StudioShape,
)
from movies.models import Showtime


class BookedMovieShape(MovieInShowtimeShape):
    poster_url = serializers.CharField(allow_blank=True, help_text="Address; empty without one.")
    posters = PosterShape(many=True, help_text="Smaller copies of the poster, narrowest first.")


class BookedCinemaShape(CinemaInShowtimeShape):
    address = serializers.CharField()


class LinksShape(Shape):
    pdf = serializers.CharField(
        allow_null=True, help_text="The tickets on paper; null unless the booking is paid."
    )
    ics = serializers.CharField(
        allow_null=True, help_text="The calendar entry; null unless the booking is paid."
    )
    page = serializers.CharField(help_text="The booking on the website.")


class InAppShape(Shape):
    qr_string = serializers.CharField(
        allow_null=True, help_text="Text of the QRIS code that the app draws."
    )
    deep_link = serializers.CharField(
        allow_null=True, help_text="Opens the wallet (GoPay, ShopeePay)."
    )
    snap_token = serializers.CharField(
        allow_null=True, help_text="For the SDK of Midtrans, instead of the page."
    )


class PaymentSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField(allow_null=True)
    provider = serializers.CharField()
    status = serializers.ChoiceField(choices=PaymentStatus.choices)
    amount_rupiah = serializers.IntegerField()
    currency = serializers.CharField()
    redirect_url = serializers.CharField()
    in_app = serializers.SerializerMethodField(
        help_text="What the provider offers besides its page, while the payment is open."
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(InAppShape)
    def get_in_app(self, payment: Payment) -> dict[str, str | None]:
        offered = payment.in_app if payment.is_unsettled else {}
        return {name: offered.get(name) for name in IN_APP}


class RefundSerializer(serializers.Serializer[Any]):
    amount_rupiah = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=RefundReason.choices)
    status = serializers.ChoiceField(choices=RefundStatus.choices)
    provider = serializers.CharField(source="payment.provider")
    created_at = serializers.DateTimeField()
    refunded_at = serializers.DateTimeField(allow_null=True)


class TicketLineSerializer(serializers.Serializer[Any]):
    """A ticket as a line of its booking."""

    seat = serializers.IntegerField(source="showtime_seat.seat_id")
    label = serializers.CharField(source="showtime_seat.seat.label")  # type: ignore[assignment]  # the seat's name, not the field's
    ticket_type = serializers.CharField(source="ticket_type.code")
    price_rupiah = serializers.IntegerField()
    fee_rupiah = serializers.IntegerField()
    discount_rupiah = serializers.IntegerField()
    status = serializers.SerializerMethodField()
    code = serializers.SerializerMethodField(
        help_text="What the QR code says; null unless the ticket is valid."
    )

    def get_status(self, ticket: Ticket) -> str:
        """`ordered` until paid, then `valid`, `used` or `void`."""
        if ticket.voided_at:
            return "void"
        if ticket.issued_at is None:
            return "ordered"
        return "used" if ticket.checked_in_at else "valid"

    def get_code(self, ticket: Ticket) -> str | None:
        return ticket_code(ticket) if ticket.is_live() else None


class ShowtimeFields(serializers.Serializer[Any]):
    """What is shown where and when; ``showtime_of`` finds the showtime."""

    showtime = serializers.SerializerMethodField()
    movie = serializers.SerializerMethodField()
    cinema = serializers.SerializerMethodField()
    studio = serializers.SerializerMethodField()
    starts_at = serializers.DateTimeField(source="showtime.starts_at")
    film_ends_at = serializers.DateTimeField(
        source="showtime.film_ends_at", help_text="When the audience leaves."
    )
    business_date = serializers.DateField(
        source="showtime.business_date", help_text="A 00:30 show belongs to the evening before."
    )
    time_zone = serializers.CharField(source="showtime.studio.cinema.time_zone")

    def showtime_of(self, row: Any) -> Showtime:
        showtime: Showtime = row.showtime
        return showtime

    @extend_schema_field({"type": "integer", "format": "int64"})
    def get_showtime(self, row: Any) -> int:
        return self.showtime_of(row).pk

    @extend_schema_field(BookedMovieShape)
    def get_movie(self, row: Any) -> dict[str, Any]:
        movie = self.showtime_of(row).movie
        posters = [
            {"url": representations.file_address(copy["url"]), "width": copy["width"]}
            for copy in movie.posters
        ]
        poster_url = representations.file_address(movie.poster_url)
        return movie_in_brief(movie) | {"poster_url": poster_url, "posters": posters}

    @extend_schema_field(BookedCinemaShape)
    def get_cinema(self, row: Any) -> dict[str, Any]:
        cinema = self.showtime_of(row).studio.cinema
        return cinema_in_brief(cinema) | {"address": cinema.address}

    @extend_schema_field(StudioShape)
    def get_studio(self, row: Any) -> dict[str, Any]:
        return studio_in_brief(self.showtime_of(row).studio)


class TicketSerializer(TicketLineSerializer, ShowtimeFields):
    """A ticket by itself, with its booking and showtime."""

    booking = serializers.CharField(source="booking.code")
    starts_at = serializers.DateTimeField(source="booking.showtime.starts_at")
    film_ends_at = serializers.DateTimeField(
        source="booking.showtime.film_ends_at", help_text="When the audience leaves."
    )
    business_date = serializers.DateField(source="booking.showtime.business_date")
    time_zone = serializers.CharField(source="booking.showtime.studio.cinema.time_zone")

    def showtime_of(self, row: Any) -> Showtime:
        showtime: Showtime = row.booking.showtime
        return showtime


class BookingSerializer(ShowtimeFields):
    code = serializers.CharField()
    status = serializers.ChoiceField(choices=BookingStatus.choices)
    tickets = TicketLineSerializer(many=True)
    currency = serializers.CharField()
    seats_rupiah = serializers.IntegerField()
    fee_rupiah = serializers.IntegerField()
    discount_rupiah = serializers.IntegerField()
    total_rupiah = serializers.IntegerField()
    tax_rupiah = serializers.IntegerField(help_text="Contained in the total.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="Pay until then.")
    contact = serializers.SerializerMethodField()
    payments = serializers.SerializerMethodField(help_text="Newest first.")
    refunds = serializers.SerializerMethodField(help_text="Newest first.")
    links = serializers.SerializerMethodField(
        help_text="To be read with the same headers as the booking."
    )

    def get_contact(self, booking: Booking) -> dict[str, str]:
        return {
            "name": booking.contact_name,
            "email": booking.contact_email,
            "phone": str(booking.contact_phone or ""),
        }

    @extend_schema_field(PaymentSerializer(many=True))
    def get_payments(self, booking: Booking) -> Any:
        return PaymentSerializer(booking.payments.all(), many=True).data

    @extend_schema_field(RefundSerializer(many=True))
    def get_refunds(self, booking: Booking) -> Any:
        refunds = [each for payment in booking.payments.all() for each in payment.refunds.all()]
        return RefundSerializer(sorted(refunds, key=_made_at, reverse=True), many=True).data

    @extend_schema_field(LinksShape)
    def get_links(self, booking: Booking) -> dict[str, str | None]:
        paid = booking.is_paid
        return {
            "pdf": _address("api-booking-pdf", booking) if paid else None,
            "ics": _address("api-booking-calendar", booking) if paid else None,
            "page": _address("bookings:detail", booking),
        }


class NewBookingSerializer(BookingSerializer):
    access_token = serializers.SerializerMethodField(
        help_text="A guest's key to this booking: send it as X-Booking-Token."
    )

    def get_access_token(self, booking: Booking) -> str:
        return access_token(booking)

    @extend_schema_field(PaymentSerializer(many=True))
    def get_payments(self, booking: Booking) -> Any:
        return []  # none yet: no query

    @extend_schema_field(RefundSerializer(many=True))
    def get_refunds(self, booking: Booking) -> Any:
        return []


class BookingList(Shape):
    results = BookingSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")


class TicketList(Shape):
    results = TicketSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")


def _made_at(refund: Refund) -> Any:
    return refund.created_at


def _address(route: str, booking: Booking) -> str:
    return f"{settings.SITE_URL}{reverse(route, args=[booking.code])}"

"""What orders, payments and ticket types were before each change."""

from __future__ import annotations

from django.contrib import admin

from bookings.models import Booking, Payment, TicketType
from movies.history_admin import ChainHistoryAdmin, CinemaHistoryAdmin


@admin.register(Booking.history.rel.related_model)  # type: ignore[attr-defined]
class BookingHistoryAdmin(CinemaHistoryAdmin):
    cinema_path = "showtime__studio__cinema"
    personal_fields = frozenset({"user", "contact_name", "contact_email", "contact_phone"})
    search_fields = ["code"]


@admin.register(Payment.history.rel.related_model)  # type: ignore[attr-defined]
class PaymentHistoryAdmin(CinemaHistoryAdmin):
    cinema_path = "booking__showtime__studio__cinema"
    search_fields = ["reference"]


@admin.register(TicketType.history.rel.related_model)  # type: ignore[attr-defined]
class TicketTypeHistoryAdmin(ChainHistoryAdmin):
    search_fields = ["code"]

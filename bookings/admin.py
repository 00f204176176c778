"""Bookings and money in the managers' office. Read-only: only domain functions move money."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from bookings import audit_admin, voucher_admin  # noqa: F401  (register their pages)
from bookings.errors import NoTicketsToSend
from bookings.models import (
    Booking,
    Payment,
    ProviderEvent,
    Refund,
    TicketType,
)
from bookings.models.booking import normalise_code
from bookings.models.contact_words import phone_digits
from bookings.office.actions import BookingActions
from bookings.office.booking_page import facts_of
from bookings.orders import price_preview
from bookings.orders.ticket_type_form import TicketTypeForm
from bookings.refunds import admin as refunds_admin  # noqa: F401  (registers its pages)
from bookings.refunds.batches import admin as batches_admin  # noqa: F401  (registers its pages)
from bookings.refunds.batches.action import RefundAction
from bookings.refunds.refund_admin import ManualPayoutAction
from bookings.showtimes import admin as showtimes_admin  # noqa: F401  (registers its pages)
from bookings.showtimes import batch_admin  # noqa: F401  (registers its pages)
from bookings.tickets.resend import resend_tickets
from bookings.waitlist import admin as waitlist_admin  # noqa: F401  (registers its pages)
from movies.office.admin import CinemaOfficeAdmin, OfficeAdmin, ReadOnlyAdmin
from movies.office.filters import EVERYTHING, OpenFilter, ShowtimeDayFilter
from movies.staff.permissions import Permission, has_permission

RESEND_AT_ONCE_MAX = 50


class BookedDayFilter(ShowtimeDayFilter):
    title = _("day of the showtime")
    parameter_name = "showtime_day"
    default = EVERYTHING
    path = "showtime__business_date"


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin, RefundAction, BookingActions):
    cinema_path = "showtime__studio__cinema"
    list_display = ["code", "showtime", "status", "total_rupiah", "contact_name", "created_at"]
    list_filter = [BookedDayFilter, "status", "showtime__studio__cinema"]
    empty_text = _("Nobody has booked yet.")
    list_select_related = ["showtime__movie"]
    search_fields = ["code", "contact_email", "contact_phone", "contact_name"]
    date_hierarchy = "created_at"
    exclude = ["visitor", "hold"]
    personal_fields = frozenset({"user", "contact_name", "contact_email", "contact_phone"})
    actions = ["cancel_and_refund", "send_tickets_again"]

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """Search phone numbers in any spelling; other terms word by word."""
        digits = phone_digits(search_term)
        is_code = models.Q(code=normalise_code(search_term))
        if not digits or not self.sees_people(request):
            found, may_repeat = super().get_search_results(request, queryset, search_term)
            return found | queryset.filter(is_code), may_repeat
        return queryset.filter(models.Q(contact_phone__contains=digits) | is_code), False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        booking = self.get_object(request, object_id)
        if booking is None:
            return super().change_view(request, object_id, form_url, extra_context)
        detailed = Booking.objects.with_details().get(pk=booking.pk)
        shown = facts_of(
            request,
            detailed,
            sees_people=self.sees_people(request, booking),
            at=timezone.now(),
        )
        may_act = {"may_act": self.may(request, Permission.RESOLVE, booking)}
        return super().change_view(
            request, object_id, form_url, {**shown, **may_act, **(extra_context or {})}
        )

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return has_permission(request.user, Permission.RESOLVE)

    @action(description=_("Send the tickets again to the customer"), permissions=["resend"])
    def send_tickets_again(self, request: HttpRequest, queryset: models.QuerySet[Booking]) -> None:
        at, sent = timezone.now(), 0
        chosen = self.with_permission(request, queryset, Permission.RESOLVE)
        self.say_left_out(request, chosen.count(), RESEND_AT_ONCE_MAX)
        for booking in chosen[:RESEND_AT_ONCE_MAX]:
            try:
                resend_tickets(booking_id=booking.pk, actor=f"staff:{request.user.pk}", at=at)
                sent += 1
            except NoTicketsToSend as error:
                self.message_user(request, f"{booking.code}: {error}", messages.WARNING)
        self.message_user(
            request,
            ngettext(
                "Tickets of %d booking are on their way again.",
                "Tickets of %d bookings are on their way again.",
                sent,
            )
            % sent,
        )


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    cinema_path = "booking__showtime__studio__cinema"
    list_display = [
        "booking",
        "provider",
        "reference",
        "status",
        "amount_rupiah",
        "refund_due_rupiah",
        "refunded_rupiah",
        "created_at",
    ]
    list_filter = ["status", "provider"]
    list_select_related = ["booking"]
    search_fields = ["reference", "booking__code"]


class NotRefundedFilter(OpenFilter):
    options = (("open", _("Not refunded yet")), ("closed", _("Refunded")))
    closing_field = "refunded_at"
    yields_to = ("status",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin, ManualPayoutAction):
    cinema_path = "payment__booking__showtime__studio__cinema"
    list_display = [
        "booking",
        "provider",
        "amount_rupiah",
        "reason",
        "status",
        "attempts",
        "created_at",
    ]
    list_filter = [NotRefundedFilter, "status", "reason"]
    empty_text = _("No refund is due.")
    list_select_related = ["payment__booking"]
    search_fields = ["payment__booking__code"]

    @admin.display(description=_("booking"))
    def booking(self, refund: Refund) -> str:
        return refund.payment.booking.code

    @admin.display(description=_("provider"))
    def provider(self, refund: Refund) -> str:
        return refund.payment.provider


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    cinema_path = "payment__booking__showtime__studio__cinema"
    list_display = ["provider", "event_id", "outcome", "received_at"]
    list_filter = ["provider", "outcome"]


@admin.register(TicketType)
class TicketTypeAdmin(OfficeAdmin):
    form = TicketTypeForm
    needs_recent_sign_in = True
    add_permission = change_permission = delete_permission = Permission.PRICES
    list_display = ["code", "name_id", "name_en", "price_percent", "position", "is_offered"]

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(price_preview.page)
        own = [path("price-preview/", page, name="bookings_price_preview")]
        return [*own, *super().get_urls()]

"""Audit log pages of bookings, payments, refunds and price settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from bookings.models import Booking, CancellationTier, Payment, Refund, TicketType, Voucher
from bookings.models.voucher import mask_code
from bookings.voucher_admin import CODE_FIELD, HiddenVoucherCodes
from core.audit import history_of
from core.templatetags.money import rupiah
from movies.audit.admin import ChainHistoryAdmin, CinemaHistoryAdmin
from movies.audit.formatting import ROW_LABELS, RowLabel, RowNames

ROW_LABELS[Payment] = RowLabel(
    lambda row, zone: f"{row.booking.code} · {row.provider} · {rupiah(row.amount_rupiah)}",
    ("booking",),
)


def weekdays(numbers: Iterable[int]) -> str:
    return ", ".join(str(WEEKDAYS_ABBR[number - 1]) for number in numbers)


def terms(tiers: Iterable[dict[str, Any]]) -> str:
    """One line for each rule, as stored on a booking."""
    with_fee = _("until {hours} h before: {percent} %, with the fee")
    without = _("until {hours} h before: {percent} %")
    return "; ".join(
        (with_fee if tier["is_fee_refunded"] else without).format(
            hours=tier["hours_before"], percent=tier["refund_percent"]
        )
        for tier in tiers
    )


@admin.register(history_of(Booking))
class BookingHistoryAdmin(CinemaHistoryAdmin):
    cinema_path = "showtime__studio__cinema"
    personal_fields = frozenset({"user", "contact_name", "contact_email", "contact_phone"})
    search_fields = ["code"]
    named_by = ["code"]
    formatters = {"cancellation_terms": terms}


@admin.register(history_of(Payment))
class PaymentHistoryAdmin(CinemaHistoryAdmin):
    cinema_path = "booking__showtime__studio__cinema"
    search_fields = ["reference", "booking__code"]
    named_by = ["booking", "provider", "amount_rupiah"]


@admin.register(history_of(Refund))
class RefundHistoryAdmin(CinemaHistoryAdmin):
    cinema_path = "payment__booking__showtime__studio__cinema"
    search_fields = ["payment__booking__code"]
    named_by = ["payment", "reason"]


@admin.register(history_of(CancellationTier))
class CancellationTierHistoryAdmin(CinemaHistoryAdmin):
    shows_chain_rows = True
    named_by = ["cinema", "hours_before"]
    formatters = {"hours_before": lambda hours: _("{hours} h before").format(hours=hours)}


@admin.register(history_of(Voucher))
class VoucherHistoryAdmin(HiddenVoucherCodes, ChainHistoryAdmin):
    search_fields = ["code"]
    named_by = ["code"]
    formatters = {"weekdays": weekdays}

    def set_display_zones(self, request: HttpRequest, events: Sequence[Any]) -> None:
        super().set_display_zones(request, events)
        for event in events:
            event.display_codes = self.sees_codes(request)

    def _format_field(self, event: Any, names: RowNames, field: Any, value: Any) -> str:
        if field.name == CODE_FIELD and not event.display_codes:
            return mask_code(value)
        return super()._format_field(event, names, field, value)


@admin.register(history_of(TicketType))
class TicketTypeHistoryAdmin(ChainHistoryAdmin):
    search_fields = ["code"]
    named_by = ["name_id"]

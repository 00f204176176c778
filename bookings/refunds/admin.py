"""Cancellation rules and manual payouts in the managers' office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.auth.reauthentication import require_recent_sign_in
from bookings.errors import NoteMissing
from bookings.models import CancellationTier, ManualPayout
from bookings.refunds import payouts
from core.templatetags.money import rupiah
from movies.office.admin import CinemaOfficeAdmin, is_for_chain
from movies.office.filters import OpenFilter
from movies.staff.permissions import Permission


@admin.register(CancellationTier)
class CancellationTierAdmin(CinemaOfficeAdmin):
    """The chain's rules (no cinema) are read-only for cinema managers."""

    needs_recent_sign_in = True
    shows_chain_rows = True
    add_permission = change_permission = delete_permission = Permission.PRICES
    list_display = ["owner", "hours_before", "refund_percent", "is_fee_refunded"]
    list_filter = ["cinema"]
    list_select_related = ["cinema"]

    @admin.display(description=_("cinema"), ordering="cinema")
    def owner(self, tier: CancellationTier) -> str:
        return str(tier.cinema or _("Whole chain"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "cinema":
            field.required = not is_for_chain(request, Permission.PRICES)
        return field


class UnpaidFilter(OpenFilter):
    options = (("open", _("Not paid yet")), ("closed", _("Paid")))
    closing_field = "resolved_at"


class PayoutForm(forms.ModelForm[ManualPayout]):
    note = forms.CharField(
        label=_("How it was paid"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Saving records the payout and notifies the buyer."),
        error_messages={"required": NoteMissing.message},
    )

    class Meta:
        model = ManualPayout
        fields = ["note"]

    def validate_constraints(self) -> None:
        """Skipped: ``payouts.resolve`` writes note, user and time together."""


@admin.register(ManualPayout)
class ManualPayoutAdmin(CinemaOfficeAdmin):
    """Open payouts are resolved with a note; resolved ones are read-only."""

    cinema_path = "refund__payment__booking__showtime__studio__cinema"
    change_permission = Permission.MOVE_MONEY
    personal_fields = frozenset({"contact"})
    form = PayoutForm
    list_display = ["booking", "amount", "cause", "opened_at", "resolved_at", "resolved_by"]
    list_filter = [UnpaidFilter]
    empty_text = _("No payout is waiting.")
    list_select_related = ["refund__payment__booking", "resolved_by"]
    search_fields = ["refund__payment__booking__code"]
    facts = ["booking", "contact", "amount", "provider", "cause", "opened_at"]
    outcome = ["resolved_at", "resolved_by"]

    @admin.display(description=_("booking"))
    def booking(self, payout: ManualPayout) -> str:
        return payout.refund.payment.booking.code

    @admin.display(description=_("buyer"))
    def contact(self, payout: ManualPayout) -> str:
        booking = payout.refund.payment.booking
        return f"{booking.contact_name} · {booking.contact_email} · {booking.contact_phone}"

    @admin.display(description=_("amount"))
    def amount(self, payout: ManualPayout) -> str:
        return rupiah(payout.refund.amount_rupiah)

    @admin.display(description=_("provider"))
    def provider(self, payout: ManualPayout) -> str:
        return f"{payout.refund.payment.provider} {payout.refund.payment.reference}"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.facts, "note", *self.outcome]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.facts, *self.outcome]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_done = obj is not None and obj.resolved_at is not None
        return not is_done and super().has_change_permission(request, obj)

    @require_recent_sign_in
    def change_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().change_view(*args, **kwargs)

    def save_model(self, request: HttpRequest, obj: ManualPayout, form: Any, change: bool) -> None:
        user: Any = request.user
        payouts.resolve(
            payout_id=obj.pk, user=user, note=form.cleaned_data["note"], at=timezone.now()
        )

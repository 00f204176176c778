"""Admin action that turns refunds refused by their provider into manual payouts."""

from __future__ import annotations

from django.contrib import messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from accounts.auth.reauthentication import require_recent_sign_in
from bookings.errors import PayoutNotPossible
from bookings.models import Refund
from bookings.refunds import payouts
from movies.office.admin import CinemaOfficeAdmin
from movies.staff.permissions import Permission, has_permission

TAKE_OVER_AT_ONCE_MAX = 50


class ManualPayoutAction(CinemaOfficeAdmin):
    """Adds the action ``take_over`` to the list of refunds."""

    actions = ["take_over"]

    def has_take_over_permission(self, request: HttpRequest) -> bool:
        return has_permission(request.user, Permission.MOVE_MONEY)

    @action(description=_("Pay out by hand what the provider refuses"), permissions=["take_over"])
    @require_recent_sign_in
    def take_over(self, request: HttpRequest, queryset: models.QuerySet[Refund]) -> None:
        at, taken = timezone.now(), 0
        chosen = self.with_permission(request, queryset, Permission.MOVE_MONEY)
        self.say_left_out(request, chosen.count(), TAKE_OVER_AT_ONCE_MAX)
        for refund in chosen.select_related("payment__booking")[:TAKE_OVER_AT_ONCE_MAX]:
            try:
                payouts.take_over(refund_id=refund.pk, actor=f"staff:{request.user.pk}", at=at)
                taken += 1
            except PayoutNotPossible as error:
                code = refund.payment.booking.code
                self.message_user(request, f"{code}: {error}", messages.WARNING)
        self.message_user(
            request,
            ngettext(
                "%d refund is a manual payout now: pay it and write down how.",
                "%d refunds are manual payouts now: pay them and write down how.",
                taken,
            )
            % taken,
        )

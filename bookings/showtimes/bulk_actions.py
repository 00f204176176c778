"""Office actions on selected showtimes: cancelling them with a preview, and repricing them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.auth.reauthentication import require_recent_sign_in
from bookings.showtimes import cancellation
from core.errors import LayarError
from core.forms.fields import RupiahField
from core.templatetags.money import rupiah
from movies.models import Showtime
from movies.office.admin import CinemaOfficeAdmin
from movies.office.price_confirmation import PriceConfirmation
from movies.scheduling.showtimes import reprice_showtime
from movies.scheduling.usual_prices import unusual_price
from movies.staff.permissions import Permission, has_permission

SHOWTIMES_MAX = 50
REASON_MAX = 200
PRICE_MAX_RUPIAH = 100_000_000
CONFIRMED_FIELD, SHOWN_FIELD = "is_confirmed", "shown_rupiah"
SHOWN_IDS_FIELD = "shown_showtimes"


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For your colleagues; buyers are notified only of the cancellation."),
        error_messages={"required": _("Please give a reason.")},
    )


class RepriceForm(PriceConfirmation, forms.Form):
    price_rupiah = RupiahField(
        label=_("New base price (Rp)"),
        min_value=1,
        max_value=PRICE_MAX_RUPIAH,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For the free seats; sold ones keep the price paid."),
    )

    def __init__(self, *args: Any, showtimes: list[Showtime], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.showtimes = showtimes

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            price_rupiah = cleaned["price_rupiah"]
            doubts = (unusual_price(price_rupiah, one.base_price_rupiah) for one in self.showtimes)
            self.confirm_price("price_rupiah", next(filter(None, doubts), ""))
        return cleaned


class BulkShowtimeActions(CinemaOfficeAdmin):
    """Adds the actions to the list of showtimes. At most SHOWTIMES_MAX at once."""

    actions = ["cancel_showtimes", "reprice_showtimes"]

    def has_cancel_showtimes_permission(self, request: HttpRequest) -> bool:
        return has_permission(request.user, Permission.MOVE_MONEY)

    def has_reprice_permission(self, request: HttpRequest) -> bool:
        return has_permission(request.user, Permission.PRICES)

    @action(description=_("Cancel the showtimes…"), permissions=["cancel_showtimes"])
    @require_recent_sign_in
    def cancel_showtimes(
        self, request: HttpRequest, queryset: models.QuerySet[Showtime]
    ) -> HttpResponseBase:
        at = timezone.now()
        showtimes = self._chosen(request, queryset.filter(ends_at__gt=at), Permission.MOVE_MONEY)
        lines = [(one, cancellation.survey(one.pk)) for one in showtimes]
        refund_rupiah = sum(found.refund_rupiah for _one, found in lines)
        is_confirmed = CONFIRMED_FIELD in request.POST
        is_as_shown = request.POST.get(SHOWN_FIELD) == str(refund_rupiah) and sorted(
            request.POST.getlist(SHOWN_IDS_FIELD)
        ) == sorted(str(one.pk) for one in showtimes)
        form = CancelForm(request.POST if is_confirmed else None)
        if is_confirmed and lines and is_as_shown and form.is_valid():
            user: Any = request.user
            reason = form.cleaned_data["reason"]
            for one in showtimes:
                cancellation.request(showtime_id=one.pk, reason=reason, user=user, at=at)
            messages.success(
                request,
                _("The showtimes are closed. Their bookings are being cancelled and refunded."),
            )
            return redirect("admin:bookings_showtimecancellation_changelist")
        context = {
            "lines": lines,
            "refund_rupiah": refund_rupiah,
            "has_changed": is_confirmed and not is_as_shown,
        }
        return self._bulk_page(request, queryset, form, _("Cancel showtimes"), context)

    @action(description=_("Change the price…"), permissions=["reprice"])
    @require_recent_sign_in
    def reprice_showtimes(
        self, request: HttpRequest, queryset: models.QuerySet[Showtime]
    ) -> HttpResponseBase:
        at = timezone.now()
        open_ = queryset.filter(sale_closes_at__gt=at)
        showtimes = self._chosen(request, open_, Permission.PRICES)
        is_confirmed = CONFIRMED_FIELD in request.POST
        form = RepriceForm(request.POST if is_confirmed else None, showtimes=showtimes)
        if is_confirmed and showtimes and form.is_valid():
            self._reprice(request, showtimes, form.cleaned_data["price_rupiah"])
            return redirect(request.get_full_path())
        context = {"lines": [(one, None) for one in showtimes]}
        return self._bulk_page(request, queryset, form, _("Change the price"), context)

    def _reprice(self, request: HttpRequest, showtimes: list[Showtime], price_rupiah: int) -> None:
        """One transaction for each; names the prices before and after, and what was left out."""
        at, done, before = timezone.now(), 0, set()
        for showtime in showtimes:
            old_rupiah = showtime.base_price_rupiah
            try:
                reprice_showtime(showtime, price_rupiah, at)
            except LayarError as error:
                messages.warning(request, f"{showtime}: {error}")
                continue
            done += 1
            before.add(old_rupiah)
        text = ngettext(
            "%(count)d showtime: %(before)s → %(after)s.",
            "%(count)d showtimes: %(before)s → %(after)s.",
            done,
        )
        shown = ", ".join(rupiah(one) for one in sorted(before))
        messages.success(
            request, text % {"count": done, "before": shown, "after": rupiah(price_rupiah)}
        )

    def _chosen(
        self,
        request: HttpRequest,
        queryset: models.QuerySet[Showtime],
        permission: Permission,
    ) -> list[Showtime]:
        own = self.with_permission(request, queryset, permission).filter(cancelled_at__isnull=True)
        ordered = own.select_related("movie", "studio__cinema").order_by("starts_at", "pk")
        return list(ordered[:SHOWTIMES_MAX])

    def _bulk_page(
        self,
        request: HttpRequest,
        queryset: models.QuerySet[Showtime],
        form: forms.Form,
        title: Any,
        context: dict[str, Any],
    ) -> TemplateResponse:
        shared = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "left_out": queryset.count() - len(context["lines"]),
            "action_name": request.POST.get("action", ""),
            "selected": request.POST.getlist("_selected_action"),
            "is_across": request.POST.get("select_across", "0"),
            **context,
        }
        return TemplateResponse(request, "admin/bookings/bulk_showtimes.html", shared)

"""Office action that cancels selected bookings: a preview with a reason, then a request.

The preview lists each booking with name and amount, and the bookings that are left out. A POST
whose sum differs from the preview's gets the preview again.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.auth.reauthentication import require_recent_sign_in
from bookings.models import Booking, RefundBatch
from bookings.refunds.batches import batches
from movies.office.admin import CinemaOfficeAdmin
from movies.staff.permissions import Permission, has_permission

REASON_MAX = 200
CONFIRMED_FIELD, SHOWN_FIELD = "is_confirmed", "shown_rupiah"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For your colleagues; buyers do not see it."),
        error_messages={"required": _("Please give a reason.")},
    )


class RefundAction(CinemaOfficeAdmin):
    """Adds the action ``cancel_and_refund`` to the list of bookings."""

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return has_permission(request.user, Permission.MOVE_MONEY)

    @action(description=_("Cancel, open the seats and refund…"), permissions=["cancel"])
    @require_recent_sign_in
    def cancel_and_refund(
        self, request: HttpRequest, queryset: models.QuerySet[Booking]
    ) -> HttpResponseBase:
        at = timezone.now()
        own = self.with_permission(request, queryset, Permission.MOVE_MONEY)
        if not own.exists():
            messages.warning(request, _("You may not refund any of these bookings."))
            return redirect(request.get_full_path())
        chosen = own.with_details().order_by("created_at")[: batches.BOOKINGS_MAX]  # type: ignore[attr-defined]
        found = batches.survey(chosen, at)
        is_confirmed = CONFIRMED_FIELD in request.POST
        form = ReasonForm(request.POST if is_confirmed else None)
        is_as_shown = request.POST.get(SHOWN_FIELD) == str(found.refund_rupiah)
        if is_confirmed and found.lines and is_as_shown and form.is_valid():
            user: Any = request.user
            made = batches.request(
                lines=found.lines, reason=form.cleaned_data["reason"], user=user, at=at
            )
            return self._made(request, made)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Cancel bookings and refund"),
            "opts": self.opts,
            "form": form,
            "survey": found,
            "sees_people": self.sees_people(request),
            "has_changed": is_confirmed and not is_as_shown,
            "selected": request.POST.getlist("_selected_action"),
            "is_across": request.POST.get("select_across", "0"),
            "not_allowed": queryset.count() - own.count(),
            "too_many": max(0, own.count() - batches.BOOKINGS_MAX),
        }
        return TemplateResponse(request, "admin/bookings/cancel_bookings.html", context)

    def _made(self, request: HttpRequest, made: list[RefundBatch]) -> HttpResponseBase:
        for batch in made:
            if batch.items.count() <= batches.AT_ONCE_MAX:
                batches.work_on(batch, timezone.now())
        if any(batch.needs_second_person for batch in made):
            messages.warning(request, _("A second person has to approve this before it is done."))
        else:
            messages.success(request, _("The bookings are being cancelled and refunded."))
        if len(made) == 1:
            return redirect("admin:bookings_refundbatch_change", made[0].pk)
        return redirect(reverse("admin:bookings_refundbatch_changelist", query={"state": "all"}))

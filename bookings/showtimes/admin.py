"""Cancelling a showtime in the office: dry run, confirmation with a reason, progress."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.auth.reauthentication import require_recent_sign_in
from bookings.models import ShowtimeCancellation
from bookings.showtimes import cancellation
from core.ids import row_id
from core.templatetags.money import rupiah
from movies.models import Showtime
from movies.office.admin import CinemaOfficeAdmin, require_permission
from movies.staff.permissions import Permission, cinemas_with

REASON_MAX = 200


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For your colleagues; buyers are notified only of the cancellation."),
    )


@admin.register(ShowtimeCancellation)
class ShowtimeCancellationAdmin(CinemaOfficeAdmin):
    """Rows are created by requests and changed by workers only."""

    cinema_path = "showtime__studio__cinema"
    add_permission = Permission.MOVE_MONEY
    list_display = ["showtime", "progress", "refunds", "requested_at", "finished_at"]
    list_filter = [("finished_at", admin.EmptyFieldListFilter), "showtime__studio__cinema"]
    list_select_related = ["showtime__movie", "showtime__studio__cinema"]

    @admin.display(description=_("bookings cancelled"))
    def progress(self, cancelling: ShowtimeCancellation) -> str:
        return f"{cancelling.orders_done} / {cancelling.orders_planned}"

    @admin.display(description=_("refunds ordered"))
    def refunds(self, cancelling: ShowtimeCancellation) -> str:
        done, planned = cancelling.refund_done_rupiah, cancelling.refund_planned_rupiah
        return f"{rupiah(done)} / {rupiah(planned)}"

    @require_recent_sign_in
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """Show the dry run; a POST with a reason closes the showtime."""
        require_permission(request, Permission.MOVE_MONEY)
        asked = request.GET.get("showtime", "")
        if not asked:
            messages.info(request, _("Open the showtime that is to be cancelled."))
            return redirect("admin:movies_showtime_changelist")
        showtime = _showtime(request, asked)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._begin(request, showtime, form.cleaned_data["reason"])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Cancel a showtime"),
            "opts": self.opts,
            "showtime": showtime,
            "survey": cancellation.survey(showtime.pk),
            "form": form,
        }
        return TemplateResponse(request, "admin/bookings/cancel_showtime.html", context)

    def _begin(self, request: HttpRequest, showtime: Showtime, reason: str) -> HttpResponseBase:
        user: Any = request.user
        cancelling = cancellation.request(
            showtime_id=showtime.pk, reason=reason, user=user, at=timezone.now()
        )
        messages.success(
            request, _("The showtime is closed. Its bookings are being cancelled and refunded.")
        )
        return redirect("admin:bookings_showtimecancellation_change", cancelling.pk)


def _showtime(request: HttpRequest, asked: str) -> Showtime:
    cinemas = cinemas_with(request.user, Permission.MOVE_MONEY)
    own = Showtime.objects.with_places().filter(studio__cinema__in=cinemas)
    pk = row_id(asked)
    showtime = own.filter(pk=pk).first() if pk is not None else None
    if showtime is None:
        raise Http404
    return showtime

"""The page that closes seats of a showtime, or of all showtimes of its studio until a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from movies.models import Showtime
from movies.office.admin import require_permission
from movies.staff.permissions import Permission
from reports.dashboard.seats import closures
from reports.dashboard.seats.views import readable_showtime
from reports.errors import SeatsUnknown
from seating.models import ShowtimeSeat

DAYS_MAX = 366
REASON_MAX, SEATS_TEXT_MAX = 200, 400


class ClosingForm(forms.Form):
    seats = forms.CharField(
        label=_("Seats"),
        max_length=SEATS_TEXT_MAX,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For example C7, C8 or D1-D4."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": _("Please give a reason.")},
    )
    last_day = forms.DateField(
        label=_("Until (optional)"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("All showtimes of this studio until that day. Empty: this showtime alone."),
    )

    def __init__(self, *args: Any, showtime: Showtime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.showtime = showtime

    def clean_seats(self) -> list[str]:
        rows = ShowtimeSeat.objects.filter(showtime=self.showtime).select_related("seat")
        try:
            return closures.parse_labels(
                self.cleaned_data["seats"], (row.seat.label for row in rows)
            )
        except SeatsUnknown as error:
            raise forms.ValidationError(str(error), code=error.code) from None

    def clean_last_day(self) -> Any:
        last_day, first_day = self.cleaned_data["last_day"], self.showtime.business_date
        if last_day is not None and not 0 <= (last_day - first_day).days <= DAYS_MAX:
            latest = first_day + timedelta(days=DAYS_MAX)
            text = _("Choose a day between %(first)s and %(last)s.")
            raise forms.ValidationError(text % {"first": first_day, "last": latest})
        return last_day


def close(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    showtime = readable_showtime(request, showtime_id)
    require_permission(request, Permission.PROGRAMME, showtime.studio.cinema_id)
    form = ClosingForm(request.POST or None, showtime=showtime)
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        closure = closures.close_seats(
            showtime=showtime,
            labels=form.cleaned_data["seats"],
            reason=form.cleaned_data["reason"],
            last_day=form.cleaned_data["last_day"],
            by=user,
            at=timezone.now(),
        )
        closure.refresh_from_db(fields=["blocked_ids"])
        count = len(closure.blocked_ids)
        text = ngettext(
            "%(count)d seat of a showtime was taken out of sale.",
            "%(count)d seats of showtimes were taken out of sale.",
            count,
        )
        messages.success(request, text % {"count": count})
        return redirect("admin:reports_seatclosure_change", closure.pk)
    context = {
        **admin.site.each_context(request),
        "title": _("Take seats out of sale"),
        "showtime": showtime,
        "form": form,
    }
    return TemplateResponse(request, "reports/close_seats.html", context)

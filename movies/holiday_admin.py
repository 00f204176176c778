"""Office pages of holidays: the calendar of the coming year, and the chain's changes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSingleDateWidget

from movies.models import Holiday, HolidayKind, Showtime
from movies.models.business_day import business_date
from movies.office.admin import OfficeAdmin, office_zone
from movies.scheduling.holidays import HolidayCalendar
from movies.staff.permissions import Permission

CALENDAR_DAYS = 400


class HolidayForm(forms.ModelForm[Holiday]):
    class Meta:
        model = Holiday
        fields = ["day", "kind", "name"]
        widgets = {"day": UnfoldAdminSingleDateWidget}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == HolidayKind.ORDINARY:
            cleaned["name"] = ""
        return cleaned


@admin.register(Holiday)
class HolidayAdmin(OfficeAdmin):
    """Rows are the changes; above them the calendar that they result in."""

    needs_recent_sign_in = True
    add_permission = change_permission = delete_permission = Permission.PRICES
    form = HolidayForm
    list_before_template = "admin/movies/holidays.html"
    list_display = ["day", "weekday", "kind", "name"]
    list_filter = ["kind"]
    empty_text = _("The chain has changed no holiday.")
    ordering = ["-day"]

    @admin.display(description=_("weekday"))
    def weekday(self, holiday: Holiday) -> str:
        return date_format(holiday.day, "l")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        today = business_date(timezone.now(), office_zone(request))
        calendar = HolidayCalendar.current()
        shown = {
            "holidays": calendar.between(today, today + timedelta(days=CALENDAR_DAYS)),
            "may_change": self.has_change_permission(request),
        }
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        known = ("day", "kind", "name")
        return {name: request.GET[name] for name in known if name in request.GET}

    def save_model(self, request: HttpRequest, obj: Holiday, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._name_planned_showtimes(request, obj)

    def delete_model(self, request: HttpRequest, obj: Holiday) -> None:
        super().delete_model(request, obj)
        self._name_planned_showtimes(request, obj)

    def _name_planned_showtimes(self, request: HttpRequest, holiday: Holiday) -> None:
        """Point to the showtimes of the day, which keep the price that they were planned with."""
        planned = Showtime.objects.live().filter(
            business_date=holiday.day, starts_at__gt=timezone.now()
        )
        if not (count := planned.count()):
            return
        text = ngettext(
            "%(count)d planned showtime of that day keeps its price.",
            "%(count)d planned showtimes of that day keep their prices.",
            count,
        )
        link = reverse(
            "admin:movies_showtime_changelist",
            query={"business_date__exact": f"{holiday.day:%Y-%m-%d}"},
        )
        notice = format_html(
            '{} <a href="{}">{}</a>', text % {"count": count}, link, _("Show them")
        )
        messages.warning(request, notice)

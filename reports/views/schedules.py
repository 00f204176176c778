"""Pages of a user's scheduled reports: create, list, stop, resume and delete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from movies.models import Cinema
from reports.figures import REPORTS
from reports.models import Format, Period, ReportSchedule, Weekday
from reports.schedules.delivery import SWITCHED_OFF
from reports.views.reports import readable_cinemas

SCHEDULES_MAX = 20  # per person
HOUR_FIRST_SHOWN = 7


class ScheduleForm(forms.ModelForm[ReportSchedule]):
    """Offers the cinemas that the user may see; choosing none means all."""

    class Meta:
        model = ReportSchedule
        fields = ["report", "cinemas", "file_format", "period", "weekday", "hour", "language"]
        widgets = {"cinemas": forms.CheckboxSelectMultiple}

    def __init__(self, data: Any, *, cinemas: Sequence[Cinema], user: Any) -> None:
        first = {
            "hour": HOUR_FIRST_SHOWN,
            "weekday": Weekday.MONDAY,
            "period": Period.DAILY,
            "file_format": Format.XLSX,
        }
        language = {"language": (get_language() or "")[:2]}
        super().__init__(data, initial=first | language)
        self.own, self.user = cinemas, user
        self.fields["report"] = forms.ChoiceField(
            label=_("Report"), choices=[(one.slug, one.title) for one in REPORTS.values()]
        )
        self.fields["hour"] = forms.TypedChoiceField(
            label=_("Hour"), choices=[(hour, f"{hour:02}:00") for hour in range(24)], coerce=int
        )
        chosen = self.fields["cinemas"]
        assert isinstance(chosen, forms.ModelMultipleChoiceField)
        chosen.queryset = Cinema.objects.filter(pk__in=[cinema.pk for cinema in cinemas])
        chosen.help_text = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("period") != Period.WEEKLY:
            data["weekday"] = None
        elif not data.get("weekday"):
            self.add_error("weekday", _("A weekly report needs a weekday."))
        if ReportSchedule.objects.of(self.user).count() >= SCHEDULES_MAX:
            message = _("You have %(count)d scheduled reports; delete one first.")
            raise forms.ValidationError(message, params={"count": SCHEDULES_MAX})
        return data

    @transaction.atomic
    def keep(self, at: datetime) -> ReportSchedule:
        """Save with the time zone of the first cinema."""
        schedule = self.save(commit=False)
        chosen = list(self.cleaned_data["cinemas"]) or self.own
        schedule.user, schedule.time_zone = self.user, chosen[0].time_zone
        schedule.created_at, schedule.next_due_at = at, schedule.due_after(at)
        schedule.save()
        self.save_m2m()
        return schedule


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def listing(request: HttpRequest) -> HttpResponseBase:
    cinemas = readable_cinemas(request)
    form = ScheduleForm(request.POST or None, cinemas=cinemas, user=request.user)
    if form.is_valid():
        form.keep(timezone.now())
        messages.success(request, _("The report will come by email."))
        return redirect("reports:schedules")
    mine = ReportSchedule.objects.of(request.user).prefetch_related("cinemas", "deliveries")
    context = {
        **admin.site.each_context(request),
        "title": _("Scheduled reports"),
        "form": form,
        "schedules": [_shown(schedule) for schedule in mine],
        "email": getattr(request.user, "email", ""),
    }
    status = 400 if form.is_bound else 200
    return TemplateResponse(request, "reports/schedules.html", context, status=status)


@require_POST
def stop(request: HttpRequest, schedule_id: int) -> HttpResponse:
    schedule = _mine(request, schedule_id)
    ReportSchedule.objects.filter(pk=schedule.pk, stopped_at__isnull=True).update(
        stopped_at=timezone.now(), stopped_because=SWITCHED_OFF
    )
    return redirect("reports:schedules")


@require_POST
def resume(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """Resume with the next due time; missed periods are not sent."""
    schedule = _mine(request, schedule_id)
    ReportSchedule.objects.filter(pk=schedule.pk, stopped_at__isnull=False).update(
        stopped_at=None, stopped_because="", next_due_at=schedule.due_after(timezone.now())
    )
    return redirect("reports:schedules")


@require_POST
def delete(request: HttpRequest, schedule_id: int) -> HttpResponse:
    _mine(request, schedule_id).delete()
    return redirect("reports:schedules")


def _mine(request: HttpRequest, schedule_id: int) -> ReportSchedule:
    """404 for objects of other users."""
    readable_cinemas(request)
    return get_object_or_404(ReportSchedule.objects.of(request.user), pk=schedule_id)


def _shown(schedule: ReportSchedule) -> dict[str, Any]:
    return {
        "schedule": schedule,
        "report": REPORTS[schedule.report],
        "format": Format(schedule.file_format).label,
        "cinemas": ", ".join(cinema.name for cinema in schedule.cinemas.all()),
        "hour": f"{schedule.hour:02}:00",
        # Naive, or the template would convert it to the server's time zone.
        "next": timezone.make_naive(schedule.next_due_at, ZoneInfo(schedule.time_zone)),
        "latest": next(iter(schedule.deliveries.all()), None),
        "is_right_lost": schedule.stopped_because not in ("", SWITCHED_OFF),
    }

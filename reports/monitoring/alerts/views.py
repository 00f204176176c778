"""A manager's alert preferences and latest alerts."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from movies.models import Cinema
from movies.office.admin import require_permission
from movies.staff.permissions import Permission, cinemas_with
from reports.models import Alert, AlertWishes
from reports.monitoring.alerts.batching import preferences_of

ALERTS_SHOWN_MAX = 20


class PreferencesForm(forms.ModelForm[AlertWishes]):
    class Meta:
        model = AlertWishes
        fields = [
            "by_email",
            "by_sms",
            "quiet_from",
            "quiet_until",
            "urgent_breaks_quiet",
            "time_zone",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = Cinema.objects.order_by().values_list("time_zone", flat=True).distinct()
        own = {self.instance.time_zone, *zones}
        self.fields["time_zone"] = forms.ChoiceField(
            label=self.fields["time_zone"].label, choices=[(zone, zone) for zone in sorted(own)]
        )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def preferences(request: HttpRequest) -> HttpResponseBase:
    require_permission(request, Permission.RESOLVE)
    instance = preferences_of(request.user)  # type: ignore[arg-type]  # the admin admits only users
    if instance._state.adding:
        first = cinemas_with(request.user, Permission.RESOLVE).first()
        instance.time_zone = first.time_zone if first else instance.time_zone
    form = PreferencesForm(request.POST or None, instance=instance)
    if form.is_valid():
        form.save()
        messages.success(request, _("Your notification settings are saved."))
        return redirect("reports:alerts")
    latest = Alert.objects.filter(user=request.user.pk).prefetch_related("lines")
    zone = ZoneInfo(instance.time_zone)
    context = {
        **admin.site.each_context(request),
        "title": _("Alerts"),
        "form": form,
        "alerts": [
            {"alert": one, "when": timezone.make_naive(one.window_at, zone)}
            for one in latest[:ALERTS_SHOWN_MAX]
        ],
        "phone": getattr(request.user, "phone", ""),
    }
    status = 400 if form.is_bound else 200
    return TemplateResponse(request, "reports/alerts.html", context, status=status)

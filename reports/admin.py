"""Admin pages of incidents, and showtimes with their sales."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from bookings.showtimes.bulk_actions import BulkShowtimeActions
from core.errors import LayarError
from core.templatetags.money import rupiah
from movies.admin import ShowtimeAdmin
from movies.models import Showtime
from movies.office.admin import CinemaOfficeAdmin
from movies.office.filters import OpenFilter
from movies.staff.permissions import Permission
from reports.dashboard import showtime_sales
from reports.dashboard.seats import closure_admin  # noqa: F401  (registers its pages)
from reports.models import Incident
from reports.monitoring import faults, incidents, views
from reports.monitoring.kinds import kind_of

admin.site.unregister(Showtime)


@admin.register(Showtime)
class ShowtimeSalesAdmin(BulkShowtimeActions, ShowtimeAdmin):
    """The showtime list with sales figures."""

    list_display = [
        *ShowtimeAdmin.list_display,
        "sold",
        "held",
        "remaining",
        "revenue",
        "seat_plan",
    ]
    facts = [*ShowtimeAdmin.facts, "seat_plan"]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        shown = list(changelist.result_list)
        figures = showtime_sales.figures_of([showtime.pk for showtime in shown])
        for showtime in shown:
            showtime.sales = figures[showtime.pk]
        changelist.result_list = shown
        return changelist

    @admin.display(description=_("seats"))
    def seat_plan(self, showtime: Showtime) -> SafeString:
        link = reverse("reports:showtime", args=[showtime.pk])
        return format_html('<a class="underline" href="{}">{}</a>', link, _("seat map"))

    @admin.display(description=_("sold"))
    def sold(self, showtime: Any) -> str:
        return f"{showtime.sales.seats_sold} / {showtime.sales.seats_total}"

    @admin.display(description=_("held"))
    def held(self, showtime: Any) -> int:
        return int(showtime.sales.seats_held)

    @admin.display(description=_("remaining"))
    def remaining(self, showtime: Any) -> int:
        return int(showtime.sales.seats_remaining)

    @admin.display(description=_("revenue"))
    def revenue(self, showtime: Any) -> str:
        return rupiah(showtime.sales.revenue_rupiah)


class ResolutionForm(forms.ModelForm[Incident]):
    """The resolution note: the only editable field of an incident."""

    class Meta:
        model = Incident
        fields = ["note"]
        widgets = {"note": UnfoldAdminTextareaWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "note" in self.fields:
            self.fields["note"].required = True
            self.fields["note"].label = _("Resolve with a note")
            self.fields["note"].help_text = _("What was found and done. Saving resolves it.")


def _with_faults(incidents: Iterable[Incident]) -> list[Any]:
    """The incidents, each with its ``fault``."""
    shown: list[Any] = list(incidents)
    found = faults.describe(shown)
    for incident in shown:
        incident.fault = found[incident.pk]
    return shown


class UnresolvedFilter(OpenFilter):
    options = (("open", _("Open")), ("resolved", _("Resolved")))
    closing_field = "resolved_at"


class KindFilter(admin.SimpleListFilter):
    """Filter of kinds by their displayed label."""

    title = _("what was found")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        shown = model_admin.get_queryset(request).order_by("kind")
        kinds = shown.values_list("kind", flat=True).distinct()
        return [(kind, kind_of(kind).label or kind) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Incident)
class IncidentAdmin(CinemaOfficeAdmin):
    """Saving an incident resolves it; resolved incidents are read-only."""

    change_permission = Permission.RESOLVE
    form = ResolutionForm
    change_form_outer_before_template = "reports/_incident.html"
    list_display = [
        "fault",
        "state",
        "booking",
        "cinema",
        "times_seen",
        "first_seen_at",
        "last_seen_at",
    ]
    list_filter = [UnresolvedFilter, KindFilter, "cinema"]
    empty_text = _("No incident is open.")
    list_select_related = ["cinema"]
    search_fields = ["summary", "fingerprint"]
    date_hierarchy = "first_seen_at"
    readonly_fields = [
        "summary",
        "cinema",
        "booking",
        "seat",
        "showtime",
        "kind",
        "shown_facts",
        "first_seen_at",
        "last_seen_at",
        "times_seen",
        "healed_at",
        "resolved_at",
        "resolved_by",
    ]
    fieldsets = [
        (_("Resolution"), {"fields": ["note", "resolved_at", "resolved_by"]}),
        (_("When"), {"fields": ["first_seen_at", "last_seen_at", "times_seen", "healed_at"]}),
        (_("Facts"), {"fields": ["summary", "cinema", "booking", "seat", "showtime"]}),
    ]
    technical = (_("Technical details"), {"fields": ["kind", "shown_facts"]})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ids and names of checks are shown to superusers only."""
        shown = super().get_fieldsets(request, obj)
        return [*shown, self.technical] if request.user.is_superuser else shown

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = _with_faults(changelist.result_list)
        return changelist

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        incident = super().get_object(request, *args, **kwargs)
        return None if incident is None else _with_faults([incident])[0]

    @admin.display(description=_("what was found"), ordering="kind")
    def fault(self, incident: Any) -> str:
        return str(incident.fault.sentence)

    @admin.display(description=_("seat"))
    def seat(self, incident: Any) -> str:
        return str(incident.fault.seat or "–")

    @admin.display(description=_("showtime"))
    def showtime(self, incident: Any) -> str:
        return str(incident.fault.showtime or "–")

    class Media:
        css = {"all": ["css/incident.css"]}

    @display(
        description=_("state"),
        ordering="resolved_at",
        label={"open": "danger", "healed": "info", "resolved": "success"},
    )
    def state(self, incident: Incident) -> tuple[str, Any]:
        """The untranslated state, which selects the colour, and its label."""
        if incident.resolved_at is not None:
            return "resolved", _("Resolved")
        if incident.healed_at is None:
            return "open", _("Open")
        return "healed", _("Healed by itself")

    @admin.display(description=_("booking"))
    def booking(self, incident: Any) -> str:
        return str(incident.fault.booking or "–")

    @admin.display(description=_("facts"))
    def shown_facts(self, incident: Incident) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(incident.facts, indent=2, sort_keys=True))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        incident = self.get_object(request, object_id)
        details = {"details": views.details(incident, request.user)} if incident else {}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **details}
        )

    def has_change_permission(self, request: HttpRequest, obj: Incident | None = None) -> bool:
        is_closed = obj is not None and obj.resolved_at is not None
        return not is_closed and bool(super().has_change_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: Incident, form: Any, change: bool) -> None:
        """Resolves through the domain function; the form's instance is not saved."""
        try:
            incidents.resolve(
                incident_id=obj.pk,
                by=request.user,  # type: ignore[arg-type]  # the admin admits only users
                note=form.cleaned_data["note"],
                at=timezone.now(),
            )
        except LayarError as error:
            self.message_user(request, str(error), messages.ERROR)

"""The incident page: explanation, links, log and actions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.auth.reauthentication import require_recent_sign_in
from bookings.models import Booking
from core.errors import LayarError
from movies.office.admin import cinema_ids_with, is_for_chain, require_permission
from movies.staff.permissions import Permission
from reports.models import Incident
from reports.monitoring import actions
from reports.monitoring.actions import ACTIONS, Action
from reports.monitoring.kinds import kind_of

# Admin page of the row named by each incident fact; bookings are found by code.
PAGES = {
    "refund": "admin:bookings_refund_change",
    "payment": "admin:bookings_payment_change",
    "payout": "admin:bookings_manualpayout_change",
    "message": "admin:notifications_message_change",
    "showtime": "admin:movies_showtime_change",
    "run": "admin:backups_backuprun_change",
    "drill": "admin:backups_backupdrill_change",
}


def details(incident: Incident, user: Any) -> dict[str, Any]:
    """Context of ``templates/reports/_incident.html`` for ``user``."""
    kind = kind_of(incident.kind)
    return {
        "label": kind.label or incident.summary,
        "affected": kind.affected,
        "advice": kind.advice,
        "is_urgent": kind.is_urgent,
        "actions": [
            action for action in actions.actions_of(incident) if action.may(user, incident)
        ],
        "links": _links(incident),
        "log": [
            {"label": _label(entry.action), "entry": entry}
            for entry in incident.actions.select_related("by")
        ],
    }


@require_POST
def run_action(request: HttpRequest, incident_id: int, action: str) -> HttpResponseBase:
    """Perform an action; 404 for incidents that the user may not see."""
    require_permission(request, Permission.SEE_SALES)
    incident = get_object_or_404(_readable(request), pk=incident_id)
    try:
        found = actions.action_named(incident, action)
    except LayarError as refusal:
        return _back(request, incident, messages.ERROR, str(refusal))
    require_permission(request, found.permission, incident.cinema_id)
    if not found.may(request.user, incident):
        return _back(request, incident, messages.ERROR, _("You may not do that."))
    return (_run_after_reauthentication if found.moves_money else _run_action)(
        request, incident, found
    )


def _run_action(request: HttpRequest, incident: Incident, action: Action) -> HttpResponseBase:
    try:
        actions.perform(
            incident=incident,
            action=action,
            by=request.user,  # type: ignore[arg-type]  # the admin admits only users
            at=timezone.now(),
        )
    except LayarError as refusal:
        return _back(request, incident, messages.ERROR, str(refusal))
    return _back(request, incident, messages.SUCCESS, str(action.success_message))


@require_recent_sign_in
def _run_after_reauthentication(
    request: HttpRequest, incident: Incident, action: Action
) -> HttpResponseBase:
    return _run_action(request, incident, action)


def _readable(request: HttpRequest) -> Any:
    """Incidents visible in the admin list: of the user's cinemas, or all for the chain."""
    if is_for_chain(request, Permission.SEE_SALES):
        return Incident.objects.all()
    return Incident.objects.filter(cinema__in=cinema_ids_with(request, Permission.SEE_SALES))


def _back(request: HttpRequest, incident: Incident, level: int, text: str) -> HttpResponseBase:
    messages.add_message(request, level, text)
    return redirect("admin:reports_incident_change", incident.pk)


def _label(action: str) -> str:
    return str(ACTIONS[action].label) if action in ACTIONS else action


def _links(incident: Incident) -> list[tuple[str, str]]:
    names = {
        "refund": _("The refund"),
        "payment": _("The payment"),
        "payout": _("The payout"),
        "message": _("The message"),
        "showtime": _("The showtime"),
        "run": _("The backup"),
        "drill": _("The drill"),
    }
    links = [
        (names[fact], reverse(page, args=[incident.facts[fact]]))
        for fact, page in PAGES.items()
        if incident.facts.get(fact)
    ]
    code = incident.facts.get("booking")
    booking = Booking.objects.filter(code=code).values_list("pk", flat=True).first()
    if code and booking:
        links.insert(
            0, (_("The booking"), reverse("admin:bookings_booking_change", args=[booking]))
        )
    return links

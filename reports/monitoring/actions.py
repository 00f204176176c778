"""Actions on incidents: each calls one domain function and is logged.

An action requires one permission at the incident's cinema; actions that move money also
require recent authentication (``reports.monitoring.views``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from celery import current_app
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from accounts.models import User
from bookings.refunds import payouts, refunds
from bookings.settlement import settle
from bookings.signals import message_wanted_again
from core.errors import LayarError, NotFound
from movies.staff.permissions import Permission, has_permission, is_for_whole_chain
from reports.errors import ActionUnavailable, BrokerUnavailable, IncidentResolved
from reports.models import Incident, IncidentAction
from reports.monitoring import runner
from reports.monitoring.kinds import kind_of
from reports.schedules import delivery
from seating.holds import staff

DETAIL_LENGTH_MAX = 300


@dataclass(frozen=True)
class Action:
    """``do`` receives the incident, user and time; it succeeds unless it raises LayarError.

    ``fact`` names the incident fact that the action needs.
    """

    name: str
    label: Promise
    success_message: Promise  # shown after success
    permission: Permission
    do: Callable[[Incident, User, datetime], None]
    fact: str = ""
    moves_money: bool = False

    def may(self, user: Any, incident: Incident) -> bool:
        if incident.cinema_id is None:
            return is_for_whole_chain(user, self.permission)
        return has_permission(user, self.permission, incident.cinema_id)


def actions_of(incident: Incident) -> list[Action]:
    """Available actions; none for a resolved incident."""
    if incident.resolved_at is not None:
        return []
    offered = [ACTIONS[name] for name in kind_of(incident.kind).actions]
    return [action for action in offered if not action.fact or incident.facts.get(action.fact)]


def action_named(incident: Incident, name: str) -> Action:
    """Raises IncidentResolved, ActionUnavailable."""
    if incident.resolved_at is not None:
        raise IncidentResolved()
    found = next((action for action in actions_of(incident) if action.name == name), None)
    if found is None:
        raise ActionUnavailable()
    return found


def perform(*, incident: Incident, action: Action, by: User, at: datetime) -> IncidentAction:
    """Perform the action and log its outcome. The caller has checked ``action.may``."""
    try:
        action.do(incident, by, at)
    except LayarError as refusal:
        _keep(incident, action, by, at, succeeded=False, detail=str(refusal))
        raise
    return _keep(incident, action, by, at, succeeded=True, detail="")


def _keep(
    incident: Incident, action: Action, by: User, at: datetime, *, succeeded: bool, detail: str
) -> IncidentAction:
    return IncidentAction.objects.create(
        incident=incident,
        action=action.name,
        at=at,
        by=by,
        succeeded=succeeded,
        detail=detail[:DETAIL_LENGTH_MAX],
    )


def _retry_refund(incident: Incident, by: User, at: datetime) -> None:
    refunds.retry_refund(refund_id=UUID(incident.facts["refund"]), at=at)


def _take_over_refund(incident: Incident, by: User, at: datetime) -> None:
    refund_id = UUID(incident.facts["refund"])
    payouts.take_over(refund_id=refund_id, actor=f"staff:{by.pk}", at=at)


def _ask_provider(incident: Incident, by: User, at: datetime) -> None:
    payment = settle.refresh(payment_id=UUID(incident.facts["payment"]), at=at)
    if payment.is_unsettled:
        raise ActionUnavailable(_("The provider still does not report a result."))


def _resend_message(incident: Incident, by: User, at: datetime) -> None:
    responses = message_wanted_again.send(
        Incident, message_id=UUID(incident.facts["message"]), at=at
    )
    if not responses:
        raise NotFound()


def _resend_report(incident: Incident, by: User, at: datetime) -> None:
    delivery.send_again(delivery_id=int(incident.facts["delivery"]), at=at)


def _release_seat(incident: Incident, by: User, at: datetime) -> None:
    staff.release_for_staff(showtime_seat_id=int(incident.facts["subject"]))


def _check_again(incident: Incident, by: User, at: datetime) -> None:
    if runner.check_one(incident.kind, incident.fingerprint, at):
        raise ActionUnavailable(_("It is still so."))


def _queue(task: str) -> Callable[[Incident, User, datetime], None]:
    def do(incident: Incident, by: User, at: datetime) -> None:
        try:
            current_app.send_task(task, ignore_result=True)
        except (KombuError, RedisError, OSError) as error:
            raise BrokerUnavailable() from error

    return do


_ALL = (
    Action(
        "retry_refund",
        _("Try the refund again"),
        _("The refund is sent to its provider within seconds."),
        Permission.MOVE_MONEY,
        _retry_refund,
        "refund",
        moves_money=True,
    ),
    Action(
        "take_over_refund",
        _("Pay it out by hand instead"),
        _("The refund is a manual payout now: pay it and write down how."),
        Permission.MOVE_MONEY,
        _take_over_refund,
        "refund",
        moves_money=True,
    ),
    Action(
        "ask_provider",
        _("Ask the provider again"),
        _("The provider has reported how the payment ended."),
        Permission.RESOLVE,
        _ask_provider,
        "payment",
    ),
    Action(
        "resend_message",
        _("Send the message again"),
        _("The message is on its way again."),
        Permission.RESOLVE,
        _resend_message,
        "message",
    ),
    Action(
        "resend_report",
        _("Send the report again"),
        _("The report is on its way again."),
        Permission.RESOLVE,
        _resend_report,
        "delivery",
    ),
    Action(
        "release_seat",
        _("Release the seat"),
        _("The seat can be bought again."),
        Permission.PROGRAMME,
        _release_seat,
        "hold",
    ),
    Action(
        "check_again",
        _("Check again"),
        _("It is in order now."),
        Permission.RESOLVE,
        _check_again,
    ),
    Action(
        "back_up_now",
        _("Make a backup now"),
        _("A backup has been ordered; its end is seen on the status page."),
        Permission.RESOLVE,
        _queue("backups.tasks.run_backup"),
    ),
    Action(
        "drill_now",
        _("Try a restore now"),
        _("A restore drill has been ordered; its end is seen on the status page."),
        Permission.RESOLVE,
        _queue("backups.tasks.drill"),
    ),
)
ACTIONS: dict[str, Action] = {action.name: action for action in _ALL}

"""Incidents opened by signals, and the invariants as a check of restored backups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import translation
from django.utils.translation import gettext as _

from backups import signals, verification
from backups.models import BackupDrill, BackupRun
from bookings.models import Payment
from bookings.settlement.reconciliation import Discrepancy
from bookings.signals import payment_discrepancy
from reports.models import ReportDelivery
from reports.monitoring import incidents
from reports.monitoring.invariants import check_invariants
from reports.monitoring.runner import ROW_LANGUAGE
from reports.schedules.signals import delivery_given_up


def _violations(_witness: str) -> list[str]:
    return [violation.fingerprint for violation in check_invariants()]


verification.register(verification.Check("invariants", _violations))


@receiver(signals.backup_failed, dispatch_uid="reports.backup_failed")
def _on_backup_failed(sender: object, run: BackupRun, at: datetime, **_more: Any) -> None:
    with translation.override(ROW_LANGUAGE):
        summary = _("A backup has failed.")
    facts = {"run": run.pk, "failure": run.failure}
    incidents.record("backup_failed", "backup_failed", summary, facts, None, at)


@receiver(signals.drill_failed, dispatch_uid="reports.drill_failed")
def _on_drill_failed(sender: object, drill: BackupDrill, at: datetime, **_more: Any) -> None:
    with translation.override(ROW_LANGUAGE):
        summary = _("The newest backup could not be restored in a drill.")
    facts = {"drill": drill.pk, "file": drill.file_name, "problems": drill.problems}
    incidents.record("drill_failed", "drill_failed", summary, facts, None, at)


@receiver(payment_discrepancy, dispatch_uid="reports.discrepancies")
def _on_discrepancy(sender: object, discrepancy: Discrepancy, at: datetime, **_more: Any) -> None:
    """Stays resolved once resolved: staff correct discrepancies in the provider's dashboard."""
    path = "booking__showtime__studio__cinema_id"
    cinema_id = (
        Payment.objects.filter(pk=discrepancy.payment_id).values_list(path, flat=True).first()
        if discrepancy.payment_id
        else None
    )
    with translation.override(ROW_LANGUAGE):
        summary = f"{discrepancy.provider}: {discrepancy.kind.label}"
    facts = {
        "day": discrepancy.day,
        "reference": discrepancy.reference,
        "payment": discrepancy.payment_id,
        "ours": discrepancy.ours,
        "theirs": discrepancy.theirs,
    }
    fingerprint = discrepancy.fingerprint
    incidents.record_once("payment_discrepancy", fingerprint, summary, facts, cinema_id, at)


@receiver(delivery_given_up, dispatch_uid="reports.delivery_given_up")
def _on_delivery_given_up(
    sender: object, delivery: ReportDelivery, reason: str, at: datetime, **_more: Any
) -> None:
    schedule = delivery.schedule
    incidents.record_once(
        "report_not_sent",
        f"report_not_sent:{delivery.pk}",
        f"The report {schedule.report} of {delivery.last} could not be sent by email",
        {"schedule": schedule.pk, "report": schedule.report, "why": reason},
        schedule.cinemas.first(),
        at,
    )

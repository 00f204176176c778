"""What reconciliation could not heal becomes an incident, until somebody deals with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import translation

from bookings.models import Payment
from bookings.settlement.reconciliation import Discrepancy
from bookings.signals import payment_discrepancy
from reports.monitoring import incidents
from reports.monitoring.runner import ROW_LANGUAGE


def connect() -> None:
    """Called once, when the process is ready."""
    payment_discrepancy.connect(open_incident, dispatch_uid="reports.discrepancies")


def open_incident(sender: object, discrepancy: Discrepancy, at: datetime, **_more: Any) -> None:
    """It stays resolved once resolved: what was done, was done in the provider's dashboard."""
    path = "booking__showtime__studio__cinema_id"
    cinema_id = (
        Payment.objects.filter(pk=discrepancy.payment_id).values_list(path, flat=True).first()
        if discrepancy.payment_id
        else None
    )
    with translation.override(ROW_LANGUAGE):
        summary = f"{discrepancy.provider}: {discrepancy.kind.label}"
    incidents.record_once(
        "payment_discrepancy",
        discrepancy.fingerprint,
        summary,
        {
            "day": discrepancy.day,
            "reference": discrepancy.reference,
            "payment": discrepancy.payment_id,
            "ours": discrepancy.ours,
            "theirs": discrepancy.theirs,
        },
        cinema_id,
        at,
    )

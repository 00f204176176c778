"""Asking providers about payments nobody told us the end of: a lost webhook heals here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import OperationalError, transaction

from bookings import settlement
from bookings.models import Payment

POLL_BATCH = 50
POLL_LEASE_SECONDS = 60  # another worker leaves it alone for so long


def poll_payments(at: datetime) -> int:
    """Refresh the payments that are due for a look, at most POLL_BATCH; returns how many."""
    due = _claim_due(at)
    for payment in due:
        try:
            settlement.refresh(payment_id=payment.pk, at=at)
        except OperationalError:
            continue  # a lock did not come free in time; the lease brings it back
    return len(due)


@transaction.atomic
def _claim_due(at: datetime) -> list[Payment]:
    due = list(
        Payment.objects.unsettled()
        .filter(poll_at__lte=at)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("poll_at")[:POLL_BATCH]
    )
    Payment.objects.filter(pk__in=[payment.pk for payment in due]).update(
        poll_at=at + timedelta(seconds=POLL_LEASE_SECONDS)
    )
    return due

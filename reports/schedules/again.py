"""Sending a report once more that was given up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from reports.errors import ActionUnfit
from reports.schedules.models import DeliveryStatus, ReportDelivery


@transaction.atomic
def send_again(*, delivery_id: int, at: datetime) -> None:
    """With all its attempts. Raises ActionUnfit for one that was not given up."""
    again = ReportDelivery.objects.filter(pk=delivery_id, status=DeliveryStatus.DEAD).update(
        status=DeliveryStatus.WAITING, attempts=0, next_attempt_at=at
    )
    if not again:
        raise ActionUnfit()

"""The bank's work behind its counter.

A bank is another company with a clock of its own: what it does in our workers goes by the
database's clock, however wrong theirs are.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from celery import shared_task
from django.conf import settings
from django.db import connection

from bookings.payments.sandbox_bank import charges, webhooks


@shared_task
def deliver_webhook(webhook_id: int) -> None:
    webhooks.deliver(webhook_id, at=_now())


@shared_task
def catch_up() -> None:
    """Settle what is due, then send every webhook that nobody sent."""
    if not settings.SANDBOX_ENABLED:
        return
    at = _now()
    charges.settle_due(at=at)
    webhooks.deliver_due(at=at)


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cast("datetime", cursor.fetchone()[0])

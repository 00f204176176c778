"""Periodic work of the sandbox bank."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from sandbox_bank import charges, webhooks
from sandbox_bank.models import database_now


@shared_task(name="bookings.payments.sandbox_bank.tasks.catch_up")
def catch_up() -> None:
    """Settle due charges, then send due webhooks."""
    if not settings.SANDBOX_ENABLED:
        return
    at = database_now()
    charges.settle_due(at=at)
    webhooks.deliver_due(at=at)

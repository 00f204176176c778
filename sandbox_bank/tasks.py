"""The bank's work behind its counter."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from sandbox_bank import charges, clock, webhooks


@shared_task(name="bookings.payments.sandbox_bank.tasks.deliver_webhook")
def deliver_webhook(webhook_id: int) -> None:
    webhooks.deliver(webhook_id, at=clock.now())


@shared_task(name="bookings.payments.sandbox_bank.tasks.catch_up")
def catch_up() -> None:
    """Settle what is due, then send every webhook that nobody sent."""
    if not settings.SANDBOX_ENABLED:
        return
    at = clock.now()
    charges.settle_due(at=at)
    webhooks.deliver_due(at=at)

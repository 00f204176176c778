"""Asking the provider for a refund at once, instead of after its pause."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from bookings.errors import RefundNotRetryable
from bookings.models import Refund, RefundStatus


@transaction.atomic
def retry_refund(*, refund_id: UUID, at: datetime) -> Refund:
    """Let the next round of ``refunds.send_due_refunds`` try it, under its old idempotency key.

    Locks the refund. Raises RefundNotRetryable for one that is done or a person's task.
    """
    refund = Refund.objects.select_for_update(of=("self",), no_key=True).get(pk=refund_id)
    if refund.status in (RefundStatus.REFUNDED, RefundStatus.MANUAL):
        raise RefundNotRetryable()
    refund.next_attempt_at = at
    refund.save(update_fields=["next_attempt_at"])
    return refund

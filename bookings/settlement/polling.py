"""Polls providers for unsettled payments in case a webhook was lost.

Closes the payment pages of ended bookings, so that nobody pays for lost seats.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import OperationalError

from bookings.errors import ProviderUnknown
from bookings.models import Payment
from bookings.payments import registry
from bookings.payments.base import ProviderRefused, ProviderUnavailable
from bookings.settlement import settle
from core.outbox import Lease

logger = logging.getLogger(__name__)

POLL_BATCH = 50
LEASE = Lease(seconds=60, due_field="poll_at")
POLL_BUDGET_SECONDS = 30  # a hanging provider must not block the worker


def poll_payments(at: datetime) -> int:
    """Refresh due payments, at most POLL_BATCH; returns how many."""
    begun = time.monotonic()
    asked = 0
    due = Payment.objects.due_for_poll(at).select_related("booking")
    for payment in LEASE.claim_batch(due, at, POLL_BATCH):
        if time.monotonic() - begun > POLL_BUDGET_SECONDS:
            break  # the rest is due again when its lease ends
        asked += 1
        if payment.is_unsettled and not payment.booking.is_pending:
            _close_page(payment)
        try:
            settle.refresh(payment_id=payment.pk, at=at)
        except OperationalError:
            continue  # lock timeout; due again when its lease ends
    return asked


def _close_page(payment: Payment) -> None:
    """Ask the provider to stop accepting money for ``payment``. A network call: no locks held.

    Best effort: a payment that still arrives is settled like any late one.
    """
    try:
        registry.provider(payment.provider).close(payment)
    except (ProviderUnavailable, ProviderRefused, ProviderUnknown) as problem:
        logger.warning("page of payment %s not closed: %s", payment.pk, type(problem).__name__)

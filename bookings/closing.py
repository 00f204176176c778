"""Closing the payment page of an order that is over, so that nobody pays for seats that are gone.

Best effort: a payment that slips through all the same is settled like any that comes late.
"""

from __future__ import annotations

import logging

from bookings.errors import ProviderUnknown
from bookings.models import Payment
from bookings.payments import registry
from bookings.payments.base import ProviderRefused, ProviderUnavailable

logger = logging.getLogger(__name__)


def close_page(payment: Payment) -> None:
    """Ask the provider to take no money for ``payment`` any more. A network call: no locks held."""
    try:
        registry.provider(payment.provider).close(payment)
    except (ProviderUnavailable, ProviderRefused, ProviderUnknown) as problem:
        logger.warning("page of payment %s not closed: %s", payment.pk, type(problem).__name__)

"""One call to a provider for a payment at a time, over all processes.

The turn is an entry in the cache with a timeout longer than any call. Without Redis every caller
gets a turn: the calls may be repeated, and each process limits the threads that wait for them
(``bookings.payments.http``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache

TURN_SECONDS = 20  # longer than the longest call; a process that dies keeps its turn until then
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Turn:
    is_own: bool  # whether the caller may call the provider
    has_waited: bool  # for the call of somebody else, who may have changed the payment


@contextmanager
def provider_turn(payment_id: UUID, *, wait_seconds: float = 0.0) -> Iterator[Turn]:
    """A turn to call the provider for this payment, not one's own if another call lasts longer
    than ``wait_seconds``.
    """
    key = f"provider_turn:{payment_id}"
    wait_until = time.monotonic() + wait_seconds
    is_own, has_waited = _take(key), False
    while not is_own and time.monotonic() < wait_until:
        time.sleep(POLL_SECONDS)
        is_own, has_waited = _take(key), True
    try:
        yield Turn(is_own, has_waited)
    finally:
        if is_own:
            cache.delete(key)


def _take(key: str) -> bool:
    # None, unlike False, means that Redis did not respond.
    return cache.add(key, 1, TURN_SECONDS) is not False

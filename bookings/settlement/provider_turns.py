"""One call to a provider for a booking at a time, over all processes.

The turn is an entry in the cache with a timeout longer than any call. Without Redis every caller
gets a turn: the calls may be repeated, and each process limits the threads that wait for them
(``bookings.payments.http``).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.core.cache import cache

TURN_SECONDS = 60  # a process that dies keeps its turn until then
POLL_SECONDS = 0.05
TOKEN_BYTES = 8


@contextmanager
def provider_turn(booking_id: UUID, *, wait_seconds: float = 0.0) -> Iterator[bool]:
    """Whether the caller may call the provider for this booking now.

    False if another call lasts longer than ``wait_seconds``.
    """
    key, token = f"provider_turn:{booking_id}", secrets.token_hex(TOKEN_BYTES)
    wait_until = time.monotonic() + wait_seconds
    is_own = _take(key, token)
    while not is_own and time.monotonic() < wait_until:
        time.sleep(POLL_SECONDS)
        is_own = _take(key, token)
    try:
        yield is_own
    finally:
        if is_own and cache.get(key) == token:  # not the turn of somebody after a long call
            cache.delete(key)


def _take(key: str, token: str) -> bool:
    # None, unlike False, means that Redis did not respond.
    return cache.add(key, token, TURN_SECONDS) is not False

"""One call to a provider for a booking at a time, over all processes.

The turn is a lock in Redis with a timeout longer than any call. Without Redis every caller gets a
turn: the calls may be repeated, and each process limits the threads that wait for them
(``bookings.payments.http``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from django_redis import get_redis_connection
from redis.exceptions import LockError, RedisError

TURN_SECONDS = 60  # a process that dies keeps its turn until then
POLL_SECONDS = 0.05


@contextmanager
def provider_turn(booking_id: UUID, *, wait_seconds: float = 0.0) -> Iterator[bool]:
    """Whether the caller may call the provider for this booking now.

    False if another call lasts longer than ``wait_seconds``.
    """
    lock = get_redis_connection("default").lock(
        f"provider_turn:{booking_id}", timeout=TURN_SECONDS, sleep=POLL_SECONDS
    )
    try:
        is_own = lock.acquire(blocking_timeout=wait_seconds)
    except RedisError:
        is_own = True
    try:
        yield is_own
    finally:
        with suppress(LockError, RedisError):  # not own, or that of the next after a long call
            lock.release()

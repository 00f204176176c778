"""Retry after a lost race: one more attempt, then SeatTaken."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import IntegrityError, OperationalError

from seating.holds import locking
from seating.holds.diagnosis import SeatsChanged, seat_taken

HOLD_ATTEMPTS_MAX = 2
RETRY_JITTER_SECONDS = 0.02

Result = TypeVar("Result")


def retry_on_conflict(
    showtime_id: int, seat_ids: Sequence[int], attempt: Callable[[], Result]
) -> Result:
    """Run ``attempt``, a transaction, at most HOLD_ATTEMPTS_MAX times; then SeatTaken."""
    for attempt_number in range(1, HOLD_ATTEMPTS_MAX + 1):
        try:
            return attempt()
        except SeatsChanged:
            pass
        except (OperationalError, IntegrityError) as error:
            if not locking.is_lock_conflict(error):
                raise
        if attempt_number < HOLD_ATTEMPTS_MAX:
            time.sleep(random.uniform(0, RETRY_JITTER_SECONDS))  # noqa: S311 (not for security)
    raise seat_taken(showtime_id, seat_ids)

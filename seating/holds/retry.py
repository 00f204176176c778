"""What a tap does about losing a race: once more, then a refusal that names the seats."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import IntegrityError, OperationalError

from seating.holds import locking
from seating.holds.diagnosis import seat_taken

HOLD_ATTEMPTS_MAX = 2
RETRY_JITTER_SECONDS = 0.02

Result = TypeVar("Result")


def retry_on_conflict(
    showtime_id: int, seat_ids: Sequence[int], attempt: Callable[[], Result]
) -> Result:
    """Run ``attempt``, a transaction; after a lost race once more, then SeatTaken."""
    for attempt_number in range(1, HOLD_ATTEMPTS_MAX + 1):
        try:
            return attempt()
        except (OperationalError, IntegrityError) as error:
            if not locking.is_lock_conflict(error):
                raise
        if attempt_number < HOLD_ATTEMPTS_MAX:
            time.sleep(random.uniform(0, RETRY_JITTER_SECONDS))  # noqa: S311 (guards nothing)
    raise seat_taken(showtime_id, seat_ids)

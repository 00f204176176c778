"""Process of the deadlock test: a sweep or a late payment for the same seats."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import uuid4

from tests.concurrency import racers

# The sweep holds the locks of its first seats this long; the payment arrives meanwhile.
SWEEP_PAUSE_SECONDS = 1.0
PAYMENT_AFTER_SECONDS = 0.5


@dataclass(frozen=True)
class Meeting:
    """``pays_for``: the rows that the late payment wants; nothing: this process sweeps."""

    pays_for: tuple[int, ...] = ()


def meet(plan: Meeting) -> int:
    """Returns the number of swept holds or sold seats."""
    from django.db import transaction

    from seating.holds import locking, sales, transitions

    if not plan.pays_for:
        with racers.pausing_after(locking, "lock_held", SWEEP_PAUSE_SECONDS):
            return transitions.sweep_expired_holds()
    time.sleep(PAYMENT_AFTER_SECONDS)
    with transaction.atomic():
        sold = sales.sell_seats(showtime_seat_ids=plan.pays_for, hold_id=None, sale=uuid4())
    return len(plan.pays_for) if sold else 0

"""More time for a hold, once and on request (WCAG 2.2.1).

Only before its booking is made: the payment provider's page ends with the hold and cannot be
extended. The trigger ``hold_extended_once`` refuses a second extension.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core.ratelimit import RateLimitResult
from seating.errors import HoldExtended
from seating.holds import locking, owned, quotas, transitions
from seating.holds.abuse import Holder
from seating.holds.reading import describe
from seating.holds.types import HeldSeats

HOLD_EXTENSION_SECONDS = settings.HOLD_SECONDS


def extend_within_quota(
    holder: Holder,
    hold_id: UUID,
    *,
    counted: list[RateLimitResult],
    counts_address: bool = True,
) -> HeldSeats:
    """``extend_hold`` within the quotas: an extension counts like holding the same seats anew."""
    held = transitions.get_hold(hold_id=hold_id, visitor=holder.visitor)
    return quotas.choose_within_quota(
        holder,
        held.showtime_id,
        len(held.seats),
        lambda _cooling: extend_hold(hold_id=hold_id, visitor=holder.visitor),
        counted=counted,
        counts_address=counts_address,
    )


@transaction.atomic
def extend_hold(*, hold_id: UUID, visitor: str) -> HeldSeats:
    """Extend a hold by HOLD_EXTENSION_SECONDS. Locks the hold, then its seats.

    Raises HoldNotFound, HoldExpired, HoldSealed, and HoldExtended the second time.
    """
    hold = owned.lock_changeable(hold_id, visitor)
    if hold.extended_at is not None:
        raise HoldExtended()
    rows = locking.lock_held(hold)
    hold.extended_at = hold.now
    hold.expires_at += timedelta(seconds=HOLD_EXTENSION_SECONDS)
    hold.save(update_fields=["extended_at", "expires_at"])
    locking.mark_held(rows, hold)
    return describe(hold, rows, taken=len(rows))

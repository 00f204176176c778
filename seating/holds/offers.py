"""Holds that the chain offers to one person: made for them, and theirs once they accept.

Until then the hold belongs to a visitor of its own (OFFER_PREFIX), so that nobody else can change
or buy its seats.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from seating.best_seats.choice import Choice
from seating.errors import HoldExpired, HoldNotFound
from seating.holds import locking, owned
from seating.holds.best_statement import start_best_hold
from seating.holds.reading import describe
from seating.holds.transitions import lock_hold
from seating.holds.types import HeldSeats
from seating.holds.visitors import OFFER_PREFIX
from seating.models import Hold, HoldEnd

OFFER_ATTEMPTS_MAX = 4


def offer_visitor(name: str) -> str:
    return OFFER_PREFIX + name


def hold_offer(
    *, showtime_id: int, visitor: str, choices: Sequence[Choice], hold_seconds: int
) -> HeldSeats | None:
    """Hold the first free one of ``choices`` in the caller's transaction; None if none could be.

    Locks one block's seats (SKIP LOCKED) at a time.
    """
    locking.require_transaction()
    left = list(choices)
    for _attempt in range(OFFER_ATTEMPTS_MAX):
        if not left:
            return None
        blocks = [choice.ids for choice in left]
        attempt = start_best_hold(showtime_id, visitor, blocks, hold_seconds=hold_seconds)
        if attempt.held is not None or attempt.rank is None:
            return attempt.held
        lost = set(left[attempt.rank].ids)
        left = [choice for choice in left if not lost & set(choice.ids)]
    return None


def accept_offer(*, hold_id: UUID, offered_to: str, visitor: str) -> HeldSeats:
    """Make an offered hold ``visitor``'s own, for HOLD_SECONDS at least, in the place of theirs.

    In the caller's transaction, after ``owned.end_expired_hold``. Repeating it changes nothing.
    Locks the visitor's hold, the offer, then the seats of both by id. Raises HoldNotFound,
    HoldExpired, HoldSealed.
    """
    locking.require_transaction()
    showtime_id = Hold.objects.values_list("showtime_id", flat=True).get(pk=hold_id)
    own = owned.lock_live(showtime_id, visitor)
    if own is not None and own.sealed_at is not None:
        raise owned.sealed(own)
    if own is not None and own.pk == hold_id:
        return describe(own, locking.lock_held(own))
    offer = lock_hold(hold_id)
    if offer.visitor != offered_to:
        raise HoldNotFound()
    if not offer.is_live(offer.now):
        raise HoldExpired()
    rows = locking.lock_held_by([hold.pk for hold in (own, offer) if hold is not None], showtime_id)
    if own is not None:
        owned.end_hold(own, HoldEnd.RELEASED)
    offered = [row for row in rows if row.hold_id == offer.pk]
    offer.visitor = visitor
    at_least = offer.now + timedelta(seconds=settings.HOLD_SECONDS)
    offer.expires_at = max(offer.expires_at, at_least)
    offer.save(update_fields=["visitor", "expires_at"])
    locking.mark_held(offered, offer)
    return describe(offer, offered)


def withdraw_offer(*, hold_id: UUID) -> None:
    """End an offered hold and open its seats. Locks the hold, then its seats."""
    locking.require_transaction()
    owned.end_hold(lock_hold(hold_id), HoldEnd.RELEASED, by_chain=True)


def end_if_over(*, hold_id: UUID) -> HoldEnd | None:
    """How the hold ended; one past its time is ended now. None while it is live.

    Locks the hold, then its seats.
    """
    locking.require_transaction()
    hold = lock_hold(hold_id)
    if hold.is_live(hold.now):
        return None
    if hold.ended_at is None:
        owned.end_hold(hold, HoldEnd.EXPIRED)
        return HoldEnd.EXPIRED
    return HoldEnd(hold.end)

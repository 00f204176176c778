"""Operations on a visitor's locked hold: check that it may change, release seats, end it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from seating.errors import HoldExpired, HoldNotFound, HoldSealed
from seating.holds import locking, quotas
from seating.holds.diagnosis import SeatsChanged
from seating.holds.locking import SeatRow
from seating.holds.visitors import OFFER_PREFIX, RESCUE_PREFIX
from seating.lapses import expired_with
from seating.models import Hold, HoldEnd
from seating.signals import sealed_hold_refused


def lock_open_hold(showtime_id: int, visitor: str) -> Hold | None:
    """The visitor's live hold, locked; None when it was past its time and has been ended.

    Raises SeatsChanged without a hold, HoldSealed.
    """
    theirs = Hold.objects.of(visitor).open().with_now().filter(showtime_id=showtime_id)
    hold = theirs.select_for_update(no_key=True).first()
    if hold is None:
        raise SeatsChanged()
    if not hold.is_live(hold.now):
        end_hold(hold, HoldEnd.EXPIRED)
        return None
    if hold.sealed_at is not None:
        raise sealed(hold)
    return hold


def lock_live(showtime_id: int, visitor: str) -> Hold | None:
    """The visitor's live hold, sealed or not, locked; None without one."""
    live = Hold.objects.of(visitor).open().with_now()
    live = live.filter(showtime_id=showtime_id, expires_at__gt=Now())
    return live.select_for_update(no_key=True).first()


def end_expired_hold(*, showtime_id: int, visitor: str) -> None:
    """End the visitor's hold if it is past its time, in a transaction of its own. Raises
    HoldSealed."""
    with suppress(SeatsChanged), transaction.atomic():
        lock_open_hold(showtime_id, visitor)


def keep_only(hold: Hold, held: Sequence[SeatRow], seat_ids: Collection[int]) -> list[SeatRow]:
    """Release the seats of a locked hold, except ``seat_ids`` and the other halves of their couple
    seats."""
    kept = [row for row in held if row.seat_id in seat_ids or row.other_half_id in seat_ids]
    dropped = [row for row in held if row not in kept]
    locking.mark_available(dropped)
    record_let_go(hold, dropped)
    return kept


def lock_own(hold_id: UUID, visitor: str) -> Hold:
    theirs = Hold.objects.of(visitor).with_now().filter(pk=hold_id)
    hold = theirs.select_for_update(no_key=True).first()
    if hold is None:
        raise HoldNotFound()
    return hold


def lock_changeable(hold_id: UUID, visitor: str) -> Hold:
    hold = lock_own(hold_id, visitor)
    check_changeable(hold)
    return hold


def check_changeable(hold: Hold | None) -> None:
    if hold is None:
        raise HoldNotFound()
    if not hold.is_live(hold.now):
        raise HoldExpired()
    if hold.sealed_at is not None:
        raise sealed(hold)


def sealed(hold: Hold) -> HoldSealed:
    """The refusal, with the facts that the receivers of ``sealed_hold_refused`` add."""
    facts: dict[str, Any] = {}
    sealed_hold_refused.send(Hold, hold=hold, facts=facts)
    return HoldSealed(**facts)


def mark_ended(hold: Hold, end: HoldEnd) -> None:
    hold.ended_at, hold.end = hold.now, end
    hold.save(update_fields=["ended_at", "end"])


def record_let_go(hold: Hold, rows: Sequence[SeatRow], *, is_unpaid: bool = True) -> None:
    """Count the seats that a locked hold releases now, and those taken over since it expired."""
    seats = {row.seat_id for row in rows}
    if hold.expires_at <= hold.now:
        seats |= set(expired_with(showtime_id=hold.showtime_id, hold_id=hold.pk))
    kept = min(hold.now, hold.expires_at) - hold.created_at
    quotas.record_let_go(
        visitor=hold.visitor.removeprefix(RESCUE_PREFIX),
        showtime_id=hold.showtime_id,
        seat_ids=seats,
        kept_seconds=max(0.0, kept.total_seconds()),
        at=hold.now,
        # An offer that nobody accepted was made by the chain.
        is_unpaid=is_unpaid and not hold.visitor.startswith(OFFER_PREFIX),
    )


def end_hold(hold: Hold, end: HoldEnd, *, by_chain: bool = False) -> int:
    """End a hold that the caller has locked and open its seats. Returns how many it had.

    Counts how long its owner held them unpaid, unless the chain itself ends the hold.
    """
    if hold.ended_at is not None:
        return 0
    seats = locking.lock_held(hold)
    locking.mark_available(seats)
    record_let_go(hold, seats, is_unpaid=not by_chain)
    mark_ended(hold, end)
    return len(seats)

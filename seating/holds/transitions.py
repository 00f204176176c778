"""Transitions of holds: the first visitor to take a seat has it for ``HOLD_SECONDS``.

Every transition takes its locks in the order of docs/locking.md (hold, then seats by id) and
decides after locking, by the database's clock. Expiry is a comparison: a hold past its time is
free to the next taker whether or not it was swept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from seating import metrics
from seating.errors import (
    HoldExpired,
    HoldNotFound,
    HoldSealed,
    SeatRepeated,
    SeatsMissing,
    TooManySeats,
)
from seating.holds import locking, statements
from seating.holds.companion_rule import check_companions, lone_companions
from seating.holds.diagnosis import SeatsChanged, diagnose, refusal
from seating.holds.locking import SeatRow
from seating.holds.owned import (
    check_changeable,
    keep_only,
    lock_changeable,
    lock_open_hold,
    lock_own,
    mark_ended,
    record_let_go,
)
from seating.holds.owned import end_hold as end_hold
from seating.holds.owned import sealed as sealed_refusal
from seating.holds.reading import describe, open_hold, read_hold
from seating.holds.retry import retry_on_conflict
from seating.holds.types import HeldSeats as HeldSeats
from seating.models import Hold, HoldEnd, SeatCategory

SWEEP_HOLDS_MAX = 5_000
SEAL_ATTEMPTS_MAX = 3


def hold_seats(*, showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> HeldSeats:
    """Take ``seat_ids`` for ``visitor``, all or none, starting a hold or adding to theirs.

    Adding never resets the clock. Both halves of a couple seat are taken together. A new hold
    locks its seats (NOWAIT); adding locks the hold, then the seats (NOWAIT). Raises SeatsMissing,
    SeatRepeated, TooManySeats, SeatUnknown, SeatTaken, HoldSealed, ShowtimeClosed, NotFound.
    """
    _check_shape(seat_ids)
    held = retry_on_conflict(
        showtime_id, seat_ids, lambda: _start_or_add(showtime_id, visitor, seat_ids)
    )
    metrics.HELD.inc()
    return held


def change_seats(*, hold_id: UUID, visitor: str, seat_ids: Sequence[int]) -> HeldSeats:
    """Make the hold's seats exactly ``seat_ids``, all or nothing. Errors as ``hold_seats``."""
    _check_shape(seat_ids)
    showtime_id = get_hold(hold_id=hold_id, visitor=visitor).showtime_id
    return retry_on_conflict(showtime_id, seat_ids, lambda: _exchange(hold_id, visitor, seat_ids))


@transaction.atomic
def release_seats(*, hold_id: UUID, visitor: str, seat_ids: Collection[int]) -> HeldSeats | None:
    """Release some of the hold's seats; None when no seat is left and the hold has ended.

    The other half of a couple seat goes with it, and companion places with their wheelchair space.
    """
    hold = lock_changeable(hold_id, visitor)
    held = locking.lock_held(hold)
    chosen = [row for row in held if row.seat_id in seat_ids or row.other_half_id in seat_ids]
    chosen += _companions_left_alone(hold, [row for row in held if row not in chosen])
    locking.mark_available(chosen)
    record_let_go(hold, chosen)
    kept = [row for row in held if row not in chosen]
    if kept:
        return describe(hold, kept)
    mark_ended(hold, HoldEnd.RELEASED)
    return None


@transaction.atomic
def release_hold(*, hold_id: UUID, visitor: str) -> int:
    """Release every seat of the hold; how many they were. Raises HoldNotFound, HoldSealed."""
    hold = lock_own(hold_id, visitor)
    if hold.sealed_at is not None and hold.is_live(hold.now):
        raise sealed_refusal(hold)
    return end_hold(hold, HoldEnd.RELEASED)


def get_hold(*, hold_id: UUID, visitor: str) -> HeldSeats:
    """The visitor's live hold. Raises HoldNotFound, HoldExpired."""
    hold = Hold.objects.of(visitor).with_now().filter(pk=hold_id).first()
    if hold is None:
        raise HoldNotFound()
    if not hold.is_live(hold.now):
        raise HoldExpired()
    return read_hold(hold)


def current_hold(*, showtime_id: int, visitor: str) -> HeldSeats | None:
    """The visitor's live hold of this showtime; None without one."""
    hold = open_hold(showtime_id=showtime_id, visitor=visitor)
    return read_hold(hold) if hold else None


def seal_hold(*, hold_id: UUID, visitor: str) -> HeldSeats:
    """Fix the hold's seats while an order made from it waits for its payment.

    In the caller's transaction, which keeps the hold and its seats locked to its end. Raises
    HoldNotFound, HoldExpired, HoldSealed.
    """
    locking.require_transaction()
    for _attempt in range(SEAL_ATTEMPTS_MAX):
        if held := statements.seal(hold_id, visitor):
            return held
        # It raises, unless the hold was unsealed since the statement.
        check_changeable(Hold.objects.of(visitor).with_now().filter(pk=hold_id).first())
    raise HoldSealed()


def lock_hold(hold_id: UUID) -> Hold:
    """The hold of any owner, locked in the caller's transaction."""
    return Hold.objects.with_now().select_for_update(no_key=True).get(pk=hold_id)


def unseal_hold(hold: Hold) -> None:
    """Let the owner of a locked hold change its seats again; its time runs on."""
    hold.sealed_at = None
    hold.save(update_fields=["sealed_at"])


def sweep_expired_holds() -> int:
    """End holds past their time and push their seats to open maps; returns how many.

    SKIP LOCKED: several sweepers share the work and none waits for a hold that is in use. Each
    hold has its own transaction: locking the seats of two holds could deadlock with a late payment
    for the same seats.
    """
    for swept in range(SWEEP_HOLDS_MAX):
        if not _end_oldest_expired():
            return swept
        metrics.EXPIRED.inc()
    return SWEEP_HOLDS_MAX


@transaction.atomic
def _end_oldest_expired() -> bool:
    hold = (
        Hold.objects.open()
        .with_now()
        .filter(expires_at__lte=Now())
        .select_for_update(skip_locked=True, no_key=True)
        .order_by("expires_at")
        .first()
    )
    if hold is not None:
        end_hold(hold, HoldEnd.EXPIRED)
    return hold is not None


def _check_shape(seat_ids: Sequence[int]) -> None:
    if not seat_ids:
        raise SeatsMissing()
    if len(set(seat_ids)) != len(seat_ids):
        raise SeatRepeated()
    if len(seat_ids) > settings.HOLD_SEATS_MAX:
        raise TooManySeats(settings.HOLD_SEATS_MAX)


def _start_or_add(
    showtime_id: int, visitor: str, seat_ids: Sequence[int], *, takes_companions: bool = False
) -> HeldSeats:
    started = statements.start_hold(
        showtime_id, visitor, seat_ids, takes_companions=takes_companions
    )
    if started is not None:
        return started
    found = diagnose(showtime_id, visitor, seat_ids)
    if found.has_hold:
        grown = _add_to_hold(showtime_id, visitor, seat_ids)
        return grown or _start_or_add(showtime_id, visitor, seat_ids)
    obstacle = refusal(showtime_id, seat_ids, found)
    if isinstance(obstacle, SeatsChanged) and found.other_halves:
        both = [*seat_ids, *found.other_halves]
        if len(both) > settings.HOLD_SEATS_MAX:
            raise TooManySeats(settings.HOLD_SEATS_MAX)
        return _start_or_add(showtime_id, visitor, both)
    if isinstance(obstacle, SeatsChanged) and found.has_companions and not takes_companions:
        check_companions(showtime_id, seat_ids)
        return _start_or_add(showtime_id, visitor, seat_ids, takes_companions=True)
    raise obstacle


@transaction.atomic
def _add_to_hold(showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> HeldSeats | None:
    """Add to the visitor's hold; None when it was past its time and has been ended."""
    hold = lock_open_hold(showtime_id, visitor)
    if hold is None:
        return None
    held = locking.lock_held(hold)
    added = _add(hold, seat_ids, held)
    _check_companions(hold, held + added)
    return describe(hold, held + added, taken=len(added))


def _companions_left_alone(hold: Hold, rows: Sequence[SeatRow]) -> list[SeatRow]:
    if not any(row.category == SeatCategory.COMPANION for row in rows):
        return []
    lone = {seat.id for seat in lone_companions(hold.showtime_id, [row.seat_id for row in rows])}
    return [row for row in rows if row.seat_id in lone]


def _check_companions(hold: Hold, rows: Sequence[SeatRow]) -> None:
    if any(row.category == SeatCategory.COMPANION for row in rows):
        check_companions(hold.showtime_id, [row.seat_id for row in rows])


def _add(hold: Hold, seat_ids: Sequence[int], held: Sequence[SeatRow]) -> list[SeatRow]:
    """Take more seats into a locked, live hold; returns the ones that were not in it yet."""
    if not seat_ids:
        return []
    wanted = locking.lock_takeable(hold, seat_ids)
    already = {row.seat_id for row in held}
    fresh = [row for row in wanted if row.seat_id not in already]
    if len(held) + len(fresh) > settings.HOLD_SEATS_MAX:
        raise TooManySeats(settings.HOLD_SEATS_MAX)
    locking.mark_held(fresh, hold)
    return fresh


@transaction.atomic
def _exchange(hold_id: UUID, visitor: str, seat_ids: Sequence[int]) -> HeldSeats:
    hold = lock_changeable(hold_id, visitor)
    kept = keep_only(hold, locking.lock_held(hold), seat_ids)
    kept_ids = {row.seat_id for row in kept}
    added = _add(hold, sorted(set(seat_ids) - kept_ids), kept)
    _check_companions(hold, kept + added)
    return describe(hold, kept + added, taken=len(added))

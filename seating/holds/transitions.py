"""Holding seats: the first visitor to take a seat has it for ``HOLD_SECONDS``.

Every transition takes its locks in the order of docs/locking.md (hold, then seats by id) and
decides after locking, by the database's clock. Expiry is a comparison: a hold past its time is
free to the next taker whether or not it was swept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
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
from seating.holds import locking, quotas, statements
from seating.holds.diagnosis import SeatsChanged, diagnose, refusal
from seating.holds.locking import SeatRow
from seating.holds.reading import describe, read_hold
from seating.holds.retry import retry_on_conflict
from seating.holds.types import HeldSeats as HeldSeats
from seating.lapses import SeatLapse
from seating.models import Hold, HoldEnd
from seating.signals import sealed_hold_refused

SWEEP_HOLDS_MAX = 5_000


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
    """Open some of the hold's seats again; None when no seat is left and the hold has ended."""
    hold = _lock_changeable(hold_id, visitor)
    held = locking.lock_held(hold)
    chosen = [row for row in held if row.seat_id in seat_ids or row.other_half_id in seat_ids]
    locking.mark_available(chosen)
    _record_let_go(hold, chosen)
    kept = [row for row in held if row not in chosen]
    if kept:
        return describe(hold, kept)
    _end(hold, HoldEnd.RELEASED)
    return None


@transaction.atomic
def release_hold(*, hold_id: UUID, visitor: str) -> int:
    """Give every seat of the hold back; how many they were. Raises HoldNotFound, HoldSealed."""
    hold = _lock_own(hold_id, visitor)
    if hold.sealed_at is not None and hold.is_live(hold.now):
        raise _sealed(hold)
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
    """What the visitor holds of this showtime now."""
    theirs = Hold.objects.of(visitor).open().with_now()
    hold = theirs.filter(showtime_id=showtime_id, expires_at__gt=Now()).first()
    return read_hold(hold) if hold else None


def seal_hold(*, hold_id: UUID, visitor: str) -> HeldSeats:
    """Fix the hold's seats while an order made from it waits for its payment.

    In the caller's transaction, which keeps the hold and its seats locked to its end. Raises
    HoldNotFound, HoldExpired, HoldSealed.
    """
    locking.require_transaction()
    held = statements.seal(hold_id, visitor)
    if held is None:
        _check_changeable(Hold.objects.of(visitor).with_now().filter(pk=hold_id).first())
        raise HoldSealed()  # unsealed since the statement
    return held


def lock_hold(hold_id: UUID) -> Hold:
    """The hold of any owner, locked in the caller's transaction."""
    return Hold.objects.with_now().select_for_update(no_key=True).get(pk=hold_id)


def unseal_hold(hold: Hold) -> None:
    """Let the owner of a locked hold change its seats again; its time runs on."""
    hold.sealed_at = None
    hold.save(update_fields=["sealed_at"])


def end_hold(hold: Hold, end: HoldEnd, *, by_chain: bool = False) -> int:
    """End a hold that the caller has locked and open its seats. Returns how many it had.

    Counts how long its owner kept them unpaid, unless the chain itself ends the hold.
    """
    if hold.ended_at is not None:
        return 0
    seats = locking.lock_held(hold)
    locking.mark_available(seats)
    _record_let_go(hold, seats, is_unpaid=not by_chain)
    _end(hold, end)
    return len(seats)


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


def _start_or_add(showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> HeldSeats:
    started = statements.start_hold(showtime_id, visitor, seat_ids)
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
    raise obstacle


@transaction.atomic
def _add_to_hold(showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> HeldSeats | None:
    """Add to the visitor's hold; None when it was past its time and has been ended."""
    theirs = Hold.objects.of(visitor).open().with_now().filter(showtime_id=showtime_id)
    hold = theirs.select_for_update(no_key=True).first()
    if hold is None:
        raise SeatsChanged()
    if not hold.is_live(hold.now):
        end_hold(hold, HoldEnd.EXPIRED)
        return None
    if hold.sealed_at is not None:
        raise _sealed(hold)
    held = locking.lock_held(hold)
    added = _add(hold, seat_ids, held)
    return describe(hold, held + added, taken=len(added))


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
    hold = _lock_changeable(hold_id, visitor)
    held = locking.lock_held(hold)
    kept = [row for row in held if row.seat_id in seat_ids or row.other_half_id in seat_ids]
    dropped = [row for row in held if row not in kept]
    locking.mark_available(dropped)
    _record_let_go(hold, dropped)
    kept_ids = {row.seat_id for row in kept}
    added = _add(hold, sorted(set(seat_ids) - kept_ids), kept)
    return describe(hold, kept + added, taken=len(added))


def _lock_own(hold_id: UUID, visitor: str) -> Hold:
    theirs = Hold.objects.of(visitor).with_now().filter(pk=hold_id)
    hold = theirs.select_for_update(no_key=True).first()
    if hold is None:
        raise HoldNotFound()
    return hold


def _lock_changeable(hold_id: UUID, visitor: str) -> Hold:
    hold = _lock_own(hold_id, visitor)
    _check_changeable(hold)
    return hold


def _check_changeable(hold: Hold | None) -> None:
    if hold is None:
        raise HoldNotFound()
    if not hold.is_live(hold.now):
        raise HoldExpired()
    if hold.sealed_at is not None:
        raise _sealed(hold)


def _sealed(hold: Hold) -> HoldSealed:
    """The refusal, with the facts that the app above adds."""
    facts: dict[str, Any] = {}
    sealed_hold_refused.send(Hold, hold=hold, facts=facts)
    return HoldSealed(**facts)


def _end(hold: Hold, end: HoldEnd) -> None:
    hold.ended_at, hold.end = hold.now, end
    hold.save(update_fields=["ended_at", "end"])


def _record_let_go(hold: Hold, rows: Sequence[SeatRow], *, is_unpaid: bool = True) -> None:
    """Count the seats that a locked hold lets go now, and those taken over since it expired."""
    seats = {row.seat_id for row in rows}
    if hold.expires_at <= hold.now:
        seats |= set(
            SeatLapse.objects.filter(
                showtime_id=hold.showtime_id, hold_id=hold.pk, let_go_at__gte=F("held_until")
            ).values_list("seat_id", flat=True)
        )
    kept = min(hold.now, hold.expires_at) - hold.created_at
    quotas.record_let_go(
        visitor=hold.visitor,
        showtime_id=hold.showtime_id,
        seat_ids=seats,
        kept_seconds=max(0.0, kept.total_seconds()),
        at=hold.now,
        is_unpaid=is_unpaid,
    )

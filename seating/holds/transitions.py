"""Holding seats: who tapped first has them, for ``HOLD_SECONDS``, and nobody else.

With ``seating.holds.sales`` the only code that changes the state of a ShowtimeSeat. Every
transition takes its locks in the order of docs/locking.md (hold, then seats by id) and decides
after locking with the database's clock. Expiry is a comparison: a hold past its time is free to
the next taker whether or not it was swept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from seating import metrics, sealed
from seating.errors import (
    HoldExpired,
    HoldNotFound,
    HoldSealed,
    SeatRepeated,
    SeatsMissing,
    TooManySeats,
)
from seating.holds import abuse, fast_path, locking
from seating.holds.diagnosis import seat_taken
from seating.holds.locking import SeatRow
from seating.holds.retry import retry_on_conflict
from seating.holds.types import HeldSeat as HeldSeat
from seating.holds.types import HeldSeats as HeldSeats
from seating.models import Hold, HoldEnd, ShowtimeSeat

SWEEP_HOLDS_MAX = 5_000
BEARER = "bearer:"


def new_bearer() -> str:
    """A visitor for a client that names itself by nothing but the hold's id."""
    return f"{BEARER}{uuid4()}"


def hold_seats(*, showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> HeldSeats:
    """Take ``seat_ids`` for ``visitor``, all or none, starting a hold or adding to theirs.

    Adding never resets the clock. Both halves of a couple seat are taken together. Locks the
    visitor's hold, then the seats (NOWAIT); the common tap does all of it in one statement.
    Raises SeatsMissing, SeatRepeated, TooManySeats, SeatUnknown, SeatTaken, HoldSealed,
    ShowtimeClosed, NotFound.
    """
    _check_shape(seat_ids)

    def attempt() -> HeldSeats:
        at_once = fast_path.try_hold_free_seats(showtime_id, visitor, seat_ids)
        if at_once is not None:
            return at_once
        if lost := fast_path.definitely_taken(showtime_id, visitor, seat_ids):
            raise seat_taken(showtime_id, lost)
        return _take_for(showtime_id, visitor, seat_ids)

    held = retry_on_conflict(showtime_id, seat_ids, attempt)
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
    kept = [row for row in held if row not in chosen]
    if kept:
        return _describe(hold, kept)
    _end(hold, HoldEnd.RELEASED)
    return None


@transaction.atomic
def release_hold(*, hold_id: UUID, visitor: str) -> int:
    """Give every seat of the hold back; how many they were. Raises HoldNotFound, HoldSealed."""
    hold = _lock_own(hold_id, visitor)
    if hold.sealed_at is not None and hold.is_live(hold.now):
        raise HoldSealed()
    return end_hold(hold, HoldEnd.RELEASED)


def get_hold(*, hold_id: UUID, visitor: str) -> HeldSeats:
    """The visitor's live hold. Raises HoldNotFound, HoldExpired."""
    hold = Hold.objects.of(visitor).with_now().filter(pk=hold_id).first()
    if hold is None:
        raise HoldNotFound()
    if not hold.is_live(hold.now):
        raise HoldExpired()
    return _read(hold)


def current_hold(*, showtime_id: int, visitor: str) -> HeldSeats | None:
    """What the visitor holds of this showtime now."""
    theirs = Hold.objects.of(visitor).open().with_now()
    hold = theirs.filter(showtime_id=showtime_id, expires_at__gt=Now()).first()
    return _read(hold) if hold else None


def seal_hold(*, hold_id: UUID, visitor: str) -> HeldSeats:
    """Fix the hold's seats while an order made from it waits for its payment.

    In the caller's transaction, which keeps the hold and its seats locked to its end. Raises
    HoldNotFound, HoldExpired, HoldSealed.
    """
    if plainly := sealed.seal_plainly(hold_id, visitor):
        return plainly
    hold = _lock_changeable(hold_id, visitor)
    held = locking.lock_held(hold)
    hold.sealed_at = hold.now
    hold.save(update_fields=["sealed_at"])
    return _describe(hold, held)


def lock_hold(hold_id: UUID) -> Hold:
    """The hold, locked, whoever owns it: for what becomes of an order. In a transaction."""
    return Hold.objects.with_now().select_for_update(no_key=True).get(pk=hold_id)


def unseal_hold(hold: Hold) -> None:
    """Let the owner of a locked hold change its seats again; the clock runs on."""
    hold.sealed_at = None
    hold.save(update_fields=["sealed_at"])


def end_hold(hold: Hold, end: HoldEnd) -> int:
    """End a hold that the caller has locked, opening whatever seats it still has: how many."""
    if hold.ended_at is not None:
        return 0
    seats = locking.lock_held(hold)
    locking.mark_available(seats)
    _end(hold, end)
    return len(seats)


def sweep_expired_holds() -> int:
    """Tidy holds past their time and push their seats to open maps; returns how many.

    SKIP LOCKED: several sweepers share the work and none waits for a hold that is in use. Each
    hold has a transaction of its own, so that nobody ever locks the seats of two holds, whose
    order a late payment for the same seats could meet from the other side.
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


@transaction.atomic
def _take_for(showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> HeldSeats:
    hold = (
        Hold.objects.of(visitor)
        .open()
        .with_now()
        .filter(showtime_id=showtime_id)
        .select_for_update(no_key=True)
        .first()
    )
    if hold is not None and not hold.is_live(hold.now):
        end_hold(hold, HoldEnd.EXPIRED)
        hold = None
    if hold is None:
        return _take_first(showtime_id, visitor, seat_ids)
    if hold.sealed_at is not None:
        raise HoldSealed()
    held = locking.lock_held(hold)
    return _describe(hold, held + _add(hold, seat_ids, held))


def _take_first(showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> HeldSeats:
    """No hold yet: one locking read, one insert, one update."""
    hold_id = uuid4()
    taken = locking.lock_takeable(showtime_id, seat_ids, hold_id)
    now = taken[0].now
    hold = Hold(
        id=hold_id,
        showtime_id=showtime_id,
        visitor=visitor,
        created_at=now,
        expires_at=now + timedelta(seconds=settings.HOLD_SECONDS),
    )
    hold.now = now
    hold.save(force_insert=True)
    locking.mark_held(taken, hold)
    return _describe(hold, taken)


def _add(hold: Hold, seat_ids: Sequence[int], held: Sequence[SeatRow]) -> list[SeatRow]:
    """Take more seats into a locked, live hold; returns the ones that were not in it yet."""
    if not seat_ids:
        return []
    wanted = locking.lock_takeable(hold.showtime_id, seat_ids, hold.pk)
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
    locking.mark_available([row for row in held if row not in kept])
    kept_ids = {row.seat_id for row in kept}
    missing = sorted(set(seat_ids) - kept_ids)
    return _describe(hold, kept + _add(hold, missing, kept))


def _lock_own(hold_id: UUID, visitor: str) -> Hold:
    theirs = Hold.objects.of(visitor).with_now().filter(pk=hold_id)
    hold = theirs.select_for_update(no_key=True).first()
    if hold is None:
        raise HoldNotFound()
    return hold


def _lock_changeable(hold_id: UUID, visitor: str) -> Hold:
    hold = _lock_own(hold_id, visitor)
    if not hold.is_live(hold.now):
        raise HoldExpired()
    if hold.sealed_at is not None:
        raise HoldSealed()
    return hold


def _end(hold: Hold, end: HoldEnd) -> None:
    if end == HoldEnd.EXPIRED:
        abuse.note_lapse(hold.visitor, hold.now)
    hold.ended_at, hold.end = hold.now, end
    hold.save(update_fields=["ended_at", "end"])


def _read(hold: Hold) -> HeldSeats:
    """The hold's seats as they are, without locking."""
    seats = (
        ShowtimeSeat.objects.filter(showtime_id=hold.showtime_id)
        .held_by(hold.pk)
        .values_list(*locking.SEAT_ROW_FIELDS, Now())
    )
    return _describe(hold, [SeatRow(*values) for values in seats])


def _describe(hold: Hold, held: Sequence[SeatRow]) -> HeldSeats:
    return HeldSeats(
        hold_id=hold.pk,
        showtime_id=hold.showtime_id,
        seats=tuple(
            HeldSeat(row.pk, row.seat_id, row.label, row.category, row.price_rupiah)
            for row in sorted(held, key=lambda row: row.seat_id)
        ),
        expires_at=hold.expires_at,
        server_time=hold.now,
        is_sealed=hold.sealed_at is not None,
    )

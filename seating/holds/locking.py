"""Seat rows under lock: reading them in the documented order, and writing their new state.

Each write adds one to the version and announces the change on commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from psycopg import errors as pg

from seating.errors import TooManySeats
from seating.holds.diagnosis import diagnose, refusal
from seating.live import publisher
from seating.models import (
    TAKEABLE,
    Hold,
    SeatCategory,
    SeatStatus,
    ShowtimeSeat,
    ShowtimeSeatQuerySet,
)


class SeatRow(NamedTuple):
    """A ShowtimeSeat as it was read under lock."""

    pk: int
    seat_id: int
    showtime_id: int
    price_rupiah: int
    version: int
    row: str
    number: int
    category: str
    partner_id: int | None
    hold_id: UUID | None
    now: datetime

    @property
    def label(self) -> str:
        return f"{self.row}{self.number}"

    @property
    def other_half_id(self) -> int | None:
        """The seat that is sold together with this one."""
        return self.partner_id if self.category == SeatCategory.COUPLE else None


SEAT_ROW_FIELDS = (
    "pk",
    "seat_id",
    "showtime_id",
    "price_rupiah",
    "version",
    "seat__row",
    "seat__number",
    "seat__category",
    "seat__partner_id",
    "hold_id",
)


def is_lock_conflict(error: OperationalError | IntegrityError) -> bool:
    """Whether another transaction has the lock, or the visitor's other request made the hold
    first."""
    cause = error.__cause__
    if isinstance(cause, pg.LockNotAvailable | pg.DeadlockDetected):
        return True
    return (
        isinstance(cause, pg.UniqueViolation)
        and cause.diag.constraint_name == "hold_one_open_per_visitor"
    )


def lock_takeable(hold: Hold, seat_ids: Sequence[int]) -> list[SeatRow]:
    """Lock the wanted seats and the other halves of couple seats, NOWAIT, all or nothing.

    A seat can be taken when it is available, held past its time, or already in ``hold``.
    """
    rows = _lock_wanted(hold, seat_ids)
    halves = sorted({row.other_half_id for row in rows if row.other_half_id} - set(seat_ids))
    if halves:
        if len(rows) + len(halves) > settings.HOLD_SEATS_MAX:
            raise TooManySeats(settings.HOLD_SEATS_MAX)
        rows += _lock_wanted(hold, halves)
    return rows


def lock_if_free(hold: Hold, seat_ids: Sequence[int]) -> list[SeatRow] | None:
    """Lock seats that can be taken, SKIP LOCKED; None unless they all can."""
    rows = _rows(
        ShowtimeSeat.objects.select_for_update(skip_locked=True, of=("self",), no_key=True),
        hold,
        seat_ids,
    )
    return rows if len(rows) == len(seat_ids) else None


def _rows(seats: ShowtimeSeatQuerySet, hold: Hold, seat_ids: Sequence[int]) -> list[SeatRow]:
    """The seats that the hold may contain, while its showtime is on sale."""
    return [
        SeatRow(*values)
        for values in seats.filter(
            TAKEABLE | Q(status=SeatStatus.HELD, hold_id=hold.pk),
            showtime_id=hold.showtime_id,
            seat_id__in=seat_ids,
            showtime__cancelled_at__isnull=True,
            showtime__sale_opens_at__lte=Now(),
            showtime__sale_closes_at__gt=Now(),
        )
        .order_by("seat_id")
        .values_list(*SEAT_ROW_FIELDS, Now())
    ]


def _lock_wanted(hold: Hold, seat_ids: Sequence[int]) -> list[SeatRow]:
    rows = _rows(
        ShowtimeSeat.objects.select_for_update(nowait=True, of=("self",), no_key=True),
        hold,
        seat_ids,
    )
    if len(rows) != len(seat_ids):
        found = diagnose(hold.showtime_id, hold.visitor, seat_ids)
        raise refusal(hold.showtime_id, seat_ids, found)
    return rows


def lock_held(hold: Hold) -> list[SeatRow]:
    """The seats of a locked hold. Waits: only a transaction that takes an expired seat can hold the
    locks."""
    return [
        SeatRow(*values)
        for values in ShowtimeSeat.objects.select_for_update(of=("self",), no_key=True)
        .filter(showtime_id=hold.showtime_id)
        .held_by(hold.pk)
        .order_by("seat_id")
        .values_list(*SEAT_ROW_FIELDS, Now())
    ]


def lock_held_by(hold_ids: Collection[UUID], showtime_id: int) -> list[SeatRow]:
    """The seats of several locked holds of one visitor, locked together by seat."""
    return [
        SeatRow(*values)
        for values in ShowtimeSeat.objects.select_for_update(of=("self",), no_key=True)
        .filter(showtime_id=showtime_id, status=SeatStatus.HELD, hold_id__in=hold_ids)
        .order_by("seat_id")
        .values_list(*SEAT_ROW_FIELDS, Now())
    ]


def lock_by_id(showtime_seat_ids: Collection[int], allowed: Q) -> list[SeatRow]:
    """Those of the rows that are ``allowed``, locked by seat."""
    return [
        SeatRow(*values)
        for values in ShowtimeSeat.objects.select_for_update(of=("self",), no_key=True)
        .filter(allowed, pk__in=showtime_seat_ids)
        .order_by("seat_id")
        .values_list(*SEAT_ROW_FIELDS, Now())
    ]


def lock_for_exchange(
    old_ids: Collection[int], new_ids: Collection[int], sale: UUID
) -> list[SeatRow]:
    """Seats sold to ``sale`` and seats that can be taken, locked together by showtime and seat."""
    sold = Q(status=SeatStatus.SOLD, sale=sale, pk__in=old_ids)
    return [
        SeatRow(*values)
        for values in ShowtimeSeat.objects.select_for_update(of=("self",), no_key=True)
        .filter(sold | (TAKEABLE & Q(pk__in=new_ids)))
        .order_by("showtime_id", "seat_id")
        .values_list(*SEAT_ROW_FIELDS, Now())
    ]


def _write(rows: Sequence[SeatRow], status: SeatStatus, **owner: Any) -> None:
    if not rows:
        return
    columns = {"hold_id": None, "held_until": None, "sale": None} | owner
    ShowtimeSeat.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=status, version=F("version") + 1, **columns
    )
    publisher.announce(
        rows[0].showtime_id, [(row.seat_id, status.value, row.version + 1) for row in rows]
    )


def mark_held(rows: Sequence[SeatRow], hold: Hold) -> None:
    _write(rows, SeatStatus.HELD, hold_id=hold.pk, held_until=hold.expires_at)


def mark_sold(rows: Sequence[SeatRow], sale: UUID) -> None:
    _write(rows, SeatStatus.SOLD, sale=sale)


def mark_available(rows: Sequence[SeatRow]) -> None:
    _write(rows, SeatStatus.AVAILABLE)


def mark_blocked(rows: Sequence[SeatRow]) -> None:
    _write(rows, SeatStatus.BLOCKED)


def require_transaction() -> None:
    """Refuse to run outside the caller's transaction, where locks would end at once."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "this transition needs the caller's transaction"
        )

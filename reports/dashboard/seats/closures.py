"""Closing seats with a reason, for one showtime or until a day, and ending a closure.

Free seats are blocked at once, one showtime after the other. Seats that are sold or held stay, and
are blocked by the next run of ``work`` after they become free; the same run closes the seats of
showtimes that were added or moved meanwhile.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from accounts.models import User
from bookings.models import Booking
from movies.models import Showtime
from reports.errors import ClosureEnded, SeatsUnknown
from reports.models import SeatClosure
from seating.holds import sales
from seating.models import TAKEABLE, SeatStatus, ShowtimeSeat

logger = logging.getLogger(__name__)

SEATS_MAX = 200
SHOWTIMES_MAX = 1_000
CLOSURES_AT_ONCE_MAX = 100
FREEING_TAKES_AT_MOST = timedelta(hours=1)
RANGE = re.compile(r"([A-Z]{1,3})(\d{1,3})(?:-(?:([A-Z]{1,3}))?(\d{1,3}))?")
LABEL = Concat("seat__row", Cast("seat__number", TextField()), output_field=TextField())


@dataclass(frozen=True)
class TakenSeat:
    """A seat that stays because it is sold or held, with its booking if there is one."""

    showtime: Showtime
    label: str
    status: str
    booking: Booking | None


def parse_labels(text: str, known: Iterable[str]) -> list[str]:
    """``C7, C8 D1-D4`` as labels, in the order given. Raises SeatsUnknown."""
    there, found = set(known), []
    for part in re.split(r"[\s,;]+", text.upper().strip()):
        match = RANGE.fullmatch(part)
        if match is None:
            raise SeatsUnknown(seats=[part])
        row, first, other_row, last = match.groups()
        numbers = range(int(first), int(last or first) + 1)
        if not numbers or other_row not in (None, row):
            raise SeatsUnknown(seats=[part])
        found += [f"{row}{number}" for number in numbers[: SEATS_MAX + 1]]
    if len(found) > SEATS_MAX or (unknown := [one for one in found if one not in there]):
        raise SeatsUnknown(seats=found[:1] if len(found) > SEATS_MAX else unknown[:SEATS_MAX])
    return list(dict.fromkeys(found))


def close_seats(
    *,
    showtime: Showtime,
    labels: Sequence[str],
    reason: str,
    last_day: date | None,
    by: User,
    at: datetime,
) -> SeatClosure:
    """Close seats of ``showtime``, or until ``last_day`` of all showtimes of its studio from it on.

    Each showtime's seats are locked in a transaction of its own.
    """
    closure = SeatClosure.objects.create(
        studio_id=showtime.studio_id,
        showtime=showtime if last_day is None else None,
        labels=list(labels),
        reason=reason,
        first_day=showtime.business_date,
        last_day=last_day or showtime.business_date,
        made_by=by,
        made_at=at,
    )
    apply(closure, at)
    return closure


def end_closure(*, closure_id: int, by: User, at: datetime) -> int:
    """End it and put on sale what it blocked of showtimes to come; returns how many seats.

    Raises ClosureEnded.
    """
    return _free(_end(closure_id, by, at), at)


def _free(closure: SeatClosure, at: datetime) -> int:
    """Put on sale what an ended closure still blocks, one showtime after the other."""
    coming = ShowtimeSeat.objects.filter(
        pk__in=closure.blocked_ids,
        status=SeatStatus.BLOCKED,
        showtime__cancelled_at__isnull=True,
        showtime__starts_at__gt=at,
    )
    freed = sum(sales.unblock_seats(showtime_seat_ids=ids) for ids in _by_showtime(coming).values())
    SeatClosure.objects.filter(pk=closure.pk).update(blocked_ids=[])
    return freed


@transaction.atomic
def _end(closure_id: int, by: User, at: datetime) -> SeatClosure:
    """End it; seats that another open closure names become that one's.

    Locks the closures by id. Raises ClosureEnded.
    """
    ending = SeatClosure.objects.get(pk=closure_id)
    same_seats = SeatClosure.objects.filter(
        studio=ending.studio_id,
        labels__overlap=ending.labels,
        first_day__lte=ending.last_day,
        last_day__gte=ending.first_day,
    )
    locked = {one.pk: one for one in _locked(same_seats)}
    closure = locked.pop(closure_id, None)
    if closure is None:
        raise ClosureEnded()
    left = set(closure.blocked_ids)
    for other in locked.values():
        rows = _seats(other, at).filter(pk__in=left, status=SeatStatus.BLOCKED)
        shared = list(rows.values_list("pk", flat=True))
        _record(other, shared)
        left -= set(shared)
    closure.blocked_ids = sorted(left)
    closure.ended_at, closure.ended_by = at, by
    closure.save(update_fields=["blocked_ids", "ended_at", "ended_by"])
    return closure


def work(at: datetime) -> int:
    """Block what became free or was added, oldest run first; returns how many seats.

    Frees first what a closure that has just ended still blocks because its process died.
    """
    since = at - FREEING_TAKES_AT_MOST
    unfinished = SeatClosure.objects.filter(ended_at__gte=since).exclude(blocked_ids=[])
    for ended in unfinished.order_by("ended_at")[:CLOSURES_AT_ONCE_MAX]:
        _free(ended, at)
    open_ = SeatClosure.objects.filter(ended_at__isnull=True, last_day__gte=_yesterday(at))
    oldest = open_.order_by(F("worked_at").asc(nulls_first=True), "pk")[:CLOSURES_AT_ONCE_MAX]
    return sum(_work_on(closure, at) for closure in oldest)


def _work_on(closure: SeatClosure, at: datetime) -> int:
    # First, so that a closure that fails does not keep the others waiting in each run.
    SeatClosure.objects.filter(pk=closure.pk).update(worked_at=at)
    return apply(closure, at)


def close_new_showtimes(showtimes: Sequence[Showtime], at: datetime) -> None:
    """Block the closed seats of showtimes that are just being added."""
    studios = {showtime.studio_id for showtime in showtimes}
    if not (closures := _open_in(studios)):
        return
    for closure in closures:
        mine = [one.pk for one in showtimes if _is_within(closure, one)]
        _block(closure, _seats(closure, at).filter(TAKEABLE, showtime__in=mine))


def _open_in(studios: set[int]) -> list[SeatClosure]:
    open_ = SeatClosure.objects.filter(
        ended_at__isnull=True, showtime__isnull=True, studio__in=studios
    )
    return list(open_.order_by("pk"))


def _is_within(closure: SeatClosure, showtime: Showtime) -> bool:
    return (
        closure.studio_id == showtime.studio_id
        and closure.first_day <= showtime.business_date <= closure.last_day
    )


def apply(closure: SeatClosure, at: datetime) -> int:
    """Block the free seats that the closure names; returns how many were free."""
    return _block(closure, _seats(closure, at).filter(TAKEABLE))


def taken_seats(closure: SeatClosure, at: datetime) -> list[TakenSeat]:
    """Seats of the closure that are sold or held, by showtime, with their bookings."""
    rows = (
        _seats(closure, at)
        .filter(status__in=[SeatStatus.SOLD, SeatStatus.HELD])
        .select_related("showtime__movie", "showtime__studio__cinema", "seat")
        .order_by("showtime__starts_at", "seat__line", "seat__column")
    )
    found = list(rows[:SEATS_MAX])
    bookings = Booking.objects.in_bulk({row.sale for row in found if row.sale})
    return [
        TakenSeat(row.showtime, row.seat.label, row.status, bookings.get(row.sale))
        for row in found
        if row.showtime is not None
    ]


def _seats(closure: SeatClosure, at: datetime) -> QuerySet[ShowtimeSeat]:
    """Rows of the named seats of showtimes that have not begun."""
    rows = ShowtimeSeat.objects.annotate(seat_label=LABEL).filter(
        seat_label__in=closure.labels,
        showtime__studio=closure.studio_id,
        showtime__cancelled_at__isnull=True,
        showtime__starts_at__gt=at,
        showtime__business_date__range=(closure.first_day, closure.last_day),
    )
    return rows if closure.showtime_id is None else rows.filter(showtime=closure.showtime_id)


def _by_showtime(rows: QuerySet[ShowtimeSeat]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    pairs = rows.order_by("showtime_id").values_list("showtime_id", "pk")
    for showtime_id, pk in pairs[: SHOWTIMES_MAX * SEATS_MAX]:
        if showtime_id is not None:
            found.setdefault(showtime_id, []).append(pk)
    return found


def _block(closure: SeatClosure, rows: QuerySet[ShowtimeSeat]) -> int:
    blocked = 0
    for ids in _by_showtime(rows).values():
        try:
            blocked += _block_one_showtime(closure, ids)
        except OperationalError:
            logger.warning("closure %s: a lock was not available, the next run goes on", closure.pk)
    return blocked


@transaction.atomic
def _block_one_showtime(closure: SeatClosure, ids: list[int]) -> int:
    """Locks the closure, then the seats; blocks nothing where it was ended meanwhile."""
    if not _locked(SeatClosure.objects.filter(pk=closure.pk)):
        return 0
    count = sales.block_seats(showtime_seat_ids=ids)
    now_blocked = ShowtimeSeat.objects.filter(pk__in=ids, status=SeatStatus.BLOCKED)
    _record(closure, list(now_blocked.values_list("pk", flat=True)))
    return count


def _locked(closures: QuerySet[SeatClosure]) -> list[SeatClosure]:
    """Those that are not ended, locked by id: who blocks or frees their seats does it alone."""
    locked = closures.select_for_update(of=("self",), no_key=True)
    return list(locked.filter(ended_at__isnull=True).order_by("pk"))


def _record(closure: SeatClosure, blocked_ids: list[int]) -> None:
    SeatClosure.objects.filter(pk=closure.pk).update(
        blocked_ids=Func(F("blocked_ids"), Value(blocked_ids), function="array_cat")
    )


def _yesterday(at: datetime) -> date:
    """Business days of all time zones that are not over yet."""
    return date.fromordinal(at.date().toordinal() - 1)

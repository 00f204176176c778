"""Seat rows of showtimes: inserting, repricing, replacing and moving them.

`seating.layouts` decides; this module locks and writes the rows in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Concat, Now

from movies.catalogue import free_seats
from movies.models import Showtime
from seating.live import publisher
from seating.models import CategorySurcharge, Seat, SeatCategory, SeatStatus, ShowtimeSeat

INSERT_BATCH_ROWS = 5_000
WRITE_BATCH_ROWS = 500
FIELDS = (
    "pk",
    "showtime_id",
    "seat_id",
    "seat__row",
    "seat__number",
    "seat__category",
    "seat__is_blocked",
    "seat__partner__row",
    "seat__partner__number",
    "status",
    "held_until",
    "price_rupiah",
    "version",
)
MOVE = """
UPDATE seating_showtimeseat AS showtime_seat
SET seat_id = moved.seat_id, price_rupiah = moved.price_rupiah, status = moved.status,
    version = %(version)s
FROM unnest(%(pks)s::bigint[], %(seat_ids)s::bigint[], %(prices)s::int[], %(statuses)s::text[])
    AS moved (id, seat_id, price_rupiah, status)
WHERE showtime_seat.id = moved.id
"""

# References were queried for all showtimes at once; a reference added since makes the foreign key
# reject the whole change.
REMOVE = "DELETE FROM seating_showtimeseat WHERE id = ANY (%s)"


@dataclass
class Reassignment:
    """New seat of each row. ``changes``: (old label, new label) of taken seats that change."""

    goes_to: dict[int, Seat] = field(default_factory=dict)
    changes: list[tuple[str, str]] = field(default_factory=list)
    stranded: list[str] = field(default_factory=list)
    ends: list[ShowtimeSeat] = field(default_factory=list)
    begins: list[Seat] = field(default_factory=list)


@dataclass(frozen=True)
class StockedSeat:
    """A row of a showtime's seats with its properties in the present layout."""

    pk: int
    showtime_id: int
    seat_id: int
    label: str
    category: str
    other_half: str
    was_blocked: bool
    status: str
    is_sold: bool
    is_held: bool
    price_rupiah: int
    version: int

    @property
    def is_taken(self) -> bool:
        return self.is_sold or self.is_held

    @classmethod
    def read(cls, *values: Any) -> StockedSeat:
        (pk, showtime_id, seat_id, row, number, category, was_blocked, other_row, other_number) = (
            values[:9]
        )
        status, held_until, price_rupiah, version, now = values[9:]
        is_couple = category == SeatCategory.COUPLE and other_row
        return cls(
            pk=pk,
            showtime_id=showtime_id,
            seat_id=seat_id,
            label=f"{row}{number}",
            category=category,
            other_half=f"{other_row}{other_number}" if is_couple else "",
            was_blocked=was_blocked,
            status=status,
            is_sold=status == SeatStatus.SOLD,
            is_held=status == SeatStatus.HELD and held_until > now,
            price_rupiah=price_rupiah,
            version=version,
        )


@dataclass(frozen=True)
class NewSeat:
    label: str
    seat_id: int
    price_rupiah: int
    is_blocked: bool

    def status_after(self, seat: StockedSeat) -> str:
        """Status of a kept seat: the new layout only changes the status of free seats."""
        is_free = seat.status == SeatStatus.AVAILABLE
        if is_free and self.is_blocked:
            return SeatStatus.BLOCKED.value
        if seat.status == SeatStatus.BLOCKED and seat.was_blocked and not self.is_blocked:
            return SeatStatus.AVAILABLE.value
        return seat.status


def stocked(showtime_ids: Iterable[int], labels: Collection[str]) -> dict[int, list[StockedSeat]]:
    """showtime → its seats that are missing in ``labels``, or that are sold or held."""
    label = Concat("seat__row", "seat__number", output_field=models.CharField())
    concerned = Q(status__in=(SeatStatus.SOLD, SeatStatus.HELD)) | ~Q(label__in=labels)
    return _grouped(_rows(showtime_ids).annotate(label=label).filter(concerned))


def lock_stocked(showtime_ids: Iterable[int]) -> dict[int, list[StockedSeat]]:
    """The same, locked by showtime and seat.

    FOR UPDATE, not the weaker lock that sales take: a row's seat is part of a key that concurrent
    inserts may reference, and a later lock upgrade could deadlock.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("locking seats needs a transaction")
    return _grouped(_rows(showtime_ids).select_for_update(of=("self",)))


def _rows(showtime_ids: Iterable[int]) -> models.QuerySet[ShowtimeSeat]:
    rows = ShowtimeSeat.objects.filter(showtime_id__in=list(showtime_ids))
    return rows.order_by("showtime_id", "seat_id")


def _grouped(rows: models.QuerySet[ShowtimeSeat]) -> dict[int, list[StockedSeat]]:
    by_showtime: dict[int, list[StockedSeat]] = {}
    for values in rows.values_list(*FIELDS, Now()):
        seat = StockedSeat.read(*values)
        by_showtime.setdefault(seat.showtime_id, []).append(seat)
    return by_showtime


def referenced(showtime_seat_ids: Collection[int]) -> set[int]:
    """The rows that cannot be deleted, because rows of other apps refer to them."""
    found: set[int] = set()
    for relation in ShowtimeSeat._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.on_delete != models.PROTECT:
            continue
        pointing = relation.related_model._base_manager.filter(
            **{f"{relation.field.name}__in": showtime_seat_ids}
        )
        found |= set(pointing.values_list(relation.field.attname, flat=True))
    return found


def replace(showtime_id: int, seats: Sequence[StockedSeat], plan: Sequence[NewSeat]) -> None:
    """Replace the seats of a showtime by ``plan``; ``seats`` are locked. Announces on commit.

    Seats of the same label keep their row. Every row gets a version above all previous ones, so
    that a map that missed the change detects it by the sum of versions.
    """
    before = {seat.label: seat for seat in seats}
    labels = {new.label for new in plan}
    total = sum(seat.version for seat in seats)
    version = max([total // len(plan), *(seat.version for seat in seats)]) + 1
    moved = [(new, before[new.label]) for new in plan if new.label in before]
    changes = [(new.seat_id, new.status_after(seat), version) for new, seat in moved]
    with connection.cursor() as cursor:
        cursor.execute(REMOVE, [[seat.pk for seat in seats if seat.label not in labels]])
        cursor.execute(
            MOVE,
            {
                "version": version,
                "pks": [seat.pk for _new, seat in moved],
                "seat_ids": [new.seat_id for new, _seat in moved],
                "prices": [
                    seat.price_rupiah if seat.is_taken else new.price_rupiah for new, seat in moved
                ],
                "statuses": [status for _seat_id, status, _version in changes],
            },
        )
    added = [
        ShowtimeSeat(
            showtime_id=showtime_id,
            seat_id=new.seat_id,
            price_rupiah=new.price_rupiah,
            status=SeatStatus.BLOCKED if new.is_blocked else SeatStatus.AVAILABLE,
            version=version,
        )
        for new in plan
        if new.label not in before
    ]
    insert_seats(added)
    changes += [(seat.seat_id, str(seat.status), version) for seat in added]
    publisher.announce(showtime_id, changes)


def insert_seats(seats: Iterable[ShowtimeSeat]) -> list[ShowtimeSeat]:
    """Add seats to their showtimes."""
    return list(ShowtimeSeat.objects.bulk_create(seats, batch_size=INSERT_BATCH_ROWS))


def reprice_unsold(showtime_id: int, price_change_rupiah: int) -> None:
    """Change the price of every unsold seat; sold ones keep the price paid."""
    unsold = ShowtimeSeat.objects.filter(showtime=showtime_id).exclude(status=SeatStatus.SOLD)
    locked = list(
        unsold.select_for_update(of=("self",), no_key=True)
        .order_by("seat_id")
        .values_list("pk", flat=True)
    )
    ShowtimeSeat.objects.filter(pk__in=locked).update(
        price_rupiah=F("price_rupiah") + price_change_rupiah
    )
    transaction.on_commit(lambda: free_seats.mark_due(showtime_id), robust=True)


def lock_seats(showtime_id: int) -> datetime:
    """Lock every seat of the showtime by seat; returns the database's clock once it has them.

    Until the commit no seat of it can be held, sold or released. FOR UPDATE: a row's seat is part
    of a key, and a later lock upgrade could deadlock.
    """
    rows = ShowtimeSeat.objects.select_for_update(of=("self",))
    list(rows.filter(showtime=showtime_id).order_by("seat_id").values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        locked_at: datetime = cursor.fetchall()[0][0]
    return locked_at


def move_seats(
    showtime: Showtime,
    rows: Sequence[ShowtimeSeat],
    plan: Reassignment,
    referenced_ids: Collection[int],
) -> None:
    """Move rows that the caller has locked (``lock_seats``); announces the changes on commit.

    Every row gets a version above all previous ones, so that the sum of versions grows and a map
    that missed the change detects it.
    """
    seats_then = len(plan.goes_to) + len(plan.begins)
    versions = [row.version for row in rows]
    version = max(sum(versions) // max(seats_then, 1), max(versions, default=0)) + 1
    ended = {row.pk for row in plan.ends}
    # Detached from every showtime: they cannot be taken, and old orders still reference them.
    ShowtimeSeat.objects.filter(pk__in=ended & set(referenced_ids)).update(
        showtime=None, status=SeatStatus.BLOCKED, hold=None, held_until=None, version=version
    )
    ShowtimeSeat.objects.filter(pk__in=ended - set(referenced_ids)).delete()
    going = [row for row in rows if row.pk in plan.goes_to]
    for row in going:
        _go(row, plan.goes_to[row.pk], version)
    ShowtimeSeat.objects.bulk_update(going, ["seat", "status", "version"], WRITE_BATCH_ROWS)
    begun = _begin(showtime, plan.begins, version)
    publisher.announce(
        showtime.pk, [(row.seat_id, str(row.status), row.version) for row in [*going, *begun]]
    )


def _go(row: ShowtimeSeat, seat: Seat, version: int) -> None:
    """Status after the move: free seats take the blocked state of their new seat."""
    if row.status == SeatStatus.AVAILABLE and seat.is_blocked:
        row.status = SeatStatus.BLOCKED
    elif row.status == SeatStatus.BLOCKED and row.seat.is_blocked and not seat.is_blocked:
        row.status = SeatStatus.AVAILABLE
    row.seat, row.version = seat, version


def _begin(showtime: Showtime, seats: Sequence[Seat], version: int) -> list[ShowtimeSeat]:
    surcharges = dict(CategorySurcharge.objects.values_list("category", "surcharge_rupiah"))
    rows = (
        ShowtimeSeat(
            showtime=showtime,
            seat=seat,
            price_rupiah=showtime.base_price_rupiah + surcharges.get(seat.category, 0),
            status=SeatStatus.BLOCKED if seat.is_blocked else SeatStatus.AVAILABLE,
            version=version,
        )
        for seat in seats
    )
    return insert_seats(rows)

"""Moves a showtime to another time or studio, with its sold and held seats.

Paid bookings keep their seats, are notified, and may be cancelled with a full refund until the show
begins, whatever their terms (the old terms stay in the ledger). A booking made before the move and
paid after it has the same right and is notified on confirmation (``notify_of_moves``). Holds and
pending payments continue unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from bookings.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    EventKind,
    ShowtimeMove,
    Ticket,
)
from bookings.models.booking import full_refund_terms
from bookings.models.move import NOTE_LENGTH_MAX
from bookings.orders import ledger
from bookings.signals import showtime_moved
from core.db.prepared import CompiledQuery
from core.errors import Unavailable
from movies.models import Showtime, Studio
from movies.scheduling import moving as slots
from movies.scheduling.moving import TimeSlot
from movies.scheduling.pricing import PriceList, PriceMissing
from seating.holds import stock
from seating.holds.stock import Reassignment
from seating.layouts import relocation as seats
from seating.layouts.relocation import SeatsStranded
from seating.models import CategorySurcharge, SeatStatus, ShowtimeSeat

PAID = Q(status__in=[BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED])


@dataclass(frozen=True)
class PriceChange:
    """Price of a category's free seats now, and under the current price cards."""

    category: str
    price_rupiah: int
    card_price_rupiah: int


@dataclass(frozen=True)
class MovePlan:
    """Dry run of a move.

    ``seat_changes``: (label now, label then) of sold and held seats that get another one.
    ``stranded``: sold and held seats for which the new studio has none; a move with any is refused.
    ``price_changes``: where the price cards name another price for the new time and studio. Moving
    changes no price: what was sold never changes, free seats follow when staff reprice them.
    """

    showtime: Showtime
    starts_at: datetime
    ends_at: datetime
    studio: Studio
    tickets_sold: int
    bookings_confirmed: int
    bookings_pending: int
    seats_held: int
    seat_changes: tuple[tuple[str, str], ...] = ()
    stranded: tuple[str, ...] = ()
    price_changes: tuple[PriceChange, ...] = ()


def plan_move(
    *, showtime_id: int, starts_at: datetime, studio_id: int | None = None, at: datetime
) -> MovePlan:
    """Dry run: writes and locks nothing. Stranded seats are listed, not raised.

    Raises NotFound, ShowtimeNotMovable, ShowtimeInPast, ShowtimeOverlaps, StudioElsewhere,
    StudioWithoutLayout, InvalidInput.
    """
    showtime = slots.find_showtime(showtime_id)
    slot = slots.slot_for(showtime, starts_at, studio_id, at)
    slots.check_free(showtime, slot)
    rows = seats.read_seats(showtime.pk)
    return _plan(showtime, slot, rows, _reassignment(showtime, slot, rows))


@transaction.atomic
def move_showtime(
    *,
    showtime_id: int,
    starts_at: datetime,
    studio_id: int | None = None,
    by: User,
    note: str,
    at: datetime,
) -> MovePlan:
    """Move the showtime in one transaction and notify every paid buyer.

    A move to its present slot does nothing. Locks the showtime (no key), its
    orders by id, its seats by id. Raises what ``plan_move`` raises, SeatsStranded (its fact
    ``seats`` names them), and Unavailable if a booking is being paid at this moment.
    """
    showtime = slots.lock_showtime(showtime_id)
    slot = slots.slot_for(showtime, starts_at, studio_id, at)
    before = _location(showtime)
    orders = _lock_orders(showtime)
    moved_at = stock.lock_seats(showtime.pk)
    _refuse_to_race(showtime, orders)
    rows = seats.read_seats(showtime.pk)
    remap = _reassignment(showtime, slot, rows)
    plan = _plan(showtime, slot, rows, remap)
    if (slot.starts_at, slot.studio.pk) == (showtime.starts_at, showtime.studio_id):
        return plan
    if plan.stranded:
        raise SeatsStranded(seats=list(plan.stranded))
    move = _record_move(showtime, slot, by, note, moved_at)
    slots.move_to_slot(showtime, slot)
    if remap is not None:
        stock.move_seats(showtime, rows, remap, _referenced_seats(rows))
    for booking in orders:
        if booking.is_paid:
            booking.showtime = showtime
            _notify(booking, move, before, remap, at)
    return plan


def _record_move(
    showtime: Showtime, slot: TimeSlot, by: User, note: str, moved_at: datetime
) -> ShowtimeMove:
    return ShowtimeMove.objects.create(
        showtime=showtime,
        moved_at=moved_at,
        moved_by=by,
        note=note.strip()[:NOTE_LENGTH_MAX],
        from_starts_at=showtime.starts_at,
        to_starts_at=slot.starts_at,
        from_studio_id=showtime.studio_id,
        to_studio=slot.studio,
    )


def _moves_since(showtime_id: int, made_at: datetime) -> QuerySet[ShowtimeMove]:
    moves = ShowtimeMove.objects.filter(showtime=showtime_id, moved_at__gte=made_at)
    return moves.select_related("from_studio").order_by("pk")


_MOVES_SINCE = CompiledQuery(_moves_since, 987_654_321, datetime(2000, 1, 1, tzinfo=UTC))


def notify_of_moves(booking: Booking, at: datetime) -> None:
    """Notify a booking being confirmed that was made before its showtime moved.

    The caller has locked the booking and its seats, so no move runs concurrently.
    """
    move = _MOVES_SINCE.first(booking.showtime_id, booking.created_at)
    if move is None:
        return
    booking.showtime.refresh_from_db(fields=["starts_at", "ends_at", "studio"])
    _notify(booking, move, _location_before(booking.showtime, move), None, at)


def _location_before(showtime: Showtime, move: ShowtimeMove) -> dict[str, Any]:
    film = timedelta(minutes=move.from_studio.trailers_minutes + showtime.movie.duration_minutes)
    return {
        "starts_at": move.from_starts_at,
        "film_ends_at": move.from_starts_at + film,
        "studio": move.from_studio.name,
    }


def _notify(
    booking: Booking,
    move: ShowtimeMove,
    before: dict[str, Any],
    remap: Reassignment | None,
    at: datetime,
) -> BookingEvent:
    """Grant the booking full refund terms until the start, and record it in the ledger."""
    terms_before, booking.cancellation_terms = booking.cancellation_terms, full_refund_terms()
    booking.save(update_fields=["cancellation_terms"])
    event = ledger.record(
        booking,
        EventKind.SHOWTIME_MOVED,
        at,
        actor=f"staff:{move.moved_by_id}",
        move=move.pk,
        before=before,
        after=_location(booking.showtime),
        seat_changes=_changes_of(booking, remap),
        terms_before=terms_before,
    )
    showtime_moved.send(Booking, booking=booking, event=event)
    return event


def _location(showtime: Showtime) -> dict[str, Any]:
    return {
        "starts_at": showtime.starts_at,
        "film_ends_at": showtime.film_ends_at,
        "studio": showtime.studio.name,
    }


def _changes_of(booking: Booking, remap: Reassignment | None) -> list[list[str]]:
    if remap is None or not remap.changes:
        return []
    new_labels = dict(remap.changes)
    old_of = {new: old for old, new in new_labels.items()}
    live = Ticket.objects.live().filter(booking=booking).select_related("showtime_seat__seat")
    labels = [ticket.showtime_seat.seat.label for ticket in live]
    return [[old_of[label], label] for label in labels if label in old_of]


def _lock_orders(showtime: Showtime) -> list[Booking]:
    """Lock every booking that is or may still be paid, by id."""
    orders = Booking.objects.select_for_update(of=("self",), no_key=True)
    alive = orders.filter(showtime=showtime).exclude(status=BookingStatus.CANCELLED)
    alive = alive.select_related("user")
    return list(alive.order_by("pk"))


def _refuse_to_race(showtime: Showtime, locked: Sequence[Booking]) -> None:
    """A booking made and paid between the two locks would not be notified of the move."""
    known = [booking.pk for booking in locked]
    if Booking.objects.filter(PAID, showtime=showtime).exclude(pk__in=known).exists():
        raise Unavailable()


def _reassignment(
    showtime: Showtime, slot: TimeSlot, rows: Sequence[ShowtimeSeat]
) -> Reassignment | None:
    if slot.studio.pk == showtime.studio_id:
        return None
    return seats.plan_reassignment(rows, slot.studio, _referenced_seats(rows))


def _referenced_seats(rows: Sequence[ShowtimeSeat]) -> set[int]:
    named = Ticket.objects.filter(showtime_seat__in=[row.pk for row in rows])
    return set(named.values_list("showtime_seat", flat=True))


def _plan(
    showtime: Showtime, slot: TimeSlot, rows: Sequence[ShowtimeSeat], remap: Reassignment | None
) -> MovePlan:
    orders = Booking.objects.filter(showtime=showtime)
    return MovePlan(
        showtime=showtime,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        studio=slot.studio,
        tickets_sold=sum(row.status == SeatStatus.SOLD for row in rows),
        bookings_confirmed=orders.filter(PAID).count(),
        bookings_pending=orders.filter(status=BookingStatus.PENDING).count(),
        seats_held=sum(row.status == SeatStatus.HELD for row in rows),
        seat_changes=tuple(remap.changes) if remap else (),
        stranded=tuple(remap.stranded) if remap else (),
        price_changes=_price_changes(showtime, slot, rows),
    )


def _price_changes(
    showtime: Showtime, slot: TimeSlot, rows: Sequence[ShowtimeSeat]
) -> tuple[PriceChange, ...]:
    cards = PriceList.of([slot.studio.cinema])
    try:
        card_rupiah = cards.price_rupiah(slot.studio, showtime.screen_format, slot.starts_at)
    except PriceMissing:
        return ()
    if card_rupiah == showtime.base_price_rupiah:
        return ()
    surcharges = dict(CategorySurcharge.objects.values_list("category", "surcharge_rupiah"))
    return tuple(
        PriceChange(
            category,
            showtime.base_price_rupiah + surcharges.get(category, 0),
            card_rupiah + surcharges.get(category, 0),
        )
        for category in sorted({row.seat.category for row in rows})
    )

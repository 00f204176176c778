"""A showtime's seats for staff: status, booking and buyer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Now

from bookings.models import Booking, Ticket
from seating.models import SeatStatus, ShowtimeSeat
from seating.seatmap.drawing import Plan, plan_of

QUERIES = 3  # for any number of seats; the layout is cached per process


@dataclass(frozen=True)
class PlanSeat:
    """``booking_code`` may be empty; ``buyer`` also without permission to see people."""

    id: int
    label: str
    x: int
    y: int
    status: str
    version: int
    price_rupiah: int
    held_until: datetime | None
    booking_code: str
    buyer: str
    is_checked_in: bool

    @property
    def status_name(self) -> str:
        return str(SeatStatus(self.status).label)


@dataclass(frozen=True)
class SeatPlan:
    plan: Plan
    seats: tuple[PlanSeat, ...]

    def seat(self, seat_id: int) -> PlanSeat | None:
        return next((seat for seat in self.seats if seat.id == seat_id), None)

    @property
    def counts(self) -> dict[str, int]:
        counted = dict.fromkeys(SeatStatus.values, 0)
        for seat in self.seats:
            counted[seat.status] += 1
        return counted


def seat_plan_of(showtime_id: int, *, with_people: bool) -> SeatPlan | None:
    """None for a showtime without seats. Expired holds count as available."""
    rows = _rows(showtime_id)
    if not rows:
        return None
    plan = plan_of(rows[0]["seat__layout_id"])
    sales = {row["sale"] for row in rows if row["sale"]}
    holds = {row["hold_id"] for row in rows if row["shown"] == SeatStatus.HELD}
    owners = _owners(sales, holds)
    inside = _checked_in(showtime_id)
    return SeatPlan(
        plan, tuple(_seat(row, plan, owners, inside, with_people=with_people) for row in rows)
    )


def _rows(showtime_id: int) -> list[dict[str, Any]]:
    shown = Case(
        When(status=SeatStatus.HELD, held_until__lte=Now(), then=Value(SeatStatus.AVAILABLE)),
        default=F("status"),
        output_field=CharField(),
    )
    rows: Any = (
        ShowtimeSeat.objects.filter(showtime=showtime_id)
        .annotate(shown=shown)
        .order_by("seat__line", "seat__column")
        .values(
            "pk",
            "seat_id",
            "seat__layout_id",
            "seat__row",
            "seat__number",
            "shown",
            "version",
            "price_rupiah",
            "held_until",
            "hold_id",
            "sale",
        )
    )
    return list(rows)


def _owners(sales: set[Any], holds: set[Any]) -> dict[Any, tuple[str, str]]:
    """Booking code and buyer name, by booking id and by hold id."""
    orders = Booking.objects.filter(Q(pk__in=sales) | Q(hold__in=holds, status="pending"))
    owners: dict[Any, tuple[str, str]] = {}
    for pk, hold_id, code, name in orders.values_list("pk", "hold_id", "code", "contact_name"):
        owners[pk] = owners[hold_id] = (code, name)
    return owners


def _checked_in(showtime_id: int) -> set[int]:
    inside = Ticket.objects.live().filter(
        showtime_seat__showtime=showtime_id, checked_in_at__isnull=False
    )
    return set(inside.values_list("showtime_seat_id", flat=True))


def _seat(
    row: dict[str, Any],
    plan: Plan,
    owners: dict[Any, tuple[str, str]],
    inside: set[int],
    *,
    with_people: bool,
) -> PlanSeat:
    is_held = row["shown"] == SeatStatus.HELD
    owner = row["hold_id"] if is_held else row["sale"]
    code, buyer = owners.get(owner, ("", "")) if owner else ("", "")
    place = plan.places[row["seat_id"]]
    return PlanSeat(
        id=row["seat_id"],
        label=f"{row['seat__row']}{row['seat__number']}",
        x=place.x,
        y=place.y,
        status=row["shown"],
        version=row["version"],
        price_rupiah=row["price_rupiah"],
        held_until=row["held_until"] if is_held else None,
        booking_code=code,
        buyer=buyer if with_people else "",
        is_checked_in=row["pk"] in inside,
    )

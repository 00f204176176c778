"""Sales figures of showtimes, computed in the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from django.db.models import Count, F, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now

from bookings.models import Ticket
from movies.models import Showtime
from seating.models import ShowtimeSeat

SOLD = Q(status="sold")
HELD = Q(status="held", held_until__gt=Now())  # an expired hold no longer blocks the seat
BLOCKED = Q(status="blocked")

AnyModel = TypeVar("AnyModel", bound=Model)


@dataclass(frozen=True)
class Figures:
    """Sales figures of one showtime."""

    seats_total: int
    seats_sold: int
    seats_held: int
    seats_blocked: int
    seats_remaining: int
    revenue_rupiah: int


def figures_of(showtime_ids: Collection[int]) -> dict[int, Figures]:
    """Figures of one page of showtimes, in one query."""
    names = [field.name for field in fields(Figures)]
    rows = with_sales(Showtime.objects.filter(pk__in=showtime_ids)).values_list("pk", *names)
    return {pk: Figures(*figures) for pk, *figures in rows}


def with_sales(showtimes: QuerySet[Showtime]) -> QuerySet[Showtime]:
    """Each showtime with ``seats_sold``, ``seats_held``, ``seats_blocked``, ``seats_remaining``,
    ``seats_total`` and ``revenue_rupiah`` (of live tickets, including fees).

    Uses a fixed number of subqueries per showtime: use it for a page of
    showtimes, not for all of them.
    """
    return showtimes.annotate(
        seats_total=_seats(Q()),
        seats_sold=_seats(SOLD),
        seats_held=_seats(HELD),
        seats_blocked=_seats(BLOCKED),
        seats_remaining=F("seats_total") - F("seats_sold") - F("seats_held") - F("seats_blocked"),
        revenue_rupiah=_revenue(),
    )


def _seats(which: Q) -> Coalesce:
    seats = ShowtimeSeat.objects.filter(which, showtime=OuterRef("pk"))
    return _figure(seats, "showtime", Count("pk"))


def _revenue() -> Coalesce:
    tickets = Ticket.objects.live().filter(showtime_seat__showtime=OuterRef("pk"))
    paid = Sum(F("price_rupiah") + F("fee_rupiah") - F("discount_rupiah"))
    return _figure(tickets, "showtime_seat__showtime", paid)


def _figure(rows: QuerySet[AnyModel], group: str, aggregate: Any) -> Coalesce:
    """Aggregate ``rows`` of the outer row in a subquery; 0 if there are none."""
    grouped = rows.order_by().values(group).annotate(figure=aggregate).values("figure")
    return Coalesce(Subquery(grouped, output_field=IntegerField()), 0)

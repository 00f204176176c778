"""Publishing a new version of a studio's layout and applying it to scheduled showtimes.

Seats of a showtime are matched by label. A seat that is sold or held must keep
its label, its category and, as a couple seat, its other half; it keeps its row and its price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput, Refused
from movies.models import Showtime, Studio
from seating.holds import stock
from seating.holds.stock import StockedSeat
from seating.layouts.grid import SeatDraft
from seating.layouts.publishing import publish_layout
from seating.models import CategorySurcharge, Layout, Seat, SeatCategory

SHOWTIMES_MAX = 500
SEATS_NAMED_MAX = 12


class Scope(StrEnum):
    """Which scheduled showtimes get the new version."""

    NONE = "none"  # only those scheduled from now on
    EVERY = "every"  # every future one, otherwise nothing is published
    POSSIBLE = "possible"  # every future one that loses no sold or held seat


class Constraint(StrEnum):
    """Why a seat cannot be removed."""

    SOLD = "sold"
    HELD = "held"
    ORDERED = "ordered"  # free now, but an old booking refers to it


REASONS = {
    Constraint.SOLD: _("sold"),
    Constraint.HELD: _("held"),
    Constraint.ORDERED: _("named in an earlier booking"),
}


@dataclass(frozen=True)
class SeatPlan:
    """A seat of the new version: the properties that a showtime's seat must match."""

    category: str
    other_half: str = ""  # the label of a couple seat's other half
    is_blocked: bool = False


@dataclass(frozen=True)
class Comparison:
    """Labels added and removed, in the order of their plan."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True)
class ShowtimeImpact:
    """Effect on one showtime; ``stranded`` seats have no counterpart in the new version."""

    showtime: Showtime
    sold: int
    held: int
    stranded: tuple[tuple[str, Constraint], ...]

    @property
    def stranded_text(self) -> str:
        named = [f"{label} ({REASONS[why]})" for label, why in self.stranded[:SEATS_NAMED_MAX]]
        more = len(self.stranded) - len(named)
        if more:
            named.append(ngettext("%(count)d more", "%(count)d more", more) % {"count": more})
        return ", ".join(named)

    @property
    def local_start(self) -> datetime:
        return self.showtime.starts_at.astimezone(self.showtime.studio.cinema.zone)

    def __str__(self) -> str:
        return gettext("“%(film)s”, %(start)s: %(seats)s") % {
            "film": self.showtime.movie.title,
            "start": date_format(self.local_start, "DATETIME_FORMAT"),
            "seats": self.stranded_text,
        }


@dataclass(frozen=True)
class Published:
    layout: Layout
    applied: tuple[ShowtimeImpact, ...]
    kept: tuple[ShowtimeImpact, ...]  # these keep their version


class SeatsStranded(Refused):
    """``showtimes``: [{"showtime", "seats": [label]}]; ``impacts`` are the same for display."""

    code = "seats_stranded"
    message = _("Seats that are sold or held would lose their place.")

    def __init__(self, impacts: Sequence[ShowtimeImpact]) -> None:
        self.impacts = tuple(impacts)
        super().__init__(
            f"{gettext('Seats that are sold or held would lose their place.')} "
            + "; ".join(str(impact) for impact in impacts),
            showtimes=[
                {
                    "showtime": impact.showtime.pk,
                    "seats": [label for label, _why in impact.stranded],
                }
                for impact in impacts
            ],
        )


def drafted(drafts: Iterable[SeatDraft]) -> dict[str, SeatPlan]:
    """label → the grid's seat."""
    drafts = list(drafts)
    at_place = {(draft.line, draft.column): draft for draft in drafts}
    return {
        draft.label: SeatPlan(
            category=draft.category,
            other_half=at_place[draft.line, draft.partner_column].label
            if draft.category == SeatCategory.COUPLE and draft.partner_column is not None
            else "",
            is_blocked=draft.is_blocked,
        )
        for draft in drafts
    }


def published_plan(layout: Layout) -> dict[str, SeatPlan]:
    """label → seat of an existing version, from the screen to the back."""
    seats = Seat.objects.filter(layout=layout).select_related("partner").order_by("line", "column")
    return {
        seat.label: SeatPlan(
            category=seat.category,
            other_half=seat.partner.label
            if seat.category == SeatCategory.COUPLE and seat.partner
            else "",
            is_blocked=seat.is_blocked,
        )
        for seat in seats
    }


def compare(old: Mapping[str, SeatPlan], new: Mapping[str, SeatPlan]) -> Comparison:
    return Comparison(
        added=tuple(label for label in new if label not in old),
        removed=tuple(label for label in old if label not in new),
        changed=tuple(label for label in new if label in old and old[label] != new[label]),
    )


def survey(studio: Studio, plan: Mapping[str, SeatPlan], at: datetime) -> list[ShowtimeImpact]:
    """The effect of ``plan`` on each future showtime of the studio. Locks nothing."""
    showtimes = list(_future(studio, at))
    seats = stock.stocked((showtime.pk for showtime in showtimes), set(plan))
    return _impacts(showtimes, seats, plan)


@transaction.atomic
def publish_version(
    *, studio: Studio, grid: str, by: Any, note: str, scope: Scope, at: datetime
) -> Published:
    """Publish ``grid`` and apply it to the future showtimes in ``scope``, or do nothing.

    Locks the studio, then those showtimes by id, then their seats by showtime and seat. Raises
    LayoutInvalid; SeatsStranded, naming every showtime and seat, for ``Scope.EVERY``.
    """
    layout = publish_layout(studio, grid, by=by, note=note)
    if scope is Scope.NONE:
        return Published(layout, (), ())
    showtimes = list(_future(studio, at).select_for_update(of=("self",), no_key=True))
    if len(showtimes) > SHOWTIMES_MAX:
        raise InvalidInput(_("Too many showtimes at once."), limit=SHOWTIMES_MAX)
    seats = stock.lock_stocked(showtime.pk for showtime in showtimes)
    plan = published_plan(layout)
    impacts = _impacts(showtimes, seats, plan)
    stranded = tuple(impact for impact in impacts if impact.stranded)
    if stranded and scope is Scope.EVERY:
        raise SeatsStranded(stranded)
    applied = tuple(impact for impact in impacts if not impact.stranded)
    places = _places(layout, plan)
    for impact in applied:
        _take_over(impact.showtime, seats.get(impact.showtime.pk, []), places)
    return Published(layout, applied, stranded)


def _future(studio: Studio, at: datetime) -> Any:
    """Ordered by id, the lock order."""
    future = Showtime.objects.live().filter(studio=studio, starts_at__gt=at)
    return future.with_places().order_by("pk")


def _impacts(
    showtimes: Iterable[Showtime],
    seats_of: Mapping[int, Sequence[StockedSeat]],
    plan: Mapping[str, SeatPlan],
) -> list[ShowtimeImpact]:
    """Ordered by start."""
    leaving = [
        seat.pk
        for seats in seats_of.values()
        for seat in seats
        if seat.label not in plan and not seat.is_taken
    ]
    ordered = stock.referenced(leaving)
    return [
        ShowtimeImpact(
            showtime=showtime,
            sold=sum(seat.is_sold for seat in seats_of.get(showtime.pk, [])),
            held=sum(seat.is_held for seat in seats_of.get(showtime.pk, [])),
            stranded=tuple(_stranded(seats_of.get(showtime.pk, []), plan, ordered)),
        )
        for showtime in sorted(showtimes, key=lambda showtime: showtime.starts_at)
    ]


def _stranded(
    seats: Iterable[StockedSeat], plan: Mapping[str, SeatPlan], ordered: set[int]
) -> Iterable[tuple[str, Constraint]]:
    for seat in seats:
        place = plan.get(seat.label)
        if seat.is_taken:
            fits = place and (place.category, place.other_half) == (seat.category, seat.other_half)
            if not fits:
                yield seat.label, Constraint.SOLD if seat.is_sold else Constraint.HELD
        elif seat.pk in ordered:
            yield seat.label, Constraint.ORDERED


@dataclass(frozen=True)
class _Place:
    label: str
    seat_id: int
    category: str
    surcharge_rupiah: int
    is_blocked: bool


def _places(layout: Layout, plan: Mapping[str, SeatPlan]) -> list[_Place]:
    surcharges = dict(CategorySurcharge.objects.values_list("category", "surcharge_rupiah"))
    seat_ids = {
        f"{row}{number}": seat_id
        for seat_id, row, number in layout.seats.values_list("pk", "row", "number")
    }
    return [
        _Place(
            label, seat_ids[label], seat.category, surcharges.get(seat.category, 0), seat.is_blocked
        )
        for label, seat in plan.items()
    ]


def _take_over(showtime: Showtime, seats: Sequence[StockedSeat], places: Sequence[_Place]) -> None:
    """Match a locked showtime's seats by label; delete and insert the rest."""
    # A surcharge may have changed since: seats on sale keep their price.
    prices = {seat.category: seat.price_rupiah for seat in seats if not seat.is_taken}
    base_rupiah = showtime.base_price_rupiah
    stock.replace(
        showtime.pk,
        seats,
        [
            stock.NewSeat(
                label=place.label,
                seat_id=place.seat_id,
                price_rupiah=prices.get(place.category, base_rupiah + place.surcharge_rupiah),
                is_blocked=place.is_blocked,
            )
            for place in places
        ],
    )

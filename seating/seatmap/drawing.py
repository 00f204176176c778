"""Drawing of the seating plan: positions in units of the drawing.

Geometry and data only; templates/seating/_map.html and seats.css define the appearance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

import orjson
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from movies.catalogue.availability import Fullness
from movies.prices import price_of
from seating.models import SeatCategory, SeatStatus
from seating.seatmap import occupancy, state
from seating.seatmap.labels import STATUS_LABELS
from seating.seatmap.state import LayoutSeat

CELL = 40
LABEL_WIDTH = 28  # left of the first and right of the last seat of a row
LABEL_PLATE = 24
SCREEN_HEIGHT = 96  # the screen and the floor before the first row
SCREEN_TOP = 26
SCREEN_BEND = 16
BEAM_HEIGHT = 62
FLOOR_HEIGHT = 12
PLANS_CACHED_MAX = 200
DRAWINGS_CACHED_MAX = 50
PRICES_CACHED_MAX = 500
# Shown on a seat instead of its number.
ICONS = {SeatCategory.WHEELCHAIR: "wheelchair", SeatCategory.COMPANION: "companion"}


@dataclass(frozen=True)
class DrawnSeat:
    """A seat of one showtime; ``x`` and ``y`` are the centre of its cell."""

    id: int
    row: str
    number: int
    category: str
    x: int
    y: int
    price_rupiah: int
    status: str
    version: int = field(compare=False)  # not visible: ignored by comparisons
    other_half_id: int | None = None  # of a couple seat

    @property
    def category_name(self) -> str:
        return str(SeatCategory(self.category).label)

    @property
    def name(self) -> str:
        """Accessible name without the status."""
        return _("Row %(row)s, seat %(number)d, %(category)s, %(price)s") % {
            "row": self.row,
            "number": self.number,
            "category": self.category_name,
            "price": price_text(self.price_rupiah, get_language() or ""),
        }

    @property
    def status_label(self) -> str:
        return str(STATUS_LABELS[self.status])

    @property
    def label(self) -> str:
        return f"{self.row}{self.number}"

    @property
    def icon(self) -> str:
        return ICONS.get(SeatCategory(self.category), "")

    @property
    def is_available(self) -> bool:
        return self.status == SeatStatus.AVAILABLE


@dataclass(frozen=True)
class Sofa:
    """One piece of furniture behind two couple seats; ``x`` is its left edge."""

    x: int
    y: int


@dataclass(frozen=True)
class RowLabel:
    text: str
    right_x: int
    y: int

    @property
    def plate_y(self) -> int:
        """Top of the plate behind the letter that stays at the frame's left edge."""
        return self.y - LABEL_PLATE // 2


@dataclass(frozen=True)
class Position:
    x: int
    y: int


@dataclass(frozen=True)
class Plan:
    """The static part of the drawing, shared by all showtimes of a layout."""

    width: int
    height: int
    sofas: tuple[Sofa, ...]
    labels: tuple[RowLabel, ...]
    places: dict[int, Position]
    other_halves: dict[int, int]  # of couple seats

    @property
    def middle(self) -> int:
        return self.width // 2

    @property
    def screen_path(self) -> str:
        """SVG path of the screen's lower edge, curved towards the seats."""
        left, right = self.width * 0.14, self.width * 0.86
        return (
            f"M{left:.0f} {SCREEN_TOP}"
            f"Q{self.middle} {SCREEN_TOP - SCREEN_BEND} {right:.0f} {SCREEN_TOP}"
        )

    @property
    def beam_path(self) -> str:
        """SVG path of the light from the screen on the first rows."""
        bottom = SCREEN_TOP + BEAM_HEIGHT
        return f"{self.screen_path}L{self.width * 0.97:.0f} {bottom}H{self.width * 0.03:.0f}Z"


@dataclass(frozen=True)
class Drawing:
    plan: Plan
    seats: tuple[DrawnSeat, ...]

    @property
    def rows(self) -> list[tuple[str, list[DrawnSeat]]]:
        return [(row, list(seats)) for row, seats in groupby(self.seats, key=lambda seat: seat.row)]

    @property
    def available(self) -> int:
        return sum(seat.is_available for seat in self.seats)

    @property
    def held(self) -> int:
        return sum(seat.status == SeatStatus.HELD for seat in self.seats)

    @property
    def fullness(self) -> Fullness:
        runs = state.seat_runs(state.layout_of_seat(self.seats[0].id))
        return occupancy.count(runs, {seat.id: seat.status for seat in self.seats}).fullness

    @property
    def seat_prices(self) -> list[int]:
        """Prices of single seats without the highest one, cheapest first."""
        return sorted({seat.price_rupiah for seat in self.seats})[:-1]

    @property
    def prices(self) -> list[tuple[str, str, int]]:
        """(category, its name, the price of its cheapest free seat), cheapest first.

        A category without free seats has its lowest price.
        """
        free = {seat.category for seat in self.seats if seat.is_available}
        lowest: dict[str, int] = {}
        for seat in self.seats:
            if not seat.is_available and seat.category in free:
                continue
            lowest[seat.category] = min(
                seat.price_rupiah, lowest.get(seat.category, seat.price_rupiah)
            )
        return [
            (category, str(SeatCategory(category).label), price_rupiah)
            for category, price_rupiah in sorted(lowest.items(), key=lambda entry: entry[1])
        ]


@lru_cache(maxsize=PRICES_CACHED_MAX)
def price_text(price_rupiah: int, language: str) -> str:
    """Price of a ticket for a seat of this price, in the active language."""
    return str(price_of(price_rupiah))


@lru_cache(maxsize=PLANS_CACHED_MAX)
def plan_of(layout_id: int) -> Plan:
    """The plan of a layout, computed once: a layout never changes."""
    return plan_from(state.layout_document(layout_id)["seats"])


def plan_from(seats: Sequence[LayoutSeat]) -> Plan:
    """The plan of these seats (at least one), in reading order."""
    first_line = min(seat["line"] for seat in seats)
    first_column = min(seat["column"] for seat in seats)
    columns = max(seat["column"] for seat in seats) - first_column + 1
    lines = max(seat["line"] for seat in seats) - first_line + 1
    places = {
        seat["id"]: Position(
            x=LABEL_WIDTH + (seat["column"] - first_column) * CELL + CELL // 2,
            y=SCREEN_HEIGHT + (seat["line"] - first_line) * CELL + CELL // 2,
        )
        for seat in seats
    }
    width = columns * CELL + 2 * LABEL_WIDTH
    return Plan(
        width=width,
        height=SCREEN_HEIGHT + lines * CELL + FLOOR_HEIGHT,
        sofas=tuple(_sofas(seats, places)),
        labels=tuple(_labels(seats, places, width)),
        places=places,
        other_halves={
            seat["id"]: seat["partner"]
            for seat in seats
            if seat["category"] == SeatCategory.COUPLE and seat["partner"] is not None
        },
    )


def _sofas(seats: Iterable[LayoutSeat], places: dict[int, Position]) -> Iterable[Sofa]:
    for seat in seats:
        partner = seat["partner"]
        if seat["category"] != SeatCategory.COUPLE or partner not in places:
            continue
        here, there = places[seat["id"]], places[partner]
        if here.x < there.x:
            yield Sofa(x=here.x - CELL // 2, y=here.y)


def _labels(
    seats: Iterable[LayoutSeat], places: dict[int, Position], width: int
) -> Iterable[RowLabel]:
    for row, members in groupby(seats, key=lambda seat: seat["row"]):
        yield RowLabel(
            text=row,
            right_x=width - LABEL_WIDTH // 2,
            y=places[next(members)["id"]].y,
        )


def draw(showtime_id: int) -> Drawing:
    """The plan with the price and status of each seat (≤ 1 s old). Raises NotFound."""
    return drawing_of(state.seats_api_bytes(showtime_id))


@lru_cache(maxsize=DRAWINGS_CACHED_MAX)
def drawing_of(seats_api_bytes: bytes) -> Drawing:
    """The drawing of a map; all visitors who see the same map share it."""
    known = orjson.loads(seats_api_bytes)
    plan = plan_of(state.layout_of_seat(known[0]["id"]))
    seats = [
        DrawnSeat(
            id=seat["id"],
            row=seat["row"],
            number=seat["number"],
            category=seat["category"],
            x=plan.places[seat["id"]].x,
            y=plan.places[seat["id"]].y,
            price_rupiah=seat["price_rupiah"],
            status=seat["status"],
            version=seat["version"],
            other_half_id=plan.other_halves.get(seat["id"]),
        )
        for seat in known
    ]
    # Reading order: from the screen to the back, left to right.
    return Drawing(plan=plan, seats=tuple(sorted(seats, key=lambda seat: (seat.y, seat.x))))

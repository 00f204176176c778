"""Drawing of the seating plan: positions in units of the drawing.

Only geometry and facts; what they look like is for templates/seating/_map.html and seats.css.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

import orjson
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.templatetags.money import rupiah
from seating.models import SeatCategory, SeatStatus
from seating.seatmap import state
from seating.seatmap.labels import STATUS_LABELS
from seating.seatmap.state import SeatPlace

CELL = 40
LABEL_WIDTH = 28  # beside the first and the last seat of a row
SCREEN_HEIGHT = 96  # the screen and the floor before the first row
SCREEN_TOP = 26
SCREEN_BEND = 16
BEAM_HEIGHT = 62
FLOOR_HEIGHT = 12
PLANS_CACHED_MAX = 200
PRICES_CACHED_MAX = 500
# Shown on a seat instead of its number.
ICONS = {SeatCategory.WHEELCHAIR: "wheelchair", SeatCategory.COMPANION: "companion"}


@dataclass(frozen=True)
class DrawnSeat:
    """A seat of one showtime; ``x`` and ``y`` are its cell's middle."""

    id: int
    row: str
    number: int
    category: str
    x: int
    y: int
    price_rupiah: int
    status: str
    version: int = field(compare=False)  # two versions of a seat look the same

    @property
    def category_name(self) -> str:
        return str(SeatCategory(self.category).label)

    @property
    def name(self) -> str:
        """What a screen reader calls it, apart from its status."""
        return _("Row %(row)s, seat %(number)d, %(category)s, %(price)s") % {
            "row": self.row,
            "number": self.number,
            "category": self.category_name,
            "price": _price_text(self.price_rupiah, get_language() or ""),
        }

    @property
    def status_label(self) -> str:
        return str(STATUS_LABELS[self.status])

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
    left_x: int
    right_x: int
    y: int


@dataclass(frozen=True)
class Place:
    x: int
    y: int


@dataclass(frozen=True)
class Plan:
    """What every showtime of a layout shares."""

    width: int
    height: int
    sofas: tuple[Sofa, ...]
    labels: tuple[RowLabel, ...]
    places: dict[int, Place]

    @property
    def middle(self) -> int:
        return self.width // 2

    @property
    def screen_path(self) -> str:
        """The screen's lower edge, bent towards the seats."""
        left, right = self.width * 0.14, self.width * 0.86
        return (
            f"M{left:.0f} {SCREEN_TOP}"
            f"Q{self.middle} {SCREEN_TOP - SCREEN_BEND} {right:.0f} {SCREEN_TOP}"
        )

    @property
    def beam_path(self) -> str:
        """The light that falls from the screen on the first rows."""
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
    def prices(self) -> list[tuple[str, str, int]]:
        """(category, its name, its lowest price), cheapest first."""
        lowest: dict[str, int] = {}
        for seat in self.seats:
            lowest[seat.category] = min(
                seat.price_rupiah, lowest.get(seat.category, seat.price_rupiah)
            )
        return [
            (category, str(SeatCategory(category).label), price_rupiah)
            for category, price_rupiah in sorted(lowest.items(), key=lambda entry: entry[1])
        ]


@lru_cache(maxsize=PRICES_CACHED_MAX)
def _price_text(price_rupiah: int, language: str) -> str:
    return rupiah(price_rupiah)


@lru_cache(maxsize=PLANS_CACHED_MAX)
def plan_of(layout_id: int) -> Plan:
    """The picture of a layout, computed once: a layout never changes."""
    return plan_from(state.layout_document(layout_id)["seats"])


def plan_from(seats: Sequence[SeatPlace]) -> Plan:
    """The picture of these seats, at least one, in the order of a reader."""
    first_line = min(seat["line"] for seat in seats)
    first_column = min(seat["column"] for seat in seats)
    columns = max(seat["column"] for seat in seats) - first_column + 1
    lines = max(seat["line"] for seat in seats) - first_line + 1
    places = {
        seat["id"]: Place(
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
    )


def _sofas(seats: Iterable[SeatPlace], places: dict[int, Place]) -> Iterable[Sofa]:
    for seat in seats:
        partner = seat["partner"]
        if seat["category"] != SeatCategory.COUPLE or partner not in places:
            continue
        here, there = places[seat["id"]], places[partner]
        if here.x < there.x:
            yield Sofa(x=here.x - CELL // 2, y=here.y)


def _labels(seats: Iterable[SeatPlace], places: dict[int, Place], width: int) -> Iterable[RowLabel]:
    for row, members in groupby(seats, key=lambda seat: seat["row"]):
        yield RowLabel(
            text=row,
            left_x=LABEL_WIDTH // 2,
            right_x=width - LABEL_WIDTH // 2,
            y=places[next(members)["id"]].y,
        )


def draw(showtime_id: int) -> Drawing:
    """The plan with what each seat costs and is doing now (≤ 1 s old). Raises NotFound."""
    known = orjson.loads(state.seats_api_bytes(showtime_id))
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
        )
        for seat in known
    ]
    # As a reader goes: from the screen back, from the left to the right.
    return Drawing(plan=plan, seats=tuple(sorted(seats, key=lambda seat: (seat.y, seat.x))))

"""Moving a showtime to another time or studio, with whatever was sold and held of it.

Whoever paid keeps their seats at the new time and place, is told, and may cancel for all of their
money until the show begins, whatever their terms said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from movies.models import Showtime, Studio


@dataclass(frozen=True)
class PriceChange:
    """What a free seat of a category costs now, and would if the price cards decided again."""

    category: str
    price_rupiah: int
    card_price_rupiah: int


@dataclass(frozen=True)
class MovePlan:
    """What moving a showtime means, in numbers.

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
    """The dry run: reads, writes nothing, locks nothing. Stranded seats are told, not raised.

    Raises NotFound, ShowtimeNotMovable, ShowtimeInPast, ShowtimeOverlaps, StudioElsewhere,
    StudioWithoutLayout.
    """
    raise NotImplementedError


def move_showtime(
    *,
    showtime_id: int,
    starts_at: datetime,
    studio_id: int | None = None,
    by: User,
    note: str,
    at: datetime,
) -> MovePlan:
    """Move it, in one transaction, and tell everybody who has paid.

    To where it is already changes nothing and tells nobody. Raises what ``plan_move`` raises, and
    SeatsStranded, whose fact ``seats`` names them.
    """
    raise NotImplementedError

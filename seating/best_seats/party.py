"""Input of the choice: the party and the free seats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from seating.best_seats.hall import Hall, HallSeat
from seating.models import SeatCategory

COMPANIONS_OF_WHEELCHAIR_MAX = 3


class PartyInvalid(InvalidInput):
    code = "party_invalid"
    message = _("Please say for how many people you want seats.")


class TooManyCompanions(InvalidInput):
    code = "too_many_companions"
    message = _("Up to three people can sit with each wheelchair.")


@dataclass(frozen=True)
class Party:
    """``size`` includes the wheelchairs. ``category``: empty for any ordinary one.

    ``price_max_rupiah``: of one seat. ``is_apart``: they agree to be seated in several places.
    """

    size: int
    wheelchairs: int = 0
    category: str = ""
    price_max_rupiah: int | None = None
    is_step_free: bool = False
    is_apart: bool = False

    def check(self, seats_max: int) -> None:
        """Raises PartyInvalid, TooManyCompanions."""
        if not 1 <= self.size <= seats_max or not 0 <= self.wheelchairs <= self.size:
            raise PartyInvalid()
        if self.category and self.category not in set(SeatCategory):
            raise PartyInvalid()
        companions = self.size - self.wheelchairs
        if self.wheelchairs and companions > COMPANIONS_OF_WHEELCHAIR_MAX * self.wheelchairs:
            raise TooManyCompanions()


@dataclass(frozen=True)
class Availability:
    """The seats of a showtime that can be taken now, and what each seat costs."""

    hall: Hall
    free: frozenset[int]
    prices: Mapping[int, int] = field(default_factory=dict)
    are_companions_released: bool = False

    def ordinary_free(self) -> frozenset[int]:
        """Free seats that are neither wheelchair spaces nor companion places."""
        by_id = self.hall.by_id
        return frozenset(seat for seat in self.free if by_id[seat].is_ordinary)

    def suits(self, seat: HallSeat, party: Party) -> bool:
        """Whether a member of the party may be given this seat."""
        if seat.id not in self.free:
            return False
        if party.is_step_free and seat.line not in self.hall.step_free_lines:
            return False
        price_max = party.price_max_rupiah
        if price_max is not None and self.prices.get(seat.id, 0) > price_max:
            return False
        if seat.category == SeatCategory.WHEELCHAIR:
            return party.wheelchairs > 0
        if seat.category == SeatCategory.COMPANION:
            is_asked_for = party.category == SeatCategory.COMPANION and self.are_companions_released
            return party.wheelchairs > 0 or is_asked_for
        return party.category in ("", seat.category)

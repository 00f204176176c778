"""Which free seats suit an entry of a waitlist, or why none do: pure functions.

A party sits together: side by side in one row. Seats across an aisle, in two rows or apart are not
offered, and of several categories the party gets seats of one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings

from bookings.models import SkipReason, WaitlistEntry
from seating.best_seats.choice import Choice, Step, best_choices
from seating.best_seats.party import Availability, Party

CHOICES_MAX = 16
TOGETHER = (Step.TOGETHER, Step.LEAVES_SINGLE)


@dataclass(frozen=True)
class SeatRequest:
    """What a party waits for. ``price_max_rupiah``: of one ticket, service fee included."""

    size: int
    wheelchairs: int = 0
    categories: tuple[str, ...] = ()
    price_max_rupiah: int | None = None


def request_of(entry: WaitlistEntry) -> SeatRequest:
    return SeatRequest(
        size=entry.party_size,
        wheelchairs=entry.wheelchairs,
        categories=tuple(entry.categories),
        price_max_rupiah=entry.price_max_rupiah,
    )


def suitable(availability: Availability, wanted: SeatRequest) -> list[Choice]:
    """Blocks of free seats for the whole party, the best first; empty without any."""
    if len(availability.free) < wanted.size:
        return []
    seat_max = wanted.price_max_rupiah
    if seat_max is not None:
        seat_max -= settings.SERVICE_FEE_RUPIAH
    party = Party(wanted.size, wheelchairs=wanted.wheelchairs, price_max_rupiah=seat_max)
    found: list[Choice] = []
    for category in wanted.categories or ("",):
        choices = best_choices(availability, replace(party, category=category), CHOICES_MAX)
        found += [choice for choice in choices if choice.step in TOGETHER]
    return found


def skip_reason(availability: Availability, wanted: SeatRequest) -> SkipReason:
    """Why ``wanted`` gets none of the free seats."""
    if suitable(availability, wanted):
        return SkipReason.BEING_TAKEN
    if suitable(availability, replace(wanted, price_max_rupiah=None)):
        return SkipReason.PRICE
    if suitable(availability, replace(wanted, categories=())):
        return SkipReason.CATEGORY
    if suitable(availability, replace(wanted, categories=(), price_max_rupiah=None)):
        return SkipReason.CATEGORY_AND_PRICE
    return SkipReason.NO_BLOCK

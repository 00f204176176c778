"""Holding the best seats for a party: ``seating.best_seats`` chooses, one statement takes.

The choice is made on a map that may be RECENT_SECONDS old; the statement holds the first block of
it that is wholly free. Blocks that somebody is taking at that moment are passed over.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NoReturn

from django.conf import settings
from django.db import transaction

from core.errors import NotFound
from core.ratelimit import RateLimitResult
from movies.errors import ShowtimeClosed
from seating import metrics
from seating.best_seats import companions
from seating.best_seats.availability import (
    fresh_availability,
    minutes_to_start,
    note_taken,
    recent_availability,
)
from seating.best_seats.choice import Choice, Step, best_choices
from seating.best_seats.party import Availability, Party
from seating.errors import NoSuitableSeats
from seating.holds import locking, owned, quotas
from seating.holds.abuse import Holder
from seating.holds.best_statement import start_best_hold
from seating.holds.diagnosis import SeatsChanged, diagnose, seat_taken
from seating.holds.reading import describe
from seating.holds.types import HeldSeats
from seating.models import SeatCategory

CHOICES_MAX = 16  # blocks that one statement looks at
CHOICES_OF_RETRY_MAX = 64
BEST_ATTEMPTS_MAX = 8
BEST_ROUNDS_MAX = 2  # a second one where the visitor's hold ended in between


@dataclass(frozen=True)
class BestSeats:
    """What is held now, and at which step of ``best_seats.choice`` it was found."""

    held: HeldSeats
    step: Step


def hold_best(
    *, showtime_id: int, visitor: str, party: Party, without: frozenset[int] = frozenset()
) -> BestSeats:
    """Hold the best seats for ``party``, in the place of what the visitor holds of the showtime.

    ``without``: seats that it may not get. The clock of a hold that exists runs on. A new hold
    locks one block's seats (SKIP LOCKED); with one, the hold, its seats, then a block's (SKIP
    LOCKED). Raises PartyInvalid, TooManyCompanions, NoSuitableSeats, SeatTaken, ShowtimeClosed,
    HoldSealed, NotFound.
    """
    party.check(settings.HOLD_SEATS_MAX)
    for _round in range(BEST_ROUNDS_MAX):
        with suppress(SeatsChanged):
            return _hold_or_replace(showtime_id, visitor, party, without)
    raise seat_taken(showtime_id, [])


def _hold_or_replace(
    showtime_id: int, visitor: str, party: Party, without: frozenset[int]
) -> BestSeats:
    """Raises SeatsChanged if a hold past its time was in the way; it is ended then."""
    availability = _limited(showtime_id, recent_availability(showtime_id), party, without)
    choices = best_choices(availability, party, CHOICES_MAX)
    is_fresh = False
    for number in range(BEST_ATTEMPTS_MAX):
        if not choices:
            if is_fresh:
                return _replaced(showtime_id, visitor, party, without) or _refuse(
                    availability, party
                )
            availability = _limited(showtime_id, fresh_availability(showtime_id), party, without)
            choices = best_choices(availability, party, CHOICES_OF_RETRY_MAX)
            is_fresh = True
            continue
        note_taken(showtime_id, choices[0].ids)  # this process's other requests choose others
        attempt = start_best_hold(showtime_id, visitor, [choice.ids for choice in choices])
        if attempt.held is not None and attempt.rank is not None:
            note_taken(showtime_id, choices[attempt.rank].ids)
            metrics.HELD.inc()
            return BestSeats(attempt.held, choices[attempt.rank].step)
        if attempt.is_locked or number:  # the first time somebody is most likely just faster
            replaced = _replaced(showtime_id, visitor, party, without)
            if replaced is not None:
                return replaced
        choices = _rest(choices, attempt.rank)
    raise seat_taken(showtime_id, choices[0].ids if choices else [])


def hold_best_within_quota(
    holder: Holder,
    showtime_id: int,
    party: Party,
    *,
    counted: list[RateLimitResult],
    counts_address: bool = True,
) -> BestSeats:
    """``hold_best`` if ``holder`` may have so many seats more; seats that cool down for them are
    passed over. Raises TooManyRequests, TooManyHeld and WaitingRoomOpen as well."""
    party.check(settings.HOLD_SEATS_MAX)
    found: list[BestSeats] = []

    def choose(cooling: frozenset[int]) -> HeldSeats:
        found.append(
            hold_best(showtime_id=showtime_id, visitor=holder.visitor, party=party, without=cooling)
        )
        return found[-1].held

    def choose_with_pass(cooling: frozenset[int]) -> HeldSeats:
        return quotas.hold_with_pass(holder, showtime_id, lambda: choose(cooling))

    quotas.choose_within_quota(
        holder,
        showtime_id,
        party.size,
        choose_with_pass,
        counted=counted,
        counts_address=counts_address,
    )
    return found[-1]


def _rest(choices: list[Choice], lost: int | None) -> list[Choice]:
    """The choices that have no seat of the one that somebody is taking now."""
    if lost is None:
        return []
    seats = set(choices[lost].ids)
    return [choice for choice in choices if not seats & set(choice.ids)]


def _limited(
    showtime_id: int, availability: Availability, party: Party, without: frozenset[int]
) -> Availability:
    if party.category == SeatCategory.COMPANION:
        are_released = companions.are_released(
            availability.hall,
            availability.free,
            availability.hall.rules,
            minutes_left=minutes_to_start(showtime_id),
        )
        availability = replace(availability, are_companions_released=are_released)
    if not without:
        return availability
    return replace(availability, free=availability.free - without)


def _refuse(availability: Availability, party: Party) -> NoReturn:
    sizes = range(party.size - 1, 0, -1)
    smaller = (
        replace(party, size=size, wheelchairs=min(size, party.wheelchairs)) for size in sizes
    )
    largest = next((each.size for each in smaller if best_choices(availability, each, 1)), 0)
    can_sit_apart = bool(best_choices(availability, replace(party, is_apart=True), 1))
    raise NoSuitableSeats(largest=largest, can_sit_apart=can_sit_apart)


def _replaced(
    showtime_id: int, visitor: str, party: Party, without: frozenset[int]
) -> BestSeats | None:
    """The best seats in the place of those that the visitor holds; None without a hold.

    Raises SeatsChanged if that one was past its time; it is ended then.
    """
    found = diagnose(showtime_id, visitor, [])
    if not found.exists:
        raise NotFound()
    if not found.is_on_sale:
        raise ShowtimeClosed()
    if not found.has_hold:
        return None
    availability = _limited(showtime_id, fresh_availability(showtime_id), party, without)
    try:
        replaced = _replace(showtime_id, visitor, party, availability)
    except SeatsChanged:  # the hold has ended since the diagnosis
        return None
    if replaced is None:
        raise SeatsChanged()
    return replaced


@transaction.atomic
def _replace(
    showtime_id: int, visitor: str, party: Party, availability: Availability
) -> BestSeats | None:
    """None if the hold was past its time: that it is ended is to be committed."""
    hold = owned.lock_open_hold(showtime_id, visitor)
    if hold is None:
        return None
    before = locking.lock_held(hold)
    own = {row.seat_id for row in before}
    choices = best_choices(
        replace(availability, free=availability.free | own), party, CHOICES_OF_RETRY_MAX
    )
    if not choices:
        _refuse(availability, party)
    for choice in choices[:BEST_ATTEMPTS_MAX]:
        fresh = locking.lock_if_free(hold, sorted(set(choice.ids) - own))
        if fresh is None:
            continue
        kept = owned.keep_only(hold, before, choice.ids)
        locking.mark_held(fresh, hold)
        note_taken(showtime_id, choice.ids)
        return BestSeats(describe(hold, kept + fresh, taken=len(fresh)), choice.step)
    raise seat_taken(showtime_id, choices[0].ids)

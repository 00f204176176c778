"""Rescue of a buyer who lost a race: keeps the free seats and offers a block for the whole party.

In one transaction the buyer keeps the wanted seats that are still free, and the nearest equivalent
block for everybody is held for RESCUE_SECONDS in a hold of its own, whose visitor is the buyer's
with RESCUE_PREFIX. Accepting it moves its seats into the buyer's hold and opens the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from core.errors import LayarError
from core.ratelimit import RateLimitResult
from seating.best_seats.availability import fresh_availability
from seating.best_seats.choice import nearest_equivalent
from seating.best_seats.hall import HallSeat
from seating.errors import HoldNotFound, HoldSealed, SeatTaken, SeatUnknown
from seating.holds import locking, owned, quotas, transitions
from seating.holds.abuse import Holder
from seating.holds.best_statement import start_best_hold
from seating.holds.diagnosis import diagnose
from seating.holds.reading import describe
from seating.holds.retry import retry_on_conflict
from seating.holds.types import HeldSeats
from seating.holds.visitors import RESCUE_PREFIX
from seating.models import Hold, HoldEnd

RESCUE_SECONDS = 20
RESCUE_BLOCKS_MAX = 8


@dataclass(frozen=True)
class Rescue:
    """``kept``: the buyer's hold, None without one. ``block``: the seats of the whole party
    after accepting; ``offer``: those of it that are held for RESCUE_SECONDS, None without any."""

    kept: HeldSeats | None
    block: tuple[HallSeat, ...] = ()
    offer: HeldSeats | None = None

    def has_kept(self, seat_ids: Sequence[int]) -> bool:
        """Whether the buyer's hold has all these seats."""
        held = {seat.seat_id for seat in self.kept.seats} if self.kept else set()
        return held >= set(seat_ids)

    @property
    def facts(self) -> dict[str, object]:
        """Facts of the refusal: a client sends ``block`` back to accept it."""
        if self.offer is None:
            return {}
        return {
            "rescue": {
                "seats": [{"id": seat.id, "label": seat.label} for seat in self.block],
                "labels": ", ".join(seat.label for seat in self.block),
                "expires_at": self.offer.expires_at.isoformat(),
                "server_time": self.offer.server_time.isoformat(),
                "seconds": RESCUE_SECONDS,
            }
        }


def hold_or_rescue(
    holder: Holder,
    showtime_id: int,
    seat_ids: Sequence[int],
    *,
    counted: list[RateLimitResult],
    counts_address: bool = True,
) -> HeldSeats:
    """Hold these seats within the quotas; a lost race is rescued.

    Seats that were only locked for a moment are held by the rescue.

    Raises what ``quotas.hold_within_quota`` raises; SeatTaken then has the facts of the rescue.
    """
    try:
        return quotas.hold_within_quota(
            holder,
            showtime_id,
            seat_ids,
            lambda: transitions.hold_seats(
                showtime_id=showtime_id, visitor=holder.visitor, seat_ids=seat_ids
            ),
            counted=counted,
            counts_address=counts_address,
        )
    except SeatTaken as lost:
        with suppress(LayarError):  # without a rescue the refusal stays as it was
            rescue = _rescued(holder, showtime_id, seat_ids)
            if rescue.kept is not None and rescue.has_kept(seat_ids):
                return rescue.kept  # a sweep or another request had only locked them
            lost.facts |= rescue.facts
        raise


def _rescued(holder: Holder, showtime_id: int, seat_ids: Sequence[int]) -> Rescue:
    found: list[Rescue] = []

    def rescue(cooling: frozenset[int]) -> HeldSeats:
        found.append(
            rescue_party(
                showtime_id=showtime_id,
                visitor=holder.visitor,
                seat_ids=seat_ids,
                without=cooling,
            )
        )
        kept, offer = found[-1].kept, found[-1].offer
        taken = (kept.taken if kept else 0) + (offer.taken if offer else 0)
        held = kept or offer
        if held is None:
            raise HoldNotFound()  # nothing was taken: nothing is charged
        return replace(held, taken=taken)

    quotas.choose_within_quota(
        holder, showtime_id, len(seat_ids), rescue, counted=[], counts_address=False
    )
    return found[-1]


def rescue_party(
    *,
    showtime_id: int,
    visitor: str,
    seat_ids: Sequence[int],
    without: frozenset[int] = frozenset(),
) -> Rescue:
    """Keep the free ones of ``seat_ids``, and hold a block for the whole party for RESCUE_SECONDS.

    The size of the party is the number of held and wanted seats. An earlier offer is ended first,
    in a transaction of its own. Locks the hold, then seats (NOWAIT), then the block's seats (SKIP
    LOCKED). Raises HoldSealed and what ``hold_seats`` raises.
    """
    _end_offer(showtime_id, visitor)
    with transaction.atomic():
        kept = _keep_remaining(showtime_id, visitor, seat_ids)
        if kept is not None and kept.is_sealed:
            raise HoldSealed()
        if Rescue(kept).has_kept(seat_ids):
            return Rescue(kept)
        mine = frozenset(seat.seat_id for seat in kept.seats) if kept else frozenset()
        availability = fresh_availability(showtime_id)
        hall = availability.hall
        party = [hall.by_id[seat] for seat in sorted(mine | set(seat_ids)) if seat in hall.by_id]
        if not party or len(party) > settings.HOLD_SEATS_MAX:
            return Rescue(kept)
        free = (availability.free - without) | mine
        for choice in nearest_equivalent(
            replace(availability, free=free), party, RESCUE_BLOCKS_MAX
        ):
            fresh = sorted(set(choice.ids) - mine)
            if not fresh:
                break
            offer = start_best_hold(
                showtime_id, RESCUE_PREFIX + visitor, [fresh], hold_seconds=RESCUE_SECONDS
            ).held
            if offer is not None:
                return Rescue(kept, choice.seats, offer)
        return Rescue(kept)


def _keep_remaining(showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> HeldSeats | None:
    found = diagnose(showtime_id, visitor, seat_ids)
    hall = fresh_availability(showtime_id).hall
    left = {seat for seat in seat_ids if found.is_takeable.get(seat)}
    wanted = [
        seat
        for seat in left
        if hall.by_id[seat].is_ordinary and hall.by_id[seat].other_half_id in (None, *left)
    ]
    if wanted:
        with suppress(SeatTaken):
            return transitions.hold_seats(
                showtime_id=showtime_id, visitor=visitor, seat_ids=sorted(wanted)
            )
    return transitions.current_hold(showtime_id=showtime_id, visitor=visitor)


@transaction.atomic
def _end_offer(showtime_id: int, visitor: str) -> None:
    offers = Hold.objects.of(RESCUE_PREFIX + visitor).open().with_now()
    hold = offers.filter(showtime_id=showtime_id).select_for_update(no_key=True).first()
    if hold is not None:
        owned.end_hold(hold, HoldEnd.RELEASED)


def accept_rescue(*, showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> HeldSeats:
    """Make the block of a rescue, ``seat_ids``, the visitor's seats, and open their others.

    Without a hold of theirs the offer becomes one of HOLD_SECONDS. Locks the visitor's hold, the
    offer, then the seats of both by id. Raises HoldNotFound when the offer is over, SeatUnknown
    for seats that are in neither, HoldSealed, SeatTaken after two lost races.
    """
    owned.end_expired_hold(showtime_id=showtime_id, visitor=visitor)
    # The visitor's other tab may make a hold of theirs at the same moment.
    return retry_on_conflict(showtime_id, seat_ids, lambda: _accept(showtime_id, visitor, seat_ids))


@transaction.atomic
def _accept(showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> HeldSeats:
    own = owned.lock_live(showtime_id, visitor)
    offer = owned.lock_live(showtime_id, RESCUE_PREFIX + visitor)
    if offer is None:
        raise HoldNotFound()
    if own is not None and own.sealed_at is not None:
        raise owned.sealed(own)
    rows = locking.lock_held_by([hold.pk for hold in (own, offer) if hold is not None], showtime_id)
    wanted = set(seat_ids)
    offered = [row for row in rows if row.hold_id == offer.pk]
    if not {row.seat_id for row in offered} <= wanted <= {row.seat_id for row in rows}:
        raise SeatUnknown()
    if own is None:
        hold = _adopted(offer, visitor)
        locking.mark_held(offered, hold)
        return describe(hold, offered)
    kept = owned.keep_only(own, [row for row in rows if row.hold_id == own.pk], wanted)
    locking.mark_held(offered, own)
    owned.mark_ended(offer, HoldEnd.RELEASED)
    return describe(own, kept + offered)


def _adopted(offer: Hold, visitor: str) -> Hold:
    """A locked offer as the visitor's own hold, from now on for HOLD_SECONDS."""
    offer.visitor = visitor
    offer.expires_at = offer.now + timedelta(seconds=settings.HOLD_SECONDS)
    offer.save(update_fields=["visitor", "expires_at"])
    return offer

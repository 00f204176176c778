"""Quotas of holds: limits against hoarding.

A visitor is a browser or an app. A signed-in visitor of the site also counts as their account, as
over the API, so that several browsers of one person share a quota. Seats are counted by the
transition that took or released them, so that refunded units equal charged units; unpaid seats are
counted by how long they were held, however the hold ended.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction

from core import redis as core_redis
from core.errors import TooManyRequests
from core.ratelimit import RateLimit, RateLimitResult, hit_all
from seating.errors import TooManyHeld
from seating.holds import abuse
from seating.holds.abuse import Holder
from seating.holds.limits import (
    COOL_DOWN_SECONDS,
    HOLD_BY_ADDRESS,
    HOLD_BY_VISITOR,
    SEATS_BY_NETWORK,
    SEATS_BY_PREFIX,
    SEATS_BY_VISITOR,
    UNPAID_BY_NETWORK,
    UNPAID_BY_PREFIX,
    UNPAID_BY_VISITOR,
)
from seating.holds.types import HeldSeats
from seating.seatmap import state
from seating.waiting_room import passes

Charge = tuple[RateLimit, str, int]


def hold_within_quota(
    holder: Holder,
    showtime_id: int,
    seat_ids: Collection[int],
    transition: Callable[[], HeldSeats],
    *,
    counted: list[RateLimitResult],
    counts_address: bool = True,
) -> HeldSeats:
    """Run ``transition`` if the quotas of ``holder`` allow these further seats.

    Appends the results of the limits of requests to ``counted``. ``counts_address``: not where the
    view has counted it. Raises TooManyRequests, TooManyHeld, WaitingRoomOpen and what
    ``transition`` raises; seats that were not taken do not count.
    """

    def permitted(keeps_unpaid: bool) -> HeldSeats:
        if keeps_unpaid and abuse.cooling_down(holder, showtime_id, seat_ids):
            raise TooManyHeld(COOL_DOWN_SECONDS)
        return hold_with_pass(holder, showtime_id, transition)

    return _charged(
        holder,
        showtime_id,
        len(seat_ids),
        permitted,
        counted=counted,
        counts_address=counts_address,
    )


def hold_with_pass(
    holder: Holder, showtime_id: int, transition: Callable[[], HeldSeats]
) -> HeldSeats:
    """Run ``transition`` unless a waiting room is open that the holder has no pass of.

    Raises WaitingRoomOpen.
    """
    room = passes.require_pass(
        showtime_id, holder.visitor, holder.waiting_pass, network=holder.network
    )
    held = transition()
    if room is not None and held.taken:
        passes.note_held(room, holder.visitor, network=holder.network)
    return held


def choose_within_quota(
    holder: Holder,
    showtime_id: int,
    count: int,
    transition: Callable[[frozenset[int]], HeldSeats],
    *,
    counted: list[RateLimitResult],
    counts_address: bool = True,
) -> HeldSeats:
    """As ``hold_within_quota`` for a ``transition`` that chooses the seats itself, at most
    ``count``.

    It gets the seats that are cooling down for the holder, which it may not choose.
    """

    def permitted(keeps_unpaid: bool) -> HeldSeats:
        cooling: frozenset[int] = frozenset()
        if keeps_unpaid:
            every = state.places(showtime_id)
            cooling = frozenset(abuse.cooling_down(holder, showtime_id, every))
        return transition(cooling)

    return _charged(
        holder, showtime_id, count, permitted, counted=counted, counts_address=counts_address
    )


def _charged(
    holder: Holder,
    showtime_id: int,
    count: int,
    permitted: Callable[[bool], HeldSeats],
    *,
    counted: list[RateLimitResult],
    counts_address: bool,
) -> HeldSeats:
    """Charge ``count`` seats, then correct by what ``permitted`` took. Its argument is whether the
    holder recently held seats without paying."""
    counts_address &= not holder.is_signed_in
    requests: list[Charge] = [(HOLD_BY_ADDRESS, holder.network, 1)] if counts_address else []
    requests += [(HOLD_BY_VISITOR, name, 1) for name in holder.names[:1]]
    seats = _seat_charges(holder, count)
    unpaid = [(limit, actor, 0) for limit, actor in _unpaid_actors(holder, showtime_id)]
    results = hit_all([*requests, *unpaid, *seats])
    counted += results[: len(requests)]
    _check(results, len(requests), len(unpaid), seats)
    of_unpaid = results[len(requests) : -len(seats)]
    # The live message, what is refunded and the memory of the holder: one send for a hold.
    with core_redis.connection_for(settings.CACHE_URL).sending_together():
        try:
            held = permitted(any(each.remaining < each.limit for each in of_unpaid))
        except Exception:
            _refund(seats)
            raise
        _correct(holder, held.taken - count)
        abuse.remember(holder)
    return held


def record_let_go(
    *,
    visitor: str,
    showtime_id: int,
    seat_ids: Collection[int],
    kept_seconds: float,
    at: datetime,
    is_unpaid: bool,
) -> None:
    """Count the unsold seats of a hold of ``visitor`` after the commit.

    ``is_unpaid``: not where the chain itself ended the hold.
    """
    if seat_ids:
        transaction.on_commit(
            lambda: _count_let_go(visitor, showtime_id, seat_ids, kept_seconds, at, is_unpaid),
            robust=True,
        )


def _count_let_go(
    visitor: str,
    showtime_id: int,
    seat_ids: Collection[int],
    kept_seconds: float,
    at: datetime,
    is_unpaid: bool,
) -> None:
    holder = abuse.holder_of(visitor)
    # The quota also refills with time: refund only the rest.
    share = max(0.0, 1 - kept_seconds / settings.HOLD_SECONDS)
    _refund(_seat_charges(holder, round(len(seat_ids) * share)))
    if not is_unpaid:
        return
    seat_seconds = round(len(seat_ids) * kept_seconds)
    for limit, actor in _unpaid_actors(holder, showtime_id):
        limit.record(actor, seat_seconds)
    abuse.record_unpaid(holder, showtime_id, seat_ids, kept_seconds, at)


def _seat_charges(holder: Holder, seats: int) -> list[Charge]:
    charges = [(SEATS_BY_VISITOR, name, seats) for name in holder.names]
    if holder.network:
        charges.append((SEATS_BY_NETWORK, holder.network, seats))
    if holder.wide_prefix:
        charges.append((SEATS_BY_PREFIX, holder.wide_prefix, seats))
    return charges


def _unpaid_actors(holder: Holder, showtime_id: int) -> list[tuple[RateLimit, str]]:
    actors = [(UNPAID_BY_VISITOR, name) for name in holder.names]
    if holder.network:
        actors.append((UNPAID_BY_NETWORK, f"{holder.prefix} {showtime_id}"))
    if holder.wide_prefix:
        actors.append((UNPAID_BY_PREFIX, f"{holder.wide_prefix} {showtime_id}"))
    return actors


def _check(results: list[RateLimitResult], requests: int, unpaid: int, seats: list[Charge]) -> None:
    if results[-1].allowed:
        return
    if len(results) <= requests:
        raise TooManyRequests(results[-1].retry_after_seconds)
    _refund(seats[: max(0, len(results) - requests - unpaid - 1)])
    raise TooManyHeld(results[-1].retry_after_seconds)


def _refund(charges: Collection[Charge]) -> None:
    for limit, actor, count in charges:
        if count:
            limit.refund(actor, count)


def _correct(holder: Holder, more: int) -> None:
    """Charge what was taken beyond the request: the other halves of couple seats."""
    if more < 0:
        _refund(_seat_charges(holder, -more))
    elif more > 0:
        for limit, actor, count in _seat_charges(holder, more):
            limit.record(actor, count)

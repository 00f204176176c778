"""Holding seats within the limits against hoarding.

A visitor is a browser or an app. Whoever is signed in on the site counts as their account as well,
as they do over the API: several browsers of one person are one person. Seats are counted by the
transition that took or opened them, so that what is given back equals what was taken; seats that
were kept and not paid for are counted by how long they were kept, however the hold ended.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction

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
    """What ``transition`` holds, if ``holder`` may have these seats more.

    Appends the results of the limits of requests to ``counted``. ``counts_address``: not where the
    view has counted it. Raises TooManyRequests, TooManyHeld and what ``transition`` raises; seats
    that were not taken do not count.
    """
    requests: list[Charge] = [(HOLD_BY_ADDRESS, holder.network, 1)] if counts_address else []
    requests += [(HOLD_BY_VISITOR, name, 1) for name in holder.names[:1]]
    seats = _seat_charges(holder, len(seat_ids))
    unpaid = [(limit, actor, 0) for limit, actor in _unpaid_actors(holder, showtime_id)]
    results = hit_all([*requests, *unpaid, *seats])
    counted += results[: len(requests)]
    _check(results, len(requests), len(unpaid), seats)
    if any(each.remaining < each.limit for each in results[len(requests) : -len(seats)]):
        _check_cool_down(holder, showtime_id, seat_ids, seats)
    try:
        held = transition()
    except Exception:
        _refund(seats)
        raise
    _correct(holder, held.taken - len(seat_ids))
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
    """Count seats that a hold of ``visitor`` had and was not sold, once this commits.

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
    # Time gives seats back as well: what is left of them.
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


def _check_cool_down(
    holder: Holder, showtime_id: int, seat_ids: Collection[int], seats: list[Charge]
) -> None:
    if abuse.cooling_down(holder, showtime_id, seat_ids):
        _refund(seats)
        raise TooManyHeld(COOL_DOWN_SECONDS)


def _refund(charges: Collection[Charge]) -> None:
    for limit, actor, count in charges:
        if count:
            limit.refund(actor, count)


def _correct(holder: Holder, more: int) -> None:
    """Charge what was taken beyond what was asked for: the other halves of couple seats."""
    if more < 0:
        _refund(_seat_charges(holder, -more))
    elif more > 0:
        for limit, actor, count in _seat_charges(holder, more):
            limit.record(actor, count)

"""Taking seats within the caps against hoarding.

A visitor is a browser, or an app. Whoever is signed in on the site counts as their account as well
(``account``), as they do over the API: several browsers of one person are one person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import TooManyRequests
from core.ratelimit import RateLimit, RateLimitResult, hit_all
from seating.errors import TooManyHeld
from seating.holds import abuse
from seating.holds.limits import (
    HOLD_BY_ADDRESS,
    HOLD_BY_VISITOR,
    LAPSES_BY_VISITOR,
    SEATS_BY_NETWORK,
    SEATS_BY_VISITOR,
)

Taken = tuple[RateLimit, str] | tuple[RateLimit, str, int]


@contextmanager
def enforce_hold_quota(
    *,
    network: str,
    visitor: str,
    seats: int,
    counted: list[RateLimitResult],
    account: str | None = None,
) -> Iterator[None]:
    """A tap for ``seats`` seats by who has not been counted yet.

    ``counted`` is told what the limits of taps said. Raises TooManyRequests, TooManyHeld. Where
    the seats were not got they do not count.
    """
    taps: list[Taken] = [(HOLD_BY_ADDRESS, network), (HOLD_BY_VISITOR, visitor)]
    with _capped(taps, network, [visitor, *([account] if account else [])], seats, counted):
        yield


@contextmanager
def require_hold_quota(
    *, network: str, visitor: str | None, seats: int, counted: list[RateLimitResult]
) -> Iterator[None]:
    """As ``enforce_hold_quota``, for a request that its view has counted by its address already.

    Without a visitor only the network is known.
    """
    taps: list[Taken] = [] if visitor is None else [(HOLD_BY_VISITOR, visitor)]
    with _capped(taps, network, [] if visitor is None else [visitor], seats, counted):
        yield


@contextmanager
def _capped(
    taps: list[Taken], network: str, visitors: list[str], seats: int, counted: list[RateLimitResult]
) -> Iterator[None]:
    """``visitors``: everything that the one who taps is known as; the first is who holds."""
    caps: list[Taken] = [
        *((LAPSES_BY_VISITOR, known, 0) for known in visitors),
        *((SEATS_BY_VISITOR, known, seats) for known in visitors),
        (SEATS_BY_NETWORK, network, seats),
    ]
    answers = hit_all([*taps, *caps])
    counted += answers[: len(taps)]
    if not answers[-1].allowed:
        if len(answers) <= len(taps):
            raise TooManyRequests(answers[-1].retry_after_seconds)
        # Of those whose seats were counted before the one that may not.
        for known in visitors[: max(0, len(answers) - len(taps) - len(visitors) - 1)]:
            SEATS_BY_VISITOR.refund(known, seats)
        raise TooManyHeld(answers[-1].retry_after_seconds)
    try:
        yield
    except Exception:
        release_quota(network=network, visitors=visitors, seats=seats)
        raise
    if visitors:
        visitor, *accounts = visitors
        abuse.remember(visitor, network, accounts[0] if accounts else None)


def release_quota(*, network: str, visitors: list[str], seats: int) -> None:
    """``seats`` seats are free again, or were not got at all."""
    if seats <= 0:
        return
    SEATS_BY_NETWORK.refund(network, seats)
    for known in visitors:
        SEATS_BY_VISITOR.refund(known, seats)

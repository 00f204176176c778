"""Taking seats within the caps against hoarding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from accounts.limits import Allowance, Limit, take_all
from movies.errors import TooManyRequests
from seating import hoarding
from seating.errors import TooManyHeld
from seating.limits import (
    HOLD_BY_ADDRESS,
    HOLD_BY_VISITOR,
    LAPSES_BY_VISITOR,
    SEATS_BY_NETWORK,
    SEATS_BY_VISITOR,
)

Taken = tuple[Limit, str] | tuple[Limit, str, int]


@contextmanager
def tapping(*, network: str, visitor: str, seats: int, counted: list[Allowance]) -> Iterator[None]:
    """A tap for ``seats`` seats by who has not been counted yet.

    ``counted`` is told what the limits of taps said. Raises TooManyRequests, TooManyHeld. Where
    the seats were not got they do not count.
    """
    taps: list[Taken] = [(HOLD_BY_ADDRESS, network), (HOLD_BY_VISITOR, visitor)]
    with _capped(taps, network, visitor, seats, counted):
        yield


@contextmanager
def holding(
    *, network: str, visitor: str | None, seats: int, counted: list[Allowance]
) -> Iterator[None]:
    """As ``tapping``, for a request that its view has counted by its address already.

    Without a visitor only the network is known.
    """
    taps: list[Taken] = [] if visitor is None else [(HOLD_BY_VISITOR, visitor)]
    with _capped(taps, network, visitor, seats, counted):
        yield


@contextmanager
def _capped(
    taps: list[Taken], network: str, visitor: str | None, seats: int, counted: list[Allowance]
) -> Iterator[None]:
    caps: list[Taken] = [(SEATS_BY_NETWORK, network, seats)]
    if visitor is not None:
        caps = [(LAPSES_BY_VISITOR, visitor, 0), (SEATS_BY_VISITOR, visitor, seats), *caps]
    answers = take_all([*taps, *caps])
    counted += answers[: len(taps)]
    if not answers[-1].allowed:
        if len(answers) <= len(taps):
            raise TooManyRequests(answers[-1].retry_after_seconds)
        if visitor is not None and len(answers) == len(taps) + len(caps):
            SEATS_BY_VISITOR.give_back(visitor, seats)  # it was the network that may not
        raise TooManyHeld(answers[-1].retry_after_seconds)
    try:
        yield
    except Exception:
        opened(network=network, visitor=visitor, seats=seats)
        raise
    if visitor is not None:
        hoarding.remember(visitor, network)


def opened(*, network: str, visitor: str | None, seats: int) -> None:
    """``seats`` seats are free again, or were not got at all."""
    if seats <= 0:
        return
    SEATS_BY_NETWORK.give_back(network, seats)
    if visitor is not None:
        SEATS_BY_VISITOR.give_back(visitor, seats)

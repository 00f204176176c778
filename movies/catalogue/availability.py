"""Free seats of showtimes as the catalogue shows them, and the state of sale that follows.

``FreeSeats`` is only as exact as what is shown, so that pages change only when a visitor would see
it. Rows of seats belong to the app above, whose receiver of ``free_seats_asked`` counts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from django.conf import settings
from django.dispatch import Signal
from django.utils.translation import gettext as _

from movies import prices
from movies.prices import ShownPrice

PERCENT = 100
# showtime_ids: list[int]; counts: dict[int, SeatCount], to which the receiver adds.
free_seats_asked = Signal()


class SaleState(StrEnum):
    """State of sale of a showtime, the most important one first."""

    CANCELLED = "cancelled"
    OVER = "over"
    NOT_YET = "not_yet_on_sale"
    CLOSED = "sale_closed"
    SOLD_OUT = "sold_out"
    ALMOST_FULL = "almost_full"
    FEW_TOGETHER = "few_together"
    AVAILABLE = "available"


NOT_ON_SALE = (SaleState.CANCELLED, SaleState.OVER, SaleState.NOT_YET, SaleState.CLOSED)


@dataclass(frozen=True, slots=True)
class Fullness:
    """How full a showtime is, only as exact as it is shown.

    ``together``: free neighbours, counted up to one more than ``FEW_TOGETHER_SEATS``, which also
    stands for as many as the hall has side by side.
    """

    has_any: bool
    is_almost_full: bool
    together: int

    @property
    def state(self) -> SaleState:
        """State of a showtime that is on sale."""
        if not self.has_any:
            return SaleState.SOLD_OUT
        if self.is_almost_full:
            return SaleState.ALMOST_FULL
        if self.together <= settings.FEW_TOGETHER_SEATS:
            return SaleState.FEW_TOGETHER
        return SaleState.AVAILABLE

    @property
    def document(self) -> dict[str, Any]:
        """For the live feed. ``together``: None unless few seats are together."""
        state = self.state
        together = self.together if state == SaleState.FEW_TOGETHER else None
        return {"availability": state, "together": together}


@dataclass(frozen=True, slots=True)
class FreeSeats(Fullness):
    cheapest_rupiah: int | None
    has_dearer: bool


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Seats of a showtime, counted now."""

    sellable: int
    free: int
    together: int  # the longest row of free neighbours
    together_max: int  # the longest row of neighbours that the hall has

    @property
    def fullness(self) -> Fullness:
        enough = settings.FEW_TOGETHER_SEATS + 1
        is_as_ever = self.together >= self.together_max
        return Fullness(
            has_any=self.free > 0,
            is_almost_full=self.free * PERCENT <= self.sellable * settings.ALMOST_FULL_PERCENT,
            together=enough if is_as_ever else min(self.together, enough),
        )


@dataclass(frozen=True, slots=True)
class SeatCount(Occupancy):
    """The same with the prices of the free seats, for the catalogue."""

    cheapest_rupiah: int | None  # of the free ones, without the service fee
    has_dearer: bool  # among the free ones
    next_lapse_at: datetime | None  # when the first of the holds is over

    def shown(self) -> FreeSeats:
        full = self.fullness
        return FreeSeats(
            has_any=full.has_any,
            is_almost_full=full.is_almost_full,
            together=full.together,
            cheapest_rupiah=self.cheapest_rupiah,
            has_dearer=self.has_dearer,
        )


@dataclass(frozen=True, slots=True)
class Availability:
    """``price`` is that of the cheapest free seat; None when there is none."""

    state: SaleState
    price: ShownPrice | None
    has_dearer: bool
    together: int

    @property
    def together_if_few(self) -> int | None:
        """Free neighbours, where only few are left; None otherwise."""
        return self.together if self.state == SaleState.FEW_TOGETHER else None

    @property
    def label(self) -> str:
        """Short label for a visitor; empty if there is nothing to report."""
        return label_of(self.state, self.together)

    @property
    def price_label(self) -> str:
        """``from Rp48.000``, or the price alone if all free seats cost the same."""
        if self.price is None or not self.has_dearer:
            return str(self.price or "")
        return _("from %(price)s") % {"price": self.price}

    @property
    def is_on_sale(self) -> bool:
        """Whether the showtime sells seats now; it may be sold out."""
        return self.state not in NOT_ON_SALE

    @property
    def has_seats(self) -> bool:
        return self.is_on_sale and self.state != SaleState.SOLD_OUT


def label_of(state: SaleState, together: int) -> str:
    if state == SaleState.FEW_TOGETHER:
        if together == 1:
            return _("Single seats only")
        return _("At most %(seats)d together") % {"seats": together}
    return {
        SaleState.CANCELLED: _("Cancelled"),
        SaleState.OVER: _("Over"),
        SaleState.NOT_YET: _("Not on sale yet"),
        SaleState.CLOSED: _("Sale closed"),
        SaleState.SOLD_OUT: _("Sold out"),
        SaleState.ALMOST_FULL: _("Almost full"),
        SaleState.AVAILABLE: "",
    }[state]


def live_labels() -> list[dict[str, Any]]:
    """The badge of a page with live seats for each ``Fullness.document``; none, no badge."""
    few = range(1, settings.FEW_TOGETHER_SEATS + 1)
    shown = [Fullness(has_any=True, is_almost_full=True, together=1)]
    shown += [Fullness(has_any=True, is_almost_full=False, together=seats) for seats in few]
    return [full.document | {"label": label_of(full.state, full.together)} for full in shown]


class OnSale(Protocol):
    """A showtime, as a record or as a row."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def sale_opens_at(self) -> datetime: ...
    @property
    def sale_closes_at(self) -> datetime: ...
    @property
    def base_price_rupiah(self) -> int: ...
    @property
    def cancelled_at(self) -> datetime | None: ...


def availability(showtime: OnSale, free: FreeSeats | None, at: datetime) -> Availability:
    """``free``: None for a showtime without rows of seats, which costs its base price."""
    if free is None:
        enough = settings.FEW_TOGETHER_SEATS + 1
        free = FreeSeats(
            has_any=True,
            is_almost_full=False,
            together=enough,
            cheapest_rupiah=showtime.base_price_rupiah,
            has_dearer=False,
        )
    cheapest = free.cheapest_rupiah
    price = None if cheapest is None else prices.price_of(cheapest)
    return Availability(_state(showtime, free, at), price, free.has_dearer, free.together)


def _state(showtime: OnSale, free: FreeSeats, at: datetime) -> SaleState:
    if showtime.cancelled_at is not None:
        return SaleState.CANCELLED
    if showtime.starts_at <= at:
        return SaleState.OVER
    if showtime.sale_opens_at > at:
        return SaleState.NOT_YET
    if showtime.sale_closes_at <= at:
        return SaleState.CLOSED
    return free.state


def count(showtime_ids: list[int]) -> Mapping[int, SeatCount]:
    """Counts of the showtimes that have seats, from the database."""
    counts: dict[int, SeatCount] = {}
    free_seats_asked.send(SeatCount, showtime_ids=showtime_ids, counts=counts)
    return counts

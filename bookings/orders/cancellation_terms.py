"""Cancellation terms: pure functions over the tiers stored on the booking.

A tier says what percentage of a ticket is refunded until how many hours before the show. The tiers
of the cinema, or else of the chain, are copied onto the booking when it is made; later changes do
not apply to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bookings.models import Booking, CancellationTier, Ticket
from bookings.models.booking import full_refund_terms
from bookings.orders.pricing import PERCENT
from core.db.prepared import CompiledQuery
from movies.models import Cinema

_IN_FORCE = CompiledQuery(CancellationTier.objects.in_force, 987_654_321)
AnyTier = TypeVar("AnyTier", "Tier", CancellationTier)


@dataclass(frozen=True)
class Tier:
    """Valid until ``hours_before`` the start. The fee is refunded in full or not at all."""

    hours_before: int
    refund_percent: int
    is_fee_refunded: bool

    def refund_rupiah(self, ticket: Ticket) -> int:
        """The refunded share of the price, to the nearest rupiah (half up), plus the fee if due."""
        fee_rupiah = min(ticket.fee_rupiah, ticket.paid_rupiah)
        share_rupiah = (ticket.paid_rupiah - fee_rupiah) * self.refund_percent
        refund_rupiah = (share_rupiah + PERCENT // 2) // PERCENT
        return refund_rupiah + (fee_rupiah if self.is_fee_refunded else 0)


def snapshot(cinema: Cinema) -> list[dict[str, Any]]:
    """The terms in force at this cinema now, in the form stored on a booking.

    A cinema's own tiers replace all of the chain's. Without any, everything is refunded until the
    show begins.
    """
    tiers = _IN_FORCE.all(cinema.pk)
    own = [tier for tier in tiers if tier.cinema_id is not None]
    return [
        asdict(Tier(tier.hours_before, tier.refund_percent, tier.is_fee_refunded))
        for tier in _by_time(own or tiers)
    ] or full_refund_terms()


def tiers_in_force(cinema: Cinema) -> list[Tier]:
    """The terms that a booking made now would get, earliest deadline first."""
    return [Tier(**tier) for tier in snapshot(cinema)]


def tiers_of(booking: Booking) -> list[Tier]:
    """The booking's tiers, earliest deadline first."""
    return _by_time(Tier(**tier) for tier in booking.cancellation_terms)


def tier_at(booking: Booking, at: datetime) -> Tier | None:
    """The tier valid at ``at``; None if nothing would be refunded or the show has begun."""
    left = booking.showtime.starts_at - at
    if left <= timedelta(0):
        return None
    for tier in tiers_of(booking):
        if left >= timedelta(hours=tier.hours_before):
            return tier if tier.refund_percent > 0 else None
    return None


def _by_time(tiers: Iterable[AnyTier]) -> list[AnyTier]:
    return sorted(tiers, key=lambda tier: -tier.hours_before)

"""Template filters for prices with their service fee."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from movies import prices
from movies.prices import ShownPrice

register = template.Library()


@register.filter
def ticket_price(price_rupiah: int) -> ShownPrice:
    """Price of one ticket at this seat price: ``Rp48.000``, or ``Rp45.000 + Rp3.000``."""
    return prices.price_of(price_rupiah)


@register.filter
def tickets_price(price_rupiah: int, seats: Sequence[Any]) -> ShownPrice:
    """Price of the tickets for ``seats``, whose prices sum to ``price_rupiah``."""
    return prices.price_of(price_rupiah, tickets=len(seats))


@register.filter
def shown_price(amounts: Any) -> ShownPrice:
    """Of anything with ``seats_rupiah`` and ``fee_rupiah``: a hold, a quote, a booking."""
    return prices.paid_price(amounts.seats_rupiah, amounts.fee_rupiah)


@register.filter
def ticket_shown_price(ticket: Any) -> ShownPrice:
    """Of a ticket whose price is fixed, before its discount."""
    return prices.paid_price(ticket.price_rupiah, ticket.fee_rupiah)

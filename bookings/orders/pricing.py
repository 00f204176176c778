"""Price of a booking: pure functions over whole rupiah.

A ticket is its seat's price times the percentage of its type, to the nearest rupiah (half up),
plus the service fee. A voucher lowers the tickets, never the fee, and its discount is spread over
them in proportion so that the parts sum to the total: a "free" ticket makes all of them cheaper,
and cancelling the others does not leave it free. Tax is contained in
what is paid for the tickets, not added to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PERCENT = 100
BASIS_POINTS = 10_000


@dataclass(frozen=True)
class QuoteLine:
    seat_price_rupiah: int
    price_percent: int


@dataclass(frozen=True)
class VoucherTerms:
    """One of: a percentage of the tickets, a fixed amount, one ticket free for so many bought.

    The others are 0.
    """

    percent: int = 0
    fixed_rupiah: int = 0
    free_after: int = 0


@dataclass(frozen=True)
class QuotedTicket:
    seat_price_rupiah: int
    price_rupiah: int
    fee_rupiah: int
    discount_rupiah: int
    tax_rupiah: int = 0

    @property
    def total_rupiah(self) -> int:
        return self.price_rupiah + self.fee_rupiah - self.discount_rupiah


@dataclass(frozen=True)
class Quote:
    tickets: tuple[QuotedTicket, ...]
    seats_rupiah: int
    fee_rupiah: int
    discount_rupiah: int
    total_rupiah: int
    tax_rupiah: int
    tax_basis_points: int


def ticket_price_rupiah(seat_price_rupiah: int, price_percent: int) -> int:
    return (seat_price_rupiah * price_percent + PERCENT // 2) // PERCENT


def contained_tax_rupiah(paid_rupiah: int, tax_basis_points: int) -> int:
    """The tax inside ``paid_rupiah``, to the nearest rupiah (half up)."""
    whole = BASIS_POINTS + tax_basis_points
    return (paid_rupiah * tax_basis_points * 2 + whole) // (2 * whole)


def discount_rupiah(prices: Sequence[int], voucher: VoucherTerms | None) -> int:
    """The voucher's discount: at most the ticket prices, rounded down to the rupiah.

    With ``free_after`` of n, the cheapest ticket of every n + 1 is free.
    """
    if voucher is None:
        return 0
    seats_rupiah = sum(prices)
    if voucher.free_after:
        return sum(sorted(prices)[: len(prices) // (voucher.free_after + 1)])
    return min(seats_rupiah, voucher.fixed_rupiah + seats_rupiah * voucher.percent // PERCENT)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Split ``amount`` in proportion to ``weights``; the parts sum to it exactly.

    By largest remainder, the first of equals first. No part exceeds its weight while ``amount``
    does not exceed their sum.
    """
    whole = sum(weights)
    if whole == 0:
        return [0 for _weight in weights]
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda index: (-(amount * weights[index] % whole), index)
    )
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return parts


def quote(
    lines: Sequence[QuoteLine],
    *,
    fee_rupiah: int,
    voucher: VoucherTerms | None = None,
    tax_basis_points: int,
) -> Quote:
    """The price of a booking; ``fee_rupiah`` is per ticket."""
    prices = [ticket_price_rupiah(line.seat_price_rupiah, line.price_percent) for line in lines]
    seats_rupiah = sum(prices)
    discount = discount_rupiah(prices, voucher)
    fees_rupiah = fee_rupiah * len(lines)
    discounts = spread(discount, prices)
    paid = [price - part for price, part in zip(prices, discounts, strict=True)]
    tax = contained_tax_rupiah(seats_rupiah - discount, tax_basis_points)
    tickets = tuple(
        QuotedTicket(line.seat_price_rupiah, price, fee_rupiah, part, tax_part)
        for line, price, part, tax_part in zip(
            lines, prices, discounts, spread(tax, paid), strict=True
        )
    )
    return Quote(
        tickets=tickets,
        seats_rupiah=seats_rupiah,
        fee_rupiah=fees_rupiah,
        discount_rupiah=discount,
        total_rupiah=seats_rupiah + fees_rupiah - discount,
        tax_rupiah=tax,
        tax_basis_points=tax_basis_points,
    )

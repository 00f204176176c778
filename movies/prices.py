"""Amounts as they are shown before payment: one function for every page, message and API resource.

A ticket costs its price plus the service fee. With ``PRICES_INCLUDE_FEE`` every amount shown
contains the fee; otherwise the fee stands beside it. In both cases the displayed amounts add up to
the paid total.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from core.templatetags.money import rupiah


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """``amount_rupiah`` as the price, with ``fee_beside_rupiah`` beside it."""

    amount_rupiah: int
    fee_beside_rupiah: int
    fee_rupiah: int  # contained or beside

    @property
    def total_rupiah(self) -> int:
        """The paid total."""
        return self.amount_rupiah + self.fee_beside_rupiah

    def __str__(self) -> str:
        amount = rupiah(self.amount_rupiah)
        if not self.fee_beside_rupiah:
            return amount
        return _("%(price)s + %(fee)s fee") % {
            "price": amount,
            "fee": rupiah(self.fee_beside_rupiah),
        }


def shown_price(price_rupiah: int, *, fee_rupiah: int, is_fee_included: bool) -> ShownPrice:
    """``price_rupiah`` and ``fee_rupiah`` of the same tickets, one or many, as they are shown."""
    contained = fee_rupiah if is_fee_included else 0
    return ShownPrice(price_rupiah + contained, fee_rupiah - contained, fee_rupiah)


def price_of(price_rupiah: int, *, tickets: int = 1) -> ShownPrice:
    """The price of tickets to be bought now: ``price_rupiah`` without fee for all of them."""
    fee_rupiah = settings.SERVICE_FEE_RUPIAH * tickets
    return paid_price(price_rupiah, fee_rupiah)


def paid_price(price_rupiah: int, fee_rupiah: int) -> ShownPrice:
    """The price of tickets whose fee is fixed, as in a quote or a booking."""
    return shown_price(
        price_rupiah, fee_rupiah=fee_rupiah, is_fee_included=settings.PRICES_INCLUDE_FEE
    )

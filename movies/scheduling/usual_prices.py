"""What a price usually is, so that a typing error is noticed before it is on sale."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.templatetags.money import rupiah
from movies.models import PriceCard
from movies.scheduling.pricing import PriceList, PriceMissing
from movies.scheduling.showtimes import ShowtimeDraft

# A price below half of the usual one, or above its double, is questioned.
UNUSUAL_FACTOR = 2

UNUSUAL_PRICE = _("%(price)s is far from the usual %(usual)s.")


def is_unusual(price_rupiah: int, usual_rupiah: int) -> bool:
    return (
        price_rupiah * UNUSUAL_FACTOR < usual_rupiah or price_rupiah > usual_rupiah * UNUSUAL_FACTOR
    )


def unusual_price(price_rupiah: int | None, usual_rupiah: int | None) -> str:
    """A sentence about an unusual price; empty where it is usual or nothing is known."""
    if price_rupiah is None or usual_rupiah is None or not is_unusual(price_rupiah, usual_rupiah):
        return ""
    return UNUSUAL_PRICE % {"price": rupiah(price_rupiah), "usual": rupiah(usual_rupiah)}


def price_unlike_cards(draft: ShowtimeDraft, prices: PriceList | None = None) -> str:
    """A sentence about the draft's own price where it is far from that of the price cards.

    Empty without a price of its own or a card that fits. ``prices``: the cards, if read before.
    """
    if draft.base_price_rupiah is None:
        return ""
    prices = prices or PriceList.of([draft.studio.cinema])
    try:
        usual = prices.price_rupiah(draft.studio, draft.screen_format, draft.starts_at)
    except PriceMissing:
        return ""
    return unusual_price(draft.base_price_rupiah, usual)


def price_of_similar_cards(card: PriceCard) -> int | None:
    """The middle price of the cards for the same class and format; None if there are none."""
    found = PriceCard.objects.filter(
        Q(cinema=card.cinema_id) | Q(cinema__isnull=True),
        studio_class=card.studio_class,
        screen_format=card.screen_format,
    ).exclude(pk=card.pk)
    others: Sequence[int] = list(found.values_list("price_rupiah", flat=True))
    return median_low(others) if others else None

"""Base prices from the price cards, before seat surcharges.

A card applies to a studio class, format and kind of day from a given minute on. A cinema's card
takes precedence over the chain's; among several the latest that has begun applies. Days are
business days: a showtime at 00:30 costs what the evening before costs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from movies.models import Cinema, PriceCard, Studio
from movies.scheduling.holidays import HolidayCalendar

MINUTES_PER_DAY = 24 * 60


class PriceMissing(InvalidInput):
    code = "price_missing"
    message = _("No price card fits this showtime. Add one, or give a price.")


def minute_of_business_day(cinema: Cinema, starts_at: datetime) -> int:
    """Minutes since midnight of the business date: 00:30 is minute 1470 of the day before."""
    local = starts_at.astimezone(cinema.zone)
    is_after_midnight = local.date() > cinema.business_date(starts_at)
    return local.hour * 60 + local.minute + (MINUTES_PER_DAY if is_after_midnight else 0)


@dataclass(frozen=True)
class PriceList:
    """Price cards of some cinemas and of the chain, read once for many showtimes."""

    cards: tuple[PriceCard, ...]
    holidays: HolidayCalendar = field(default_factory=HolidayCalendar)

    @classmethod
    def of(cls, cinemas: Iterable[Cinema]) -> PriceList:
        wanted = Q(cinema__in={cinema.pk for cinema in cinemas}) | Q(cinema__isnull=True)
        return cls(tuple(PriceCard.objects.filter(wanted)), HolidayCalendar.current())

    def price_rupiah(self, studio: Studio, screen_format: str, starts_at: datetime) -> int:
        """Raises PriceMissing when no card fits."""
        return self.card(studio, screen_format, starts_at).price_rupiah

    def card(self, studio: Studio, screen_format: str, starts_at: datetime) -> PriceCard:
        """Return the card that applies. Raises PriceMissing when none fits."""
        cinema = studio.cinema
        kind = self.holidays.day_kind(cinema.business_date(starts_at))
        minute = minute_of_business_day(cinema, starts_at)
        fitting = [
            card
            for card in self.cards
            if card.cinema_id in (cinema.pk, None)
            and card.studio_class == studio.studio_class
            and card.screen_format == screen_format
            and card.day_kind == kind
            and card.from_minute <= minute
        ]
        if not fitting:
            raise PriceMissing(studio=studio.name, screen_format=screen_format, day_kind=kind.value)
        return max(fitting, key=lambda card: (card.cinema_id is not None, card.from_minute))

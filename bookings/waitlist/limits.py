"""Limits of waitlists, and how long an offer lasts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from core.decorators import enforce
from core.ratelimit import RateLimit
from movies.models import Showtime

ENTRIES_BY_SHOWTIME_MAX = 200
ENTRIES_BY_PERSON_MAX = 5  # waitlists that one mailbox is on at once
OFFERS_BY_ENTRY_MAX = 2  # the entry ends when it did not take its last one
OFFERS_BY_ROUND_MAX = 20  # of one showtime in one transaction
CONFIRM_HOURS = 24

# One person joins for the family.
JOINS_BY_VISITOR = RateLimit("waitlist_visitor", 10, 60 * 60)
# Without an account, where anybody can change their visitor: wide enough for a shared network.
JOINS_BY_NETWORK = RateLimit("waitlist_network", 1_200, 60 * 60)

# In the last hour before the start an offer is short, so that the next in line gets one as well.
SHORT_OFFERS_FROM = timedelta(hours=1)
# Shorter than this nobody can read the message and pay.
OFFER_SECONDS_MIN = 60


def enforce_joins(*, visitor: str, user_id: int | None, network: str) -> None:
    """Count a join of an account, or of a visitor and their network. Raises TooManyRequests."""
    if user_id is None:
        enforce(JOINS_BY_NETWORK, network)
    enforce(JOINS_BY_VISITOR, visitor if user_id is None else f"user:{user_id}")


def offer_seconds(showtime: Showtime, at: datetime) -> int | None:
    """How long an offer made now lasts; None once there is no time for one.

    It ends before the show and before the sale closes.
    """
    is_short = at >= showtime.starts_at - SHORT_OFFERS_FROM
    wanted = settings.WAITLIST_SHORT_OFFER_SECONDS if is_short else settings.WAITLIST_OFFER_SECONDS
    ends_at = min(showtime.starts_at, showtime.sale_closes_at)
    seconds = min(wanted, int((ends_at - at).total_seconds()))
    return seconds if seconds >= OFFER_SECONDS_MIN else None


def is_open(showtime: Showtime, at: datetime) -> bool:
    """Whether the showtime's waitlist still makes offers."""
    return showtime.is_on_sale(at) and offer_seconds(showtime, at) is not None

"""An invariant: name, rule and the query for its violations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

# Placeholder that limits a query to recent bookings.
RECENT = "$RECENT"
RECENT_ORDERS = "booking.created_at > statement_timestamp() - interval '3 hours'"


class Cost(StrEnum):
    """How the cost of a check grows with the history."""

    OPEN = "open"  # reads open or rare rows through an index
    RECENT = "recent"  # cheap for recent bookings, otherwise as WHOLE
    WHOLE = "whole"  # reads whole tables


@dataclass(frozen=True)
class Invariant:
    """``sql`` returns a row per violation: subject (text), showtime id or NULL, facts (jsonb).

    A single statement sees one snapshot, so a concurrent transition is
    seen completely or not at all. Facts hold no personal data.
    """

    name: str
    rule: Promise
    sql: str
    cost: Cost = Cost.WHOLE

    @property
    def whole(self) -> str:
        return self.sql.replace(RECENT, "TRUE")

    @property
    def recent(self) -> str:
        return self.sql.replace(RECENT, RECENT_ORDERS)

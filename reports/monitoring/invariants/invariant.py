"""One invariant: its name, its rule in words, and the query for what breaks it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

# Where it stands in a query, the query may look at recent orders alone.
RECENT = "$RECENT"
RECENT_ORDERS = "booking.created_at > statement_timestamp() - interval '3 hours'"


class Cost(StrEnum):
    """What checking an invariant costs, as the history grows."""

    OPEN = "open"  # it reads what is open or rare, through an index: never much
    RECENT = "recent"  # never much for the orders of the last hours, else as WHOLE
    WHOLE = "whole"  # it reads whole tables


@dataclass(frozen=True)
class Invariant:
    """``sql`` gives a row for each violation: subject (text), showtime id or NULL, facts (jsonb).

    Each is a single statement, so it sees one snapshot: a transition that commits meanwhile is
    seen whole or not at all. Facts hold no personal data.
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

"""Runs the invariants."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from reports.monitoring.invariants.bookings import BOOKING_INVARIANTS
from reports.monitoring.invariants.cancellations import CANCELLATION_INVARIANTS
from reports.monitoring.invariants.invariant import Invariant
from reports.monitoring.invariants.money import MONEY_INVARIANTS
from reports.monitoring.invariants.seats import SEAT_INVARIANTS
from reports.monitoring.invariants.showtimes import SHOWTIME_INVARIANTS

INVARIANTS: tuple[Invariant, ...] = (
    *SEAT_INVARIANTS,
    *SHOWTIME_INVARIANTS,
    *BOOKING_INVARIANTS,
    *MONEY_INVARIANTS,
    *CANCELLATION_INVARIANTS,
)
VIOLATIONS_MAX = 100  # per invariant
QUERY_SECONDS_MAX = 60

# Only constants of this package are interpolated.
_WITH_PLACE = """
    SELECT broken.subject, broken.showtime_id, studio.cinema_id, broken.facts
    FROM (%s) AS broken (subject, showtime_id, facts)
    LEFT JOIN movies_showtime showtime ON showtime.id = broken.showtime_id
    LEFT JOIN movies_studio studio ON studio.id = showtime.studio_id
    LIMIT %%s
"""


@dataclass(frozen=True)
class Violation:
    """One row that violates an invariant."""

    invariant: Invariant
    subject: str
    showtime_id: int | None
    cinema_id: int | None
    facts: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        return f"{self.invariant.name}:{self.subject}"


def check_invariants(invariants: Iterable[Invariant] = INVARIANTS) -> list[Violation]:
    """All violations, at most VIOLATIONS_MAX per invariant. Read-only."""
    return [found for one in invariants for found in _violations(one, one.whole)]


def check_recent(invariants: Iterable[Invariant]) -> list[Violation]:
    """As ``check_invariants``, limited to recent bookings for invariants of Cost.RECENT."""
    return [found for one in invariants for found in _violations(one, one.recent)]


def invariant_named(name: str) -> Invariant:
    """Raises KeyError."""
    return {invariant.name: invariant for invariant in INVARIANTS}[name]


@transaction.atomic
def _violations(invariant: Invariant, sql: str) -> list[Violation]:
    with connection.cursor() as cursor:
        # The default timeout is for requests; this reads whole tables.
        timeout = f"{QUERY_SECONDS_MAX}s"
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [timeout])
        cursor.execute(_WITH_PLACE % sql, [VIOLATIONS_MAX])
        return [
            Violation(invariant, subject, showtime_id, cinema_id, json.loads(facts))
            for subject, showtime_id, cinema_id, facts in cursor.fetchall()
        ]

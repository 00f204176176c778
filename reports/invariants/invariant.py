"""One invariant: its name, its rule in words, and the query for what breaks it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Invariant:
    """``sql`` gives a row for each violation: subject (text), showtime id or NULL, facts (jsonb).

    Each is a single statement, so it sees one snapshot: a transition that commits meanwhile is
    seen whole or not at all. Facts hold no personal data.
    """

    name: str
    rule: Promise
    sql: str

"""Invariants: each is one query that must return no row.

Database constraints enforce most of them already. These queries cover what no constraint can
express, and detect dropped constraints, manual changes and bugs.
"""

from reports.monitoring.invariants.check import (
    INVARIANTS,
    Violation,
    check_invariants,
    check_recent,
    invariant_named,
)
from reports.monitoring.invariants.invariant import Cost, Invariant

__all__ = [
    "INVARIANTS",
    "Cost",
    "Invariant",
    "Violation",
    "check_invariants",
    "check_recent",
    "invariant_named",
]

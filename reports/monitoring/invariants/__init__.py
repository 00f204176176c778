"""What must always be true, each as one query that must return no row.

The database's constraints forbid most of it already. These queries watch what no constraint can
see, and notice when a constraint was dropped, a row was changed by hand, or we are wrong.
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

"""A fault: what is broken, for how long, and how it is repaired."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.installation import Installation, Stores

# Ends the fault; returns what went wrong with the fault itself.
Repair = Callable[[], list[str]]


@dataclass(frozen=True)
class Fault:
    name: str
    what: str
    inject: Callable[[Installation, random.Random], Repair]
    lasts_seconds: float = 0.0
    repaired_at_end: bool = False  # everything must be correct while it still lasts
    needs_root: bool = False
    stores: Stores = Stores.EMBEDDED
    pages_answer: bool = False  # other pages are requested meanwhile

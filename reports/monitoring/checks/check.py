"""One look, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

EACH_MAX = 100  # incidents of one kind in one go; the rest is found the next time


@dataclass(frozen=True)
class Finding:
    """``about`` names what is wrong, once and for ever: with the kind it is the fingerprint."""

    about: str
    summary: str
    facts: Mapping[str, Any]  # no personal data
    cinema_id: int | None


@dataclass(frozen=True)
class Look:
    """``find`` gives at most EACH_MAX. What a person resolved ``stays_resolved``, or comes back."""

    kind: str
    find: Callable[[datetime], list[Finding]]
    stays_resolved: bool = True

    def fingerprint(self, finding: Finding) -> str:
        return f"{self.kind}:{finding.about}" if finding.about else self.kind

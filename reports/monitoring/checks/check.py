"""One look, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FINDINGS_MAX = 100  # incidents of one kind in one go; the rest is found the next time


@dataclass(frozen=True)
class Finding:
    """``key`` names what is wrong, once and for ever: with the kind it is the fingerprint."""

    key: str
    summary: str
    facts: Mapping[str, Any]  # no personal data
    cinema_id: int | None


@dataclass(frozen=True)
class HealthCheck:
    """``find`` gives at most EACH_MAX. What a person resolved ``stays_resolved``, or comes back."""

    kind: str
    find: Callable[[datetime], list[Finding]]
    stays_resolved: bool = True

    def fingerprint(self, finding: Finding) -> str:
        return f"{self.kind}:{finding.key}" if finding.key else self.kind

"""A health check and its findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FINDINGS_MAX = 100  # per check and run; later runs find the rest


@dataclass(frozen=True)
class Finding:
    """A problem. ``key`` identifies it permanently and forms the fingerprint with the kind."""

    key: str
    summary: str
    facts: Mapping[str, Any]  # no personal data
    cinema_id: int | None


@dataclass(frozen=True)
class HealthCheck:
    """``find`` returns at most FINDINGS_MAX. With ``stays_resolved`` incidents do not reopen."""

    kind: str
    find: Callable[[datetime], list[Finding]]
    stays_resolved: bool = True

    def fingerprint(self, finding: Finding) -> str:
        return f"{self.kind}:{finding.key}" if finding.key else self.kind

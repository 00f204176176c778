"""Operations that a later version removes, and the headers that announce it.

``Deprecation`` (RFC 9745) says since when a better way exists, ``Sunset`` (RFC 8594) when the
operation ends. docs/api-changes.md has the policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils.http import http_date

NOTICE = timedelta(days=180)  # the shortest between the two dates
POLICY_PATH = "/api/v1/docs/"


@dataclass(frozen=True)
class Deprecation:
    """``instead`` names the operation that replaces it, for the OpenAPI document."""

    since: date
    sunset: date
    instead: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            raise ValueError("clients need more notice")

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Deprecation": f"@{_seconds(self.since)}",
            "Sunset": http_date(_seconds(self.sunset)),
            "Link": f'<{POLICY_PATH}>; rel="deprecation"',
        }

    @property
    def announcement(self) -> str:
        return f"Deprecated: use `{self.instead}`. It ends on {self.sunset.isoformat()}."


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())

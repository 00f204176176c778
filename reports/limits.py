"""How often one person may have the database add up: a report reads whole months."""

from __future__ import annotations

from django.http import HttpRequest

from core.decorators import enforce
from core.ratelimit import RateLimit

REPORTS_BY_PERSON = RateLimit("report_person", 60, 60)
FILES_BY_PERSON = RateLimit("report_file_person", 20, 60)


def spend_report(request: HttpRequest) -> None:
    """One report on screen. Raises TooManyRequests."""
    enforce(REPORTS_BY_PERSON, f"user:{request.user.pk}")


def spend_file(request: HttpRequest) -> None:
    """One file of a report, made now or by a worker. Raises TooManyRequests."""
    enforce(FILES_BY_PERSON, f"user:{request.user.pk}")

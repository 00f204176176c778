"""How often one person may have the database add up: a report reads whole months."""

from __future__ import annotations

from django.http import HttpRequest

from core.decorators import spend
from core.ratelimit import Limit

REPORTS_BY_PERSON = Limit("report_person", 60, 60)
FILES_BY_PERSON = Limit("report_file_person", 20, 60)


def spend_report(request: HttpRequest) -> None:
    """One report on screen. Raises TooManyRequests."""
    spend(REPORTS_BY_PERSON, f"user:{request.user.pk}")


def spend_file(request: HttpRequest) -> None:
    """One file of a report, made now or by a worker. Raises TooManyRequests."""
    spend(FILES_BY_PERSON, f"user:{request.user.pk}")

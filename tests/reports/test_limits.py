"""Rate limits of reports, exports and admin changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.admin_site.site import CHANGES_BY_PERSON
from accounts.models import User
from core import ratelimit
from core.ratelimit import RateLimit
from reports.views.reports import FILES_BY_PERSON, REPORTS_BY_PERSON
from tests.factories import make_cinema, make_manager
from tests.limits import use_up

pytestmark = pytest.mark.django_db

REPORT = reverse("reports:report", args=["sales-by-day"])
FILE = reverse("reports:report_file", args=["sales-by-day"])
SCHEDULES = reverse("reports:schedules")


@pytest.fixture(autouse=True)
def _limiter_is_asked() -> None:
    ratelimit._outage.until = 0.0


def signed_in(person: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    ("limit", "path", "body"),
    [
        (REPORTS_BY_PERSON, REPORT, None),
        (FILES_BY_PERSON, FILE, {"format": "csv"}),
        (CHANGES_BY_PERSON, SCHEDULES, {}),
    ],
)
def test_limit_applies_to_one_person_only(
    limit: RateLimit, path: str, body: dict[str, Any] | None
) -> None:
    cinema = make_cinema()
    hasty, other = make_manager(cinema), make_manager(cinema)
    use_up(limit, f"user:{hasty.pk}")

    def ask(person: User) -> Any:
        client = signed_in(person)
        return client.get(path) if body is None else client.post(path, body)

    refused, served = ask(hasty), ask(other)

    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
    assert served.status_code in (200, 400)

"""Every page of a new installation that has a superuser and nothing else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from reports.figures import REPORTS
from tests.access.routes import GAP, NAMED_GROUP, all_routes, answer
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser() -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_no_page_needs_what_is_not_there_yet(superuser: Client) -> None:
    found = {
        route.pattern: answer(superuser.get(route.path({})))
        for route in all_routes()
        if not GAP.search(route.pattern) and not NAMED_GROUP.search(route.pattern)
    }
    closed = {pattern for pattern, letter in found.items() if letter not in "OLSP"}

    assert {pattern for pattern in closed if not pattern.endswith("/add/")} == {
        "admin/autocomplete/",  # requires a parameter
        "admin/login/",  # redirects to the office
        "api/v1/programme",
        "api/v1/programme/",  # requires a city or a cinema
        ".well-known/security.txt",  # without a contact in the settings
        ".well-known/assetlinks.json",  # without an app in the settings
        ".well-known/apple-app-site-association",
        "accounts/invitation/",  # without a link
        "accounts/2fa/totp/activate/",
        "accounts/2fa/totp/deactivate/",  # redirect to the page where a second factor is set up
        "accounts/2fa/recovery-codes/",
        "accounts/2fa/recovery-codes/download/",
    }


def test_board_leads_to_the_cinemas(superuser: Client) -> None:
    answered = superuser.get(reverse("board:index"), follow=True)

    assert answered.redirect_chain == [(reverse("admin:movies_cinema_changelist"), 302)]
    assert "Add a cinema and its studios first" in answered.content.decode()


@pytest.mark.parametrize("slug", REPORTS)
def test_every_report_opens(superuser: Client, slug: str) -> None:
    assert superuser.get(reverse("reports:report", args=[slug])).status_code == 200

"""Admin side menu: entries by permission."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from movies.models import Role
from tests.factories import make_cinema, make_staff, make_user

pytestmark = pytest.mark.django_db

OVERVIEW = reverse("reports:overview")


def menu(user: User, address: str = reverse("admin:password_change")) -> dict[str, bool]:
    """Menu links with whether they are marked active."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    page = client.get(address).content.decode()
    found = re.search(r'id="nav-sidebar-apps".*?(?=id="main")', page, re.S)
    shown = found[0] if found else ""
    links = re.findall(r'<a href="([^"]+)" class="([^"]*)"', shown)
    return {link: classes.split()[-1] == "active" for link, classes in links}


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.CHAIN_ADMIN, True),
        (Role.MANAGER, True),
        (Role.AUDITOR, True),
        (Role.USHER, False),
    ],
)
def test_menu_shows_reports_by_permission(role: Role, sees: bool) -> None:
    cinema = None if role == Role.CHAIN_ADMIN else make_cinema()
    shown = menu(make_staff(role, cinema))
    assert (OVERVIEW in shown, reverse("board:index") in shown) == (sees, sees)


@pytest.mark.parametrize(
    ("role", "alerts", "status"),
    [
        (Role.CHAIN_ADMIN, True, True),
        (Role.MANAGER, True, False),
        (Role.AUDITOR, False, False),
    ],
)
def test_menu_shows_alerts_and_status_by_permission(role: Role, alerts: bool, status: bool) -> None:
    shown = menu(make_staff(role, None if role == Role.CHAIN_ADMIN else make_cinema()))
    assert (reverse("reports:alerts") in shown, reverse("reports:status") in shown) == (
        alerts,
        status,
    )


def test_menu_marks_the_open_page_and_lists_everything() -> None:
    make_cinema()
    chain = make_user(is_staff=True, is_superuser=True)
    shown = menu(chain, reverse("reports:report", args=["sales-by-day"]))
    assert [link for link, is_open in shown.items() if is_open] == [OVERVIEW]
    for name in ("bookings_booking", "movies_movie", "reports_incident", "backups_backuprun"):
        assert reverse(f"admin:{name}_changelist") in shown

"""Admin side menu: tasks and entries by permission, and how few tab stops lead past it."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from movies.models import Role
from tests.factories import make_cinema, make_staff, make_user

pytestmark = pytest.mark.django_db

OVERVIEW = reverse("reports:overview")


TASKS = ["Today", "Programme", "Bookings", "Money", "Door", "People", "Technical"]
FOCUSABLE = re.compile(r"<(?:a href|button|input(?! type=.hidden)|select|textarea)")


def page_of(user: User, address: str = reverse("admin:password_change")) -> str:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client.get(address).content.decode()


def tasks(page: str) -> list[str]:
    shown = page.split('id="nav-sidebar-apps"')[1].split('id="main"')[0]
    return [
        re.sub(r"<span.*?</span>", "", title, flags=re.S).strip()
        for title in re.findall(
            r'class="[^"]*office-group"[^>]*>(.*?)</(?:button|h2)>', shown, re.S
        )
    ]


def menu(user: User, address: str = reverse("admin:password_change")) -> dict[str, bool]:
    """Menu links with whether they are marked active."""
    page = page_of(user, address)
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


def test_menu_is_ordered_by_task_and_shows_only_what_a_role_may_open() -> None:
    cinema = make_cinema()
    shown = {
        name: tasks(page_of(user))
        for name, user in {
            "owner": make_user(is_staff=True, is_superuser=True),
            "chain": make_staff(Role.CHAIN_ADMIN, None),
            "manager": make_staff(Role.MANAGER, cinema),
            "auditor": make_staff(Role.AUDITOR, cinema),
            "usher": make_staff(Role.USHER, cinema),
        }.items()
    }
    assert shown == {
        "owner": TASKS,
        "chain": TASKS,
        "manager": [task for task in TASKS if task != "People"],
        "auditor": [task for task in TASKS if task not in ("Door", "People")],
        "usher": ["Today", "Door"],
    }


def test_every_list_is_in_the_menu_once() -> None:
    make_cinema()
    page = page_of(make_user(is_staff=True, is_superuser=True))
    shown = re.findall(r'<a href="([^"]+)" class="office-entry', page)
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    assert {link: shown.count(link) for link in lists} == dict.fromkeys(lists, 1)
    technical = page.split("Technical")[1]
    for name in ("seating_hold", "seating_showtimeseat", "bookings_providerevent"):
        assert reverse(f"admin:{name}_changelist") in technical


def test_search_is_a_few_tab_stops_away_and_the_first_one_skips_the_menu() -> None:
    make_cinema()
    page = page_of(make_user(is_staff=True, is_superuser=True))
    body = page.split("<body")[1]
    before_search = FOCUSABLE.findall(body.split('id="nav-filter"')[0])
    first = re.search(r'<a class="([^"]+)" href="([^"]+)"', body)

    assert first is not None
    assert first.groups() == ("office-skip", "#main-content")
    assert len(before_search) <= 4
    landmarks = ("<main", "<header>", '<nav id="nav-sidebar-inner" aria-label="Office"')
    assert [page.count(landmark) for landmark in landmarks] == [1, 1, 1]

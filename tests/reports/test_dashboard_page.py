"""Dashboard page: each user sees only their own cinemas."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from movies.models import Cinema
from reports.dashboard import labels
from reports.monitoring import incidents
from tests.clients import signed_in
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")
FIGURES = reverse("reports:desk_figures")


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def tiles(text: str) -> dict[str, str]:
    found = re.findall(r'data-desk-tile="(\w+)".*?<dd><(?:span|a)[^>]*>(.*?)</', text, re.S)
    return dict(found)


@pytest.fixture
def two_cinemas() -> tuple[Cinema, Cinema]:
    first, second = make_cinema(name="Bintang"), make_cinema(name="Rembulan")
    make_confirmed_booking(make_showtime(make_studio(first)), 2)
    make_confirmed_booking(make_showtime(make_studio(second)), 3)
    return first, second


@pytest.mark.parametrize("address", [HOME, FIGURES])
def test_manager_sees_nothing_of_another_cinema(
    two_cinemas: tuple[Cinema, Cinema], address: str
) -> None:
    first, second = two_cinemas
    shown = page(signed_in(make_manager(first)), address)

    assert tiles(shown) == {
        "tickets_sold": "2",
        "revenue": "Rp106,000",
        "occupancy": "0 %",
        "seats_held_now": "0",
        "failed_payments": "0",
        "refunds_due": "0",
        "incidents": "0",
    }
    assert (first.name in shown, second.name in shown) == (True, False)


def test_chain_sees_every_cinema_and_their_sum(two_cinemas: tuple[Cinema, Cinema]) -> None:
    shown = page(signed_in(make_user(is_staff=True, is_superuser=True)), FIGURES)

    assert tiles(shown)["tickets_sold"] == "5"
    assert all(cinema.name in shown for cinema in two_cinemas)


def test_chain_incidents_are_counted_for_chain_staff_only(
    two_cinemas: tuple[Cinema, Cinema],
) -> None:
    first, _second = two_cinemas
    at = timezone.now()
    incidents.record("test", "here", "Here.", {}, first, at)
    incidents.record("test", "everywhere", "Everywhere.", {}, None, at)
    chain = make_user(is_staff=True, is_superuser=True)

    shown = [tiles(page(signed_in(user), FIGURES)) for user in (make_manager(first), chain)]

    assert [one["incidents"] for one in shown] == ["1", "2"]


def test_every_figure_carries_its_definition(two_cinemas: tuple[Cinema, Cinema]) -> None:
    shown = page(signed_in(make_manager(*two_cinemas)), HOME)

    definitions = [*labels.DEFINITIONS.values(), labels.HOURS, labels.FILMS]
    assert [str(one.label) for one in definitions if f'title="{one.meaning}"' not in shown] == []


def test_anonymous_and_customers_are_redirected_to_sign_in() -> None:
    for client in (Client(), signed_in(make_user())):
        assert [client.get(address).status_code for address in (HOME, FIGURES)] == [302, 302]


def test_staff_without_a_cinema_have_no_dashboard() -> None:
    client = signed_in(make_user(is_staff=True))

    assert "data-desk" not in page(client, HOME)
    assert page(client, FIGURES).strip() == ""


@override_settings(LIVE_PORT="8001")
def test_only_the_index_may_connect_to_the_live_port(
    two_cinemas: tuple[Cinema, Cinema],
) -> None:
    client = signed_in(make_manager(*two_cinemas))
    home, figures = client.get(HOME), client.get(FIGURES)

    assert 'data-feed-url="ws://testserver:8001/ws/desk/"' in home.content.decode()
    assert "connect-src 'self' ws://testserver:8001" in home["Content-Security-Policy"]
    assert "8001" not in figures["Content-Security-Policy"]
    assert figures["Cache-Control"] == ("max-age=0, no-cache, no-store, must-revalidate, private")


# Nine for the figures, the rest for session and permissions; one more with a second factor.
QUERIES = {HOME: 12, FIGURES: 12}


@pytest.mark.parametrize("address", [HOME, FIGURES])
def test_query_count_does_not_grow_with_rows(
    two_cinemas: tuple[Cinema, Cinema], address: str
) -> None:
    client = signed_in(make_user(is_staff=True, is_superuser=True))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, address)
        cache.clear()
        return len(queries)

    page(client, address)  # the session is read from the cache from now on
    cache.clear()
    few = asked()
    for cinema in two_cinemas:
        for _showtime in range(4):
            make_confirmed_booking(make_showtime(make_studio(cinema)), 2)

    assert (few, asked()) == (QUERIES[address],) * 2

"""A manager of one cinema has no access to another by address, action, download or socket."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.auth import session
from reports.dashboard import routing as desk
from reports.dashboard.consumers import _visible_cinemas
from reports.figures import REPORTS
from seating.live import routing as seats
from tests.access import rows
from tests.access.requests import STAFF, caller
from tests.access.routes import all_routes
from tests.access.test_matrix import LOGOUTS
from tests.access.world import PEOPLE, World, make_world

pytestmark = pytest.mark.django_db

# Whether usher, auditor, manager elsewhere, manager, chain administrator and owner are offered
# each.
ACTIONS = {
    "bookings.Booking cancel_and_refund": "--xxxx",
    "bookings.Booking send_tickets_again": "--xxxx",
    "bookings.Refund take_over": "--xxxx",
    "movies.Showtime cancel_showtimes": "--xxxx",
    "movies.Showtime reprice_showtimes": "--xxxx",
    "notifications.Message send_again": "--xxxx",
}
# Models of libraries: only the owner may open their pages.
OWNERS_APPS = {"django_celery_beat"}


def visible_cinemas(user: Any) -> tuple[frozenset[int], bool]:
    """What a session that has just begun shows of the desk."""
    opened: session.Session = {}
    session.record(opened, AnonymousUser(), timezone.now())
    return _visible_cinemas(user, opened)


@pytest.fixture
def world() -> World:
    return make_world()


def test_pages_of_another_cinema_show_a_manager_nothing(world: World) -> None:
    outsider = caller(world.people["elsewhere"])
    booking = world.booking
    secrets = {booking.code, booking.contact_name, booking.contact_email, "Ours", "The Buyer"}
    secrets |= {"A refund failed", booking.payments.get().reference or "-"}
    shown = {}
    for route in all_routes():
        if not route.pattern.startswith("admin/") or route.pattern in LOGOUTS:
            continue
        path = route.path(world.arguments(route.pattern, route.name))
        answer = outsider.get(path)
        if answer.status_code == 200:
            page = answer.content.decode().replace(path, "")
            shown[route.pattern] = {secret for secret in secrets if secret in page}

    assert len(shown) > 50
    assert {pattern: found for pattern, found in shown.items() if found} == {}


def offered(model_admin: Any, user: Any) -> set[str]:
    request = RequestFactory().get("/admin/")
    request.user = user
    return set(model_admin.get_actions(request)) - {"delete_selected"}


def test_actions_are_offered_to_whom_they_are_for(world: World) -> None:
    found: dict[str, str] = {}
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label in OWNERS_APPS:
            continue
        offers = [offered(model_admin, world.people[who]) for who in STAFF]
        for name in sorted(set().union(*offers)):
            marks = "".join("x" if name in offer else "-" for offer in offers)
            found[f"{model._meta.label} {name}"] = marks

    assert found == ACTIONS


def test_desk_listens_to_ones_own_cinemas_alone(world: World) -> None:
    names = {world.cinema.pk: "ours"}
    received = {
        who: {names.get(cinema, "theirs") for cinema in visible_cinemas(world.people[who])[0]}
        for who in STAFF
    }

    both = {"ours", "theirs"}
    assert received == {
        "usher": set(),
        "auditor": {"ours"},
        "elsewhere": {"theirs"},
        "manager": {"ours"},
        "chain_admin": both,
        "owner": both,
    }
    # Incidents of the chain are shown to its administrators.
    chain = {who for who in STAFF if visible_cinemas(world.people[who])[1]}
    assert chain == {"chain_admin", "owner"}


def test_every_socket_has_a_row() -> None:
    feeds = [*desk.websocket_urlpatterns, *seats.websocket_urlpatterns]

    assert {str(feed.pattern) for feed in feeds} == set(rows.SOCKETS)


def test_desk_takes_the_handshakes_of_its_row(world: World) -> None:
    """The seat feed needs no session: its contents are public."""
    answers = {
        who: "O" if visible_cinemas(user or AnonymousUser())[0] else "N"
        for who, user in world.people.items()
    }

    assert "".join(answers[who] for who in PEOPLE) == rows.SOCKETS["ws/desk/"]


def test_figures_of_another_cinema_cannot_be_requested(world: World) -> None:
    """By choosing the cinema in the address of each report, the desk or an export."""
    chosen = {"cinema": world.cinema.pk}
    shown = {}
    for who in ("elsewhere", "manager"):
        client = caller(world.people[who])
        for report in REPORTS:
            page = client.get(reverse("reports:report", args=[report]), chosen)
            shown[who, report] = page.status_code == 200 and "Ours" in page.content.decode()

    assert {who for (who, _report), is_told in shown.items() if is_told} == {"manager"}


def test_desk_is_closed_after_a_working_day(world: World) -> None:
    assert _visible_cinemas(world.people["manager"], {}) == (frozenset(), False)


def test_desk_is_closed_to_a_password_alone(world: World, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True

    assert visible_cinemas(world.people["manager"]) == (frozenset(), False)

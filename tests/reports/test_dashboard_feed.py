"""Dashboard feed, with a real Daphne, real sessions and a real Redis."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from accounts.models import User
from movies.models import Cinema
from reports.dashboard.consumers import CLOSE_FORBIDDEN, RECHECK_SECONDS
from reports.monitoring import incidents
from seating.holds import transitions
from tests.bookings.outcomes import expire_and_sweep
from tests.clients import app_headers
from tests.concurrency import servers
from tests.factories import (
    make_booking,
    make_cinema,
    make_manager,
    make_showtime,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = Origin("http://127.0.0.1")
RECEIVE_SECONDS = 10.0
SILENT_SECONDS = 2.5


@pytest.fixture(scope="module")
def port(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    with servers.live_server(tmp_path_factory.mktemp("live")) as port:
        yield port


def signed_in(user: User | None) -> dict[str, str]:
    client = Client()
    if user is not None:
        client.force_login(user)
    return cookie_of(client)


def cookie_of(client: Client) -> dict[str, str]:
    session = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return {"Cookie": session.OutputString().split(";")[0]} if session else {}


@contextmanager
def dashboard_feed(
    port: int, headers: dict[str, str], origin: Origin = ORIGIN
) -> Iterator[ClientConnection]:
    url = f"ws://127.0.0.1:{port}/ws/desk/"
    with connect(url, origin=origin, additional_headers=headers) as socket:
        assert json.loads(socket.recv(RECEIVE_SECONDS)) == {"type": "ready"}
        yield socket


def receive(socket: ClientConnection, seconds: float = RECEIVE_SECONDS) -> list[Any]:
    """The first frame that is not a tick, or nothing within ``seconds``."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            frame = json.loads(socket.recv(left))
        except TimeoutError:
            break
        if frame["type"] != "tick":
            return [frame]
    return []


def hold_seat(cinema: Cinema) -> None:
    showtime = make_showtime(make_studio(cinema))
    seat_id = showtime.seats.values_list("seat_id", flat=True)[0]
    transitions.hold_seats(showtime_id=showtime.pk, visitor="web:siti", seat_ids=[seat_id])


def test_feed_announces_seats_payments_and_incidents(port: int) -> None:
    cinema = make_cinema()
    make_booking(make_showtime(make_studio(cinema)))
    changed = [{"type": "changed", "cinemas": [cinema.pk]}]

    with dashboard_feed(port, signed_in(make_manager(cinema))) as socket:
        hold_seat(cinema)
        assert receive(socket) == changed
        expire_and_sweep()
        assert receive(socket) == changed
        incidents.record("test", "test:1", "Something is odd.", {}, cinema, timezone.now())
        assert receive(socket) == changed


def test_feed_omits_other_cinemas(port: int) -> None:
    elsewhere = make_cinema()
    with dashboard_feed(port, signed_in(make_manager(make_cinema()))) as socket:
        hold_seat(elsewhere)
        assert receive(socket, SILENT_SECONDS) == []


def test_chain_incident_is_announced_to_chain_staff_only(port: int) -> None:
    """It has no cinema, so managers of a cinema do not see it."""
    chain = make_user(is_staff=True, is_superuser=True)
    with (
        dashboard_feed(port, signed_in(make_manager(make_cinema()))) as here,
        dashboard_feed(port, signed_in(chain)) as everywhere,
    ):
        incidents.record("backup_failed", "backup_failed", "It failed.", {}, None, timezone.now())
        assert receive(everywhere) == [{"type": "changed", "cinemas": []}]
        assert receive(here, SILENT_SECONDS) == []


def test_burst_is_one_frame_per_second(port: int) -> None:
    cinema = make_cinema()
    showtime = make_showtime(make_studio(cinema))
    with dashboard_feed(port, signed_in(make_manager(cinema))) as socket:
        begun = time.monotonic()
        for place, seat in enumerate(showtime.seats.values_list("seat_id", flat=True)):
            transitions.hold_seats(showtime_id=showtime.pk, visitor=f"web:{place}", seat_ids=[seat])
        frames = 0
        while receive(socket, SILENT_SECONDS):
            frames += 1
        assert 1 <= frames <= 1 + (time.monotonic() - begun - SILENT_SECONDS + 1)


@pytest.mark.parametrize("who", ["anonymous", "customer", "staff without a cinema", "inactive"])
def test_feed_refuses_users_without_dashboard(port: int, who: str) -> None:
    people: dict[str, Callable[[], User | None]] = {
        "anonymous": lambda: None,
        "customer": make_user,
        "staff without a cinema": lambda: make_user(is_staff=True),
        "inactive": lambda: make_manager(make_cinema()),
    }
    user = people[who]()
    headers = signed_in(user)
    if who == "inactive":
        User.objects.update(is_active=False)

    with pytest.raises(InvalidStatus) as refusal, dashboard_feed(port, headers):
        pass
    assert refusal.value.response.status_code == 403


def test_feed_refuses_the_token_of_an_app(port: int) -> None:
    headers = app_headers(make_manager(make_cinema()), with_second_factor=True)
    token = headers["Authorization"].partition(" ")[2]
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={token}"}

    with pytest.raises(InvalidStatus) as refusal, dashboard_feed(port, cookie):
        pass
    assert refusal.value.response.status_code == 403


def test_feed_closes_after_losing_access(port: int) -> None:
    manager = make_manager(make_cinema())
    with dashboard_feed(port, signed_in(manager)) as socket:
        manager.posts.all().delete()
        with pytest.raises(ConnectionClosed) as end:
            receive(socket, RECHECK_SECONDS + RECEIVE_SECONDS)
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == CLOSE_FORBIDDEN


def test_foreign_origin_and_signed_out_session_are_refused(port: int) -> None:
    client = Client()
    client.force_login(make_manager(make_cinema()))
    headers = cookie_of(client)

    with pytest.raises(InvalidStatus), dashboard_feed(port, headers, Origin("http://evil.example")):
        pass
    with dashboard_feed(port, headers):
        pass
    client.logout()
    with pytest.raises(InvalidStatus), dashboard_feed(port, headers):
        pass

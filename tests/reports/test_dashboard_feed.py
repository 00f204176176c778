"""Who hears the desk's feed, and of what: a real Daphne, real sessions, a real Redis."""

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
from tests.bookings.fixtures import settle_as
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
HEARD_SECONDS = 10.0
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
def desk_of(
    port: int, headers: dict[str, str], origin: Origin = ORIGIN
) -> Iterator[ClientConnection]:
    url = f"ws://127.0.0.1:{port}/ws/desk/"
    with connect(url, origin=origin, additional_headers=headers) as socket:
        assert json.loads(socket.recv(HEARD_SECONDS)) == {"type": "ready"}
        yield socket


def hear(socket: ClientConnection, seconds: float = HEARD_SECONDS) -> list[Any]:
    """The first word that is not a tick, or none in that time."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            word = json.loads(socket.recv(left))
        except TimeoutError:
            break
        if word["type"] != "tick":
            return [word]
    return []


def tap(cinema: Cinema) -> None:
    showtime = make_showtime(make_studio(cinema))
    seat_id = showtime.seats.values_list("seat_id", flat=True)[0]
    transitions.hold_seats(showtime_id=showtime.pk, visitor="web:siti", seat_ids=[seat_id])


def test_manager_hears_of_a_tapped_seat_a_payment_and_an_incident(port: int) -> None:
    cinema = make_cinema()
    booking = make_booking(make_showtime(make_studio(cinema)))
    changed = [{"type": "changed", "cinemas": [cinema.pk]}]

    with desk_of(port, signed_in(make_manager(cinema))) as socket:
        tap(cinema)
        assert hear(socket) == changed
        settle_as(booking.payments.get(), "failed")
        assert hear(socket) == changed
        incidents.record("test", "test:1", "Something is odd.", {}, cinema, timezone.now())
        assert hear(socket) == changed


def test_manager_hears_nothing_of_another_cinema(port: int) -> None:
    elsewhere = make_cinema()
    with desk_of(port, signed_in(make_manager(make_cinema()))) as socket:
        tap(elsewhere)
        assert hear(socket, SILENT_SECONDS) == []


def test_trouble_of_the_chain_is_heard_by_who_looks_after_it(port: int) -> None:
    """It belongs to no cinema: whoever sees all of them sees it, a cinema's manager does not."""
    chain = make_user(is_staff=True, is_superuser=True)
    with (
        desk_of(port, signed_in(make_manager(make_cinema()))) as here,
        desk_of(port, signed_in(chain)) as everywhere,
    ):
        incidents.record("backup_failed", "backup_failed", "It failed.", {}, None, timezone.now())
        assert hear(everywhere) == [{"type": "changed", "cinemas": []}]
        assert hear(here, SILENT_SECONDS) == []


def test_burst_is_one_word_a_second(port: int) -> None:
    cinema = make_cinema()
    showtime = make_showtime(make_studio(cinema))
    with desk_of(port, signed_in(make_manager(cinema))) as socket:
        begun = time.monotonic()
        for place, seat in enumerate(showtime.seats.values_list("seat_id", flat=True)):
            transitions.hold_seats(showtime_id=showtime.pk, visitor=f"web:{place}", seat_ids=[seat])
        words = 0
        while hear(socket, SILENT_SECONDS):
            words += 1
        assert 1 <= words <= 1 + (time.monotonic() - begun - SILENT_SECONDS + 1)


@pytest.mark.parametrize("who", ["anonymous", "customer", "staff without a cinema", "inactive"])
def test_whoever_has_no_desk_is_refused(port: int, who: str) -> None:
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

    with pytest.raises(InvalidStatus) as refusal, desk_of(port, headers):
        pass
    assert refusal.value.response.status_code == 403


def test_manager_who_loses_the_cinema_is_shown_the_door(port: int) -> None:
    manager = make_manager(make_cinema())
    with desk_of(port, signed_in(manager)) as socket:
        manager.posts.all().delete()
        with pytest.raises(ConnectionClosed) as end:
            hear(socket, RECHECK_SECONDS + HEARD_SECONDS)
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == CLOSE_FORBIDDEN


def test_foreign_origin_and_signed_out_session_are_refused(port: int) -> None:
    client = Client()
    client.force_login(make_manager(make_cinema()))
    headers = cookie_of(client)

    with pytest.raises(InvalidStatus), desk_of(port, headers, Origin("http://evil.example")):
        pass
    with desk_of(port, headers):
        pass
    client.logout()
    with pytest.raises(InvalidStatus), desk_of(port, headers):
        pass

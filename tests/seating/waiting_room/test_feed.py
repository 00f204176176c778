"""The live feed of a waiting room on a real Daphne, and what outlives a restart of Valkey."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from ops.stores.ports_and_secrets import choose_port
from ops.stores.process_guard import ProcessGroup
from ops.stores.valkey import Valkey
from seating.api.visitors import app_visitor
from seating.live import consumers
from seating.models import WaitingRoom
from tests.concurrency import servers
from tests.factories import make_showtime
from tests.seating.viewers import ORIGIN, check_frame
from tests.seating.waiting_room.fixtures import before_opening, make_room, tick, waiting

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

RESTORED_SECONDS = 5.0
FRAME_SECONDS = 10.0


@pytest.fixture(scope="module")
def port(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    with servers.live_server(tmp_path_factory.mktemp("live")) as port:
        yield port


def feed(port: int, room_id: int) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{port}/ws/waiting-rooms/{room_id}/", origin=ORIGIN)


def next_frame(socket: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(socket.recv(FRAME_SECONDS))
    check_frame(frame)
    return frame


def frame_with(socket: ClientConnection, **expected: Any) -> dict[str, Any]:
    deadline = time.monotonic() + FRAME_SECONDS
    while True:
        frame = next_frame(socket)
        if expected.items() <= frame.items():
            return frame
        assert time.monotonic() < deadline, frame


def test_feed_tells_how_the_queue_moves(port: int) -> None:
    room = make_room(make_showtime(), inside_max=1)
    waiting(room, ["web:1", "web:2", "web:3"])

    with feed(port, room.pk) as socket:
        first = next_frame(socket)
        tick(room)
        second = frame_with(socket, called=1)

    names = ("room", "phase", "waiting", "called")
    assert [first[name] for name in names] == [room.pk, "open", 3, 0]
    assert [second[name] for name in names] == [room.pk, "open", 2, 1]


def test_feed_names_nobody(port: int) -> None:
    room = before_opening()
    [place] = waiting(room, ["web:secret-of-a-browser"])

    with feed(port, room.pk) as socket:
        text = json.dumps(next_frame(socket))

    assert "secret-of-a-browser" not in text
    assert str(place.number) not in text
    assert room.seed not in text


def test_unknown_room_is_closed(port: int) -> None:
    with feed(port, 999_999) as socket, pytest.raises(ConnectionClosed):
        socket.recv(FRAME_SECONDS)

    assert socket.close_code == consumers.CLOSE_NOT_FOUND


def test_client_that_sends_is_closed(port: int) -> None:
    room = make_room()

    with feed(port, room.pk) as socket:
        next_frame(socket)
        socket.send("{}")
        with pytest.raises(ConnectionClosed):
            socket.recv(FRAME_SECONDS)

    assert socket.close_code == consumers.CLOSE_NOT_LISTENING


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[tuple[ProcessGroup, Valkey]]:
    """A Valkey that a test may kill; nothing else uses it."""
    process_group = ProcessGroup()
    yield process_group, Valkey(tmp_path, choose_port(), "secret", ephemeral=True)
    process_group.close()


def test_order_outlives_a_restart_of_valkey(
    own_valkey: tuple[ProcessGroup, Valkey], tmp_path: Path
) -> None:
    process_group, valkey = own_valkey
    room = make_room(make_showtime(), inside_max=1)
    secrets = [f"installation-{number:03}" for number in range(4)]
    waiting(room, [app_visitor(secret) for secret in secrets])
    tick(room)
    first_life = valkey.start(process_group)

    with servers.web_server(tmp_path, REDIS_URL=valkey.url) as port:
        before = [place(port, room, secret) for secret in secrets]
        first_life.process.kill()
        without = timed(port, room, secrets)
        process_group.stop(first_life)
        valkey.start(process_group)
        after = timed(port, room, secrets)

    assert before == [("called", 0), ("waiting", 0), ("waiting", 1), ("waiting", 2)]
    assert (without, after) == (before, before)


def place(port: int, room: WaitingRoom, secret: str) -> tuple[str, int]:
    response = httpx.get(
        f"http://127.0.0.1:{port}/api/v1/waiting-rooms/{room.pk}/place",
        headers={"X-Visitor": secret},
        timeout=FRAME_SECONDS,
    )
    document = response.raise_for_status().json()
    return document["state"], document["ahead"]


def timed(port: int, room: WaitingRoom, secrets: list[str]) -> list[tuple[str, int]]:
    """Every place, the first within RESTORED_SECONDS."""
    began = time.monotonic()
    first = place(port, room, secrets[0])
    assert time.monotonic() - began < RESTORED_SECONDS
    return [first, *(place(port, room, secret) for secret in secrets[1:])]

"""The seat feed under faults: slow viewers and a lossy or silent channel layer."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as django_settings

from benchmarks.tcp_proxy import TcpProxy, tcp_proxy
from benchmarks.viewers import CLOSE, frames_in
from movies.models import Showtime
from seating.holds import transitions
from seating.live import publisher, rooms
from seating.live.transports import CLOSE_TOO_SLOW
from tests.concurrency import servers
from tests.factories import make_showtime
from tests.seating.viewers import ORIGIN, Viewer, feed_url

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

HEALED_SECONDS = rooms.DIGEST_SECONDS + 3.0
CUT_SECONDS = 3.0
BIG_HALL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OVERRUN_SECONDS_MAX = 40.0
HELD_UP_SECONDS = 5.0  # sufficient on a slow machine; waiting for the slow viewer would never end


def seat_ids(showtime: Showtime) -> list[int]:
    return list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))


def truth(showtime: Showtime) -> dict[int, tuple[str, int]]:
    return {seat.seat_id: (seat.status, seat.version) for seat in showtime.seats.all()}


@pytest.fixture
def layer_proxy() -> Iterator[TcpProxy]:
    with tcp_proxy(urlsplit(django_settings.CHANNEL_LAYER_URL).port or 6379) as proxy:
        yield proxy


@pytest.fixture
def isolated_port(layer_proxy: TcpProxy, tmp_path: Path) -> Iterator[int]:
    """A live process that reaches only the channel layer through the proxy."""
    url = urlsplit(django_settings.CHANNEL_LAYER_URL)
    host = f"{url.netloc.rpartition(':')[0]}:{layer_proxy.port}"
    through = urlunsplit(url._replace(netloc=host))
    with servers.live_server(tmp_path, CHANNEL_LAYER_URL=through) as port:
        yield port


def handshake(port: int, showtime_id: int) -> socket.socket:
    """A viewer after the handshake, with a small receive buffer."""
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    lazy.settimeout(10)
    lazy.connect(("127.0.0.1", port))
    path = feed_url(port, showtime_id).partition(str(port))[2]
    lazy.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {ORIGIN}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: c2VhdHMgc2VhdHMgc2VhdA==\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += lazy.recv(1)
    assert head.startswith(b"HTTP/1.1 101")
    return lazy


def rest_of(lazy: socket.socket) -> list[int]:
    """The codes of closing that come before the connection ends, which it must."""
    sent = b""
    with contextlib.suppress(ConnectionResetError):
        while data := lazy.recv(1 << 20):
            sent += data
    lazy.close()
    closing = [payload for opcode, payload, _end in frames_in(sent) if opcode == CLOSE]
    return [int.from_bytes(payload[:2], "big") for payload in closing]


def log(tmp_path: Path) -> str:
    return (tmp_path / "live.log").read_text()


def test_slow_viewer_is_disconnected_and_delays_no_other(tmp_path: Path) -> None:
    showtime = make_showtime(rows=BIG_HALL, seats_per_row=20)
    seats = seat_ids(showtime)

    with servers.live_server(tmp_path) as port, Viewer(port, showtime.pk) as viewer:
        lazy = handshake(port, showtime.pk)
        deadline, version, latest_seconds = time.monotonic() + OVERRUN_SECONDS_MAX, 0, 0.0
        while "too slow" not in log(tmp_path):
            assert time.monotonic() < deadline
            version += 1
            told_at = time.monotonic()
            publisher._publish(showtime.pk, tuple((seat, "held", version) for seat in seats))
            while viewer.next_of("delta")["seats"][0][2] != version:
                pass
            latest_seconds = max(latest_seconds, time.monotonic() - told_at)
        assert latest_seconds < HELD_UP_SECONDS

        # A viewer that catches up within a second gets the close code; others are disconnected.
        assert rest_of(lazy) in ([CLOSE_TOO_SLOW], [])

        transitions.hold_seats(showtime_id=showtime.pk, visitor="web:siti", seat_ids=seats[:1])
        showtime.seats.update(version=version + 1)
        with Viewer(port, showtime.pk) as again:
            assert again.seats == truth(showtime)


@pytest.mark.parametrize("fault", ["cut", "mute"])
def test_map_without_channel_layer_is_correct_within_a_digest(
    fault: str, layer_proxy: TcpProxy, isolated_port: int
) -> None:
    showtime = make_showtime(rows="AB", seats_per_row=10)
    seats = seat_ids(showtime)

    with Viewer(isolated_port, showtime.pk) as viewer:
        getattr(layer_proxy, fault)()
        for number in range(6):
            visitor = f"web:{number}"
            transitions.hold_seats(
                showtime_id=showtime.pk, visitor=visitor, seat_ids=[seats[number]]
            )
            viewer.watch(CUT_SECONDS / 6)
        assert viewer.seats != truth(showtime)  # the fault was effective
        viewer.watch_until(truth(showtime), HEALED_SECONDS)

        # The room sent the missed changes itself; no map requested them.
        assert (viewer.seats, viewer.refetched) == (truth(showtime), 0)


def test_changes_are_delivered_at_once_after_a_cut(
    layer_proxy: TcpProxy, isolated_port: int
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=20)
    seats = iter(seat_ids(showtime))

    with Viewer(isolated_port, showtime.pk) as viewer:
        layer_proxy.cut()
        viewer.watch(CUT_SECONDS)
        layer_proxy.repair()
        deadline = time.monotonic() + HEALED_SECONDS
        for number, seat in enumerate(seats):
            transitions.hold_seats(
                showtime_id=showtime.pk, visitor=f"web:{number}", seat_ids=[seat]
            )
            told_at = time.monotonic()
            viewer.watch_until(truth(showtime), 1.0)
            if viewer.seats == truth(showtime) and time.monotonic() - told_at < 0.5:
                break
            assert time.monotonic() < deadline

        assert viewer.refetched == 0


def test_map_is_current_although_half_of_the_layers_messages_are_lost(
    layer_proxy: TcpProxy, isolated_port: int
) -> None:
    showtime = make_showtime(rows="ABC", seats_per_row=10)
    seats = seat_ids(showtime)

    with Viewer(isolated_port, showtime.pk) as viewer:
        layer_proxy.lose(0.5)
        for number, seat in enumerate(seats):
            transitions.hold_seats(
                showtime_id=showtime.pk, visitor=f"web:{number}", seat_ids=[seat]
            )
            viewer.watch(0.05)
        viewer.watch_until(truth(showtime), HEALED_SECONDS)

        assert (viewer.seats, viewer.refetched) == (truth(showtime), 0)
    assert layer_proxy.lost + layer_proxy.passed == len(seats)
    assert layer_proxy.lost > len(seats) / 4

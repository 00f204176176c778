"""Seat feed of a real Daphne with real WebSockets and a real channel layer."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings as django_settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from movies.models import Showtime
from ops.stores.ports_and_secrets import choose_port
from ops.stores.process_guard import ProcessGroup
from ops.stores.valkey import Valkey
from reports.dashboard.routing import DASHBOARD_FEED_PATH
from seating.holds import transitions
from seating.live import consumers, publisher, rooms
from seating.seatmap import state
from tests.concurrency import servers
from tests.factories import make_showtime
from tests.seating.viewers import ORIGIN, Viewer, feed_url

# Processes that race for the same cores would be late for a coalesced frame.
pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

SITI = "web:siti"
HEALED_SECONDS = 15.0


@pytest.fixture(scope="module")
def port(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    with servers.live_server(tmp_path_factory.mktemp("live")) as port:
        yield port


def seat_ids(showtime: Showtime) -> list[int]:
    return list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))


def truth(showtime: Showtime) -> dict[int, tuple[str, int]]:
    return {seat.seat_id: (seat.status, seat.version) for seat in showtime.seats.all()}


def take(showtime: Showtime, *seats: int, visitor: str = SITI) -> None:
    transitions.hold_seats(showtime_id=showtime.pk, visitor=visitor, seat_ids=seats)


def subscribers(showtime: Showtime, url: str = "") -> int:
    """Number of Redis connections subscribed to this showtime."""
    with redis.Redis.from_url(url or django_settings.CHANNEL_LAYER_URL) as client:
        [(_channel, count)] = client.pubsub_numsub(publisher._channel_message(showtime.pk, ())[0])
    return int(count)


def test_announcement_is_what_the_channel_layer_would_send() -> None:
    changes = ((11, "held", 3), (12, "available", 4))
    with time_machine.travel(1_700_000_000.5, tick=False):
        channel, message = publisher._channel_message(7, changes)
    with redis.Redis.from_url(django_settings.CHANNEL_LAYER_URL) as client:
        subscription = client.pubsub(ignore_subscribe_messages=True)
        subscription.psubscribe(f"{django_settings.CHANNEL_LAYER_PREFIX}*")
        subscription.get_message(timeout=5)

        async_to_sync(get_channel_layer().group_send)(
            publisher.group_name(7),
            {"type": "seats.changed", "showtime": 7, "seats": changes, "at": 1_700_000_000.5},
        )

        sent = subscription.get_message(timeout=5)
        subscription.close()
    assert sent is not None
    assert (sent["channel"], sent["data"]) == (channel.encode(), message)


def test_viewer_gets_a_snapshot_and_then_each_change(port: int) -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)

    with connect(feed_url(port, showtime.pk), origin=ORIGIN) as socket:
        snapshot = json.loads(socket.recv(10))
        take(showtime, first)
        held = json.loads(socket.recv(10))
        hold = transitions.current_hold(showtime_id=showtime.pk, visitor=SITI)
        assert hold is not None
        transitions.release_hold(hold_id=hold.hold_id, visitor=SITI)
        released = json.loads(socket.recv(10))

    server_time = parse_datetime(snapshot.pop("server_time"))
    assert server_time is not None
    assert abs((timezone.now() - server_time).total_seconds()) < 10
    assert snapshot == {
        "type": "snapshot",
        "showtime": showtime.pk,
        "seats": [[first, "available", 0], [second, "available", 0]],
        "versions": 0,
        "available": 2,
        "availability": "available",
        "together": None,
    }
    assert held == {
        "type": "delta",
        "seats": [[first, "held", 1]],
        "availability": "few_together",
        "together": 1,
    }
    assert released == {
        "type": "delta",
        "seats": [[first, "available", 2]],
        "availability": "available",
        "together": None,
    }


def test_two_viewers_share_one_subscription_that_ends_with_the_last(port: int) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat] = seat_ids(showtime)

    with Viewer(port, showtime.pk) as one:
        with Viewer(port, showtime.pk) as other:
            assert subscribers(showtime) == 1
            take(showtime, seat)
            assert one.next_of("delta") == other.next_of("delta")
        assert subscribers(showtime) == 1

    deadline = time.monotonic() + 5
    while subscribers(showtime) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert subscribers(showtime) == 0


def test_burst_of_changes_travels_as_one_frame(port: int) -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, third = seat_ids(showtime)

    with Viewer(port, showtime.pk) as viewer:
        publisher._publish(showtime.pk, ((first, "held", 1), (second, "held", 1)))
        publisher._publish(showtime.pk, ((first, "sold", 2),))
        publisher._publish(showtime.pk, ((third, "held", 4), (second, "held", 1)))
        publisher._publish(showtime.pk, ((third, "available", 3),))  # late, and older
        frame = viewer.next_of("delta")

    assert frame["seats"] == [[first, "sold", 2], [second, "held", 1], [third, "held", 4]]


def test_digest_counts_the_changes(port: int) -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    take(showtime, *seat_ids(showtime)[:2])

    with Viewer(port, showtime.pk) as viewer:
        assert viewer.next_of("digest") == {"type": "digest", "versions": 2, "available": 1}


def test_unheard_change_is_found_by_the_digest(port: int) -> None:
    """A hold expires unswept: versions stay the same, only free seats change."""
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat] = seat_ids(showtime)
    take(showtime, seat)

    with Viewer(port, showtime.pk) as viewer:
        assert viewer.seats == {seat: ("held", 1)}
        showtime.seats.update(held_until=timezone.now())
        viewer.watch_until({seat: ("available", 1)}, HEALED_SECONDS)

        assert (viewer.seats, viewer.refetched) == ({seat: ("available", 1)}, 1)


def test_map_is_current_although_half_of_the_messages_are_lost(port: int) -> None:
    showtime = make_showtime(rows="AB", seats_per_row=10)
    seats = seat_ids(showtime)
    chance = random.Random(1)

    def lose_half(frame: dict[str, Any]) -> bool:
        return frame["type"] == "delta" and chance.random() < 0.5

    with Viewer(port, showtime.pk, drop=lose_half) as viewer:
        for number in range(12):
            take(showtime, seats[number], visitor=f"web:{number}")
            viewer.watch(rooms.COALESCE_SECONDS)
        viewer.watch_until(truth(showtime), HEALED_SECONDS)

        assert viewer.seats == truth(showtime)
        assert viewer.dropped > 0
        assert viewer.refetched > 0


def test_foreign_site_is_refused(port: int) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    with pytest.raises(InvalidStatus) as refused:
        connect(feed_url(port, showtime.pk), origin=Origin("https://evil.example"))

    assert refused.value.response.status_code == 403


def test_app_without_an_origin_gets_the_seats_and_not_the_live_desk(port: int) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    with connect(feed_url(port, showtime.pk)) as socket:
        assert json.loads(socket.recv(10))["type"] == "snapshot"
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{port}{DASHBOARD_FEED_PATH}")

    assert refused.value.response.status_code == 403


def test_unknown_showtime_is_closed_with_its_code(port: int) -> None:
    with connect(feed_url(port, 0), origin=ORIGIN) as socket:
        with pytest.raises(ConnectionClosed):
            socket.recv(10)
        assert socket.close_code == consumers.CLOSE_NOT_FOUND


def test_client_that_talks_is_closed(port: int) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    with Viewer(port, showtime.pk) as viewer:
        viewer.socket.send('{"type": "hold"}')
        with pytest.raises(ConnectionClosed):
            viewer.next_frame()
        assert viewer.socket.close_code == consumers.CLOSE_NOT_LISTENING


@pytest.fixture
def own_valkey(tmp_path: Path, settings: Any) -> Iterator[tuple[ProcessGroup, Valkey]]:
    """A channel layer that a test may stop and start; nothing else uses it."""
    process_group = ProcessGroup()
    valkey = Valkey(tmp_path, choose_port(), "secret", ephemeral=True)
    settings.CHANNEL_LAYER_URL = f"{valkey.url}/{django_settings.REDIS_DATABASE_OFFSET + 1}"
    yield process_group, valkey
    process_group.close()


def test_map_is_correct_after_a_channel_layer_outage(
    own_valkey: tuple[ProcessGroup, Valkey], tmp_path: Path, settings: Any
) -> None:
    process_group, valkey = own_valkey
    showtime = make_showtime(rows="A", seats_per_row=4)
    seats = seat_ids(showtime)
    first_life = valkey.start(process_group)

    with servers.live_server(tmp_path, REDIS_URL=valkey.url) as port:
        with Viewer(port, showtime.pk) as viewer:
            process_group.stop(first_life)
            take(showtime, seats[0])
            with Viewer(port, showtime.pk) as came_meanwhile:
                assert came_meanwhile.seats == truth(showtime)
            viewer.watch_until(truth(showtime), HEALED_SECONDS)
            assert viewer.seats == truth(showtime)

            second_life = valkey.start(process_group)
            deadline = time.monotonic() + HEALED_SECONDS
            while not subscribers(showtime, settings.CHANNEL_LAYER_URL):
                assert time.monotonic() < deadline
                viewer.watch(0.2)
            take(showtime, seats[1])
            frame = viewer.next_of("delta")
            assert frame["seats"] == [[seats[1], "held", 1]]
            state.invalidate(showtime.pk)
        process_group.stop(second_life)

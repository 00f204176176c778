"""The rules of docs/locking.md: order, NOWAIT, SKIP LOCKED, owners, versions, commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
import redis
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from movies.models import Showtime
from seating.errors import SeatTaken
from seating.holds import sales, transitions
from seating.live import publisher
from seating.models import Hold, HoldEnd, ShowtimeSeat
from tests.factories import free_seats, make_hold, make_showtime

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_SECONDS_MAX = 10.0
# Longer than any test waits, so that a transition that waits instead of refusing is detected.
PATIENT = "SET lock_timeout = '20s'"
Transition = Callable[[Showtime, list[ShowtimeSeat], UUID], object]


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="A", seats_per_row=4)


@pytest.fixture
def other() -> Iterator[psycopg.Connection]:
    """A second session."""
    with psycopg.connect(**connection.get_connection_params()) as opened:
        yield opened
        opened.rollback()


def lock(session: psycopg.Connection, seat: ShowtimeSeat, *options: str) -> None:
    wait = " ".join(options)
    session.execute(f"SELECT FROM seating_showtimeseat WHERE id = %s FOR UPDATE {wait}", [seat.pk])


def seats_numbered_backwards(showtime: Showtime) -> list[ShowtimeSeat]:
    """Two free seats by seat id, of which the first has the higher primary key."""
    first, second, *_others = free_seats(showtime, 4)
    again = ShowtimeSeat.objects.get(pk=first.pk)
    ShowtimeSeat.objects.filter(pk=first.pk).delete()
    again.pk = None
    again._state.adding = True
    again.save(force_insert=True)
    assert again.pk > second.pk
    return [again, second]


def sell(showtime: Showtime, seats: list[ShowtimeSeat], sale: UUID) -> object:
    return sales.sell_seats(showtime_seat_ids=[seat.pk for seat in seats], hold_id=None, sale=sale)


def end_hold(showtime: Showtime, seats: list[ShowtimeSeat], sale: UUID) -> object:
    hold = Hold.objects.get(showtime=showtime)
    return transitions.end_hold(transitions.lock_hold(hold.pk), HoldEnd.RELEASED)


def reopen(showtime: Showtime, seats: list[ShowtimeSeat], sale: UUID) -> object:
    return sales.reopen_sold(showtime_seat_ids=[seat.pk for seat in seats], sale=sale)


@pytest.mark.parametrize("transition", [sell, end_hold, reopen])
def test_seats_are_locked_by_seat_id(
    showtime: Showtime, other: psycopg.Connection, transition: Transition
) -> None:
    """A transition that waits for the first seat has not locked the second one yet."""
    seats, sale = seats_numbered_backwards(showtime), uuid4()
    if transition is end_hold:
        make_hold(showtime, seats)
    if transition is reopen:
        with transaction.atomic():
            sell(showtime, seats, sale)

    def work() -> None:
        try:
            with transaction.atomic():
                transition(showtime, seats, sale)
        finally:
            connection.close()

    lock(other, seats[0])
    worker = threading.Thread(target=work)
    worker.start()
    wait_until_somebody_waits()
    lock(other, seats[1], "NOWAIT")  # raises if the worker has it
    other.rollback()
    worker.join(WAIT_SECONDS_MAX)

    assert not worker.is_alive()
    expected = "sold" if transition is sell else "available"
    assert set(
        ShowtimeSeat.objects.filter(pk__in=[one.pk for one in seats]).values_list("status")
    ) == {(expected,)}


def wait_until_somebody_waits() -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as watcher:
        while time.monotonic() < deadline:
            [(waiting,)] = watcher.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if waiting:
                return
            time.sleep(0.02)
    raise AssertionError("no session waits for a lock")


def test_taking_a_locked_seat_is_refused_at_once(
    showtime: Showtime, other: psycopg.Connection
) -> None:
    [seat] = free_seats(showtime, 1)
    lock(other, seat)
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(PATIENT)

    with pytest.raises(SeatTaken):
        transitions.hold_seats(showtime_id=showtime.pk, visitor="web:siti", seat_ids=[seat.seat_id])

    assert time.monotonic() - began < WAIT_SECONDS_MAX


def test_adding_a_locked_seat_is_refused_at_once(
    showtime: Showtime, other: psycopg.Connection
) -> None:
    first, second = free_seats(showtime, 2)
    held = transitions.hold_seats(
        showtime_id=showtime.pk, visitor="web:siti", seat_ids=[first.seat_id]
    )
    lock(other, second)
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(PATIENT)

    with pytest.raises(SeatTaken):
        transitions.change_seats(
            hold_id=held.hold_id, visitor="web:siti", seat_ids=[first.seat_id, second.seat_id]
        )

    assert time.monotonic() - began < WAIT_SECONDS_MAX


def test_sweep_skips_a_hold_in_use(showtime: Showtime, other: psycopg.Connection) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    used, idle = (make_hold(showtime, 1, at=long_ago) for _each in range(2))
    other.execute("SELECT FROM seating_hold WHERE id = %s FOR UPDATE", [used.pk])

    assert transitions.sweep_expired_holds() == 1

    idle.refresh_from_db()
    used.refresh_from_db()
    assert (idle.end, used.end) == (HoldEnd.EXPIRED, "")


def test_seats_of_another_hold_are_not_sold(showtime: Showtime) -> None:
    theirs, mine = make_hold(showtime, 1), make_hold(showtime, 1)
    [seat] = theirs.seats.all()

    with transaction.atomic():
        sold = sales.sell_seats(showtime_seat_ids=[seat.pk], hold_id=mine.pk, sale=uuid4())

    seat.refresh_from_db()
    assert (sold, seat.status, seat.hold_id) == (None, "held", theirs.pk)


def test_taking_is_all_or_nothing(showtime: Showtime) -> None:
    make_hold(showtime, 1)
    wanted = list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))

    with pytest.raises(SeatTaken):
        transitions.hold_seats(showtime_id=showtime.pk, visitor="web:siti", seat_ids=wanted[:3])

    assert showtime.seats.filter(status="held").count() == 1


def test_each_transition_increments_the_version(showtime: Showtime) -> None:
    [seat] = free_seats(showtime, 1)
    before, sale, versions = seat.version, uuid4(), []

    def note() -> None:
        seat.refresh_from_db()
        versions.append(seat.version - before)

    for visitor in ("web:siti", "web:budi"):
        held = transitions.hold_seats(
            showtime_id=showtime.pk, visitor=visitor, seat_ids=[seat.seat_id]
        )
        note()
        if visitor == "web:siti":
            transitions.release_hold(hold_id=held.hold_id, visitor=visitor)
            note()
    with transaction.atomic():
        sales.sell_seats(showtime_seat_ids=[seat.pk], hold_id=held.hold_id, sale=sale)
    note()
    with transaction.atomic():
        sales.reopen_sold(showtime_seat_ids=[seat.pk], sale=sale)
    note()
    sales.block_seats(showtime_seat_ids=[seat.pk])
    note()
    sales.unblock_seats(showtime_seat_ids=[seat.pk])
    note()

    assert versions == [1, 2, 3, 4, 5, 6, 7]


def test_changes_are_announced_after_the_commit_only(showtime: Showtime) -> None:
    first, second = free_seats(showtime, 2)
    channel, _message = publisher._channel_message(showtime.pk, ())
    with redis.Redis.from_url(settings.CHANNEL_LAYER_URL) as client, client.pubsub() as feed:
        feed.subscribe(channel)
        assert feed.get_message(timeout=WAIT_SECONDS_MAX) is not None  # the subscription itself
        with transaction.atomic():
            sales.block_seats(showtime_seat_ids=[first.pk])
            transaction.set_rollback(True)
        sales.block_seats(showtime_seat_ids=[second.pk])
        message = feed.get_message(timeout=WAIT_SECONDS_MAX)

    assert message is not None
    # The rolled-back change would have come first.
    seats = ShowtimeSeat.objects.filter(status="blocked").values_list("seat_id", flat=True)
    assert list(seats) == [second.seat_id]
    layer = get_channel_layer()
    assert isinstance(layer, RedisPubSubChannelLayer)
    announced = layer.deserialize(message["data"])["seats"]
    assert announced == [[second.seat_id, "blocked", second.version + 1]]


@pytest.mark.parametrize("transition", [sell, reopen])
def test_transitions_refuse_to_run_outside_a_transaction(
    showtime: Showtime, transition: Transition
) -> None:
    seats = free_seats(showtime, 1)
    with pytest.raises(transaction.TransactionManagementError):
        transition(showtime, seats, uuid4())


def test_expired_seat_is_free_although_the_hold_was_not_swept(showtime: Showtime) -> None:
    hold = make_hold(showtime, 1)
    past = timedelta(hours=1)
    Hold.objects.update(created_at=F("created_at") - past, expires_at=F("expires_at") - past)
    ShowtimeSeat.objects.filter(status="held").update(held_until=F("held_until") - past)
    [seat] = hold.seats.all()

    held = transitions.hold_seats(
        showtime_id=showtime.pk, visitor="web:siti", seat_ids=[seat.seat_id]
    )

    assert [one.seat_id for one in held.seats] == [seat.seat_id]

"""The rules of docs/locking.md, each with a second session holding a lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from movies.models import Showtime
from seating.errors import SeatTaken
from seating.holds import sales, stock, transitions
from seating.live import publisher
from seating.models import Hold, HoldEnd, Seat, SeatStatus, ShowtimeSeat
from tests.concurrency import racers
from tests.factories import make_hold, make_showtime
from tests.seating.test_holds import seat_ids, states

pytestmark = pytest.mark.django_db(transaction=True)

SITI, BUDI = "web:siti", "web:budi"


@contextmanager
def session(**parameters: str) -> Iterator[None]:
    """Connection parameters of this test's own session."""
    with connection.cursor() as cursor:
        for name, value in parameters.items():
            cursor.execute(f"SET {name} = {value}")
        cursor.execute("DISCARD PLANS")
        try:
            yield
        finally:
            for name in parameters:
                cursor.execute(f"RESET {name}")


@contextmanager
def locked_elsewhere(rows: str, key: object) -> Iterator[None]:
    with psycopg.connect(racers.environment()["DATABASE_URL"]) as other:
        other.execute(f"SELECT FROM {rows} WHERE id = %s FOR UPDATE", [key])
        yield
        other.rollback()


def rows_of(showtime: Showtime) -> list[ShowtimeSeat]:
    return list(showtime.seats.order_by("seat_id"))


def start(showtime: Showtime) -> None:
    transitions.hold_seats(showtime_id=showtime.pk, visitor=BUDI, seat_ids=seat_ids(showtime)[::-1])


def hold_all(showtime: Showtime) -> Hold:
    return make_hold(showtime, rows_of(showtime), visitor=SITI)


def seal(showtime: Showtime) -> None:
    transitions.seal_hold(hold_id=Hold.objects.get().pk, visitor=SITI)


def release(showtime: Showtime) -> None:
    transitions.release_hold(hold_id=Hold.objects.get().pk, visitor=SITI)


def sell(showtime: Showtime) -> None:
    seats = [row.pk for row in rows_of(showtime)][::-1]
    sales.sell_seats(showtime_seat_ids=seats, hold_id=None, sale=uuid4())


def sell_what_a_hold_has_left(showtime: Showtime) -> None:
    """The seats that were not sold are opened."""
    hold = Hold.objects.get()
    extra = make_showtime(rows="A", seats_per_row=1).seats.get()
    ShowtimeSeat.objects.filter(pk=extra.pk).update(
        status="held", hold=hold, held_until=hold.expires_at
    )
    sales.sell_seats(showtime_seat_ids=[extra.pk], hold_id=hold.pk, sale=uuid4())


def block(showtime: Showtime) -> None:
    sales.block_seats(showtime_seat_ids=[row.pk for row in rows_of(showtime)][::-1])


def add(showtime: Showtime) -> None:
    hold = make_hold(showtime, [], visitor=BUDI)
    transitions.change_seats(hold_id=hold.pk, visitor=BUDI, seat_ids=seat_ids(showtime)[::-1])


def reprice(showtime: Showtime) -> None:
    stock.reprice_unsold(showtime.pk, 1_000)


def move(showtime: Showtime) -> None:
    stock.lock_seats(showtime.pk)


def replace(showtime: Showtime) -> None:
    stock.lock_stocked([showtime.pk])


@pytest.mark.parametrize(
    ("transition", "is_held"),
    [
        (start, False),
        (add, False),
        (sell, False),
        (block, False),
        (reprice, False),
        (move, False),
        (replace, False),
        (seal, True),
        (release, True),
        (sell_what_a_hold_has_left, True),
    ],
)
def test_seats_are_locked_by_ascending_id(
    transition: Callable[[Showtime], None], is_held: bool
) -> None:
    """The lowest seat is the last row of its tables and locked by another session, so no other seat
    gets locked."""
    showtime = make_showtime(rows="A", seats_per_row=5)
    if is_held:
        hold_all(showtime)
    lowest, *others = rows_of(showtime)
    ShowtimeSeat.objects.filter(pk=lowest.pk).update(price_rupiah=1)
    Seat.objects.filter(pk=lowest.seat_id).update(is_blocked=False)

    with (
        locked_elsewhere("seating_showtimeseat", lowest.pk),
        session(
            lock_timeout="'200ms'",
            enable_indexscan="off",
            enable_bitmapscan="off",
            enable_indexonlyscan="off",
            enable_mergejoin="off",
        ),
        pytest.raises((OperationalError, SeatTaken)),
        transaction.atomic(),
    ):
        transition(showtime)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM seating_showtimeseat WHERE id = ANY (%s) AND xmax::text <> '0'",
            [[row.pk for row in others]],
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("transition", [start, add])
def test_hold_of_a_locked_seat_is_refused_without_waiting(
    transition: Callable[[Showtime], None],
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    lowest, _other = rows_of(showtime)

    with (
        locked_elsewhere("seating_showtimeseat", lowest.pk),
        session(lock_timeout="0", statement_timeout="'3s'"),  # cancels waiting
        pytest.raises(SeatTaken),
    ):
        transition(showtime)

    assert {status for status, _hold, _version in states(showtime)} == {"available"}


def test_sweep_passes_over_a_hold_that_is_in_use() -> None:
    long_ago = timezone.now() - timedelta(minutes=10)
    oldest = make_hold(make_showtime(), 1, at=long_ago)
    newer = make_hold(make_showtime(), 1, at=long_ago + timedelta(minutes=1))

    with (
        locked_elsewhere("seating_hold", oldest.pk),
        session(lock_timeout="'200ms'"),
    ):
        assert transitions.sweep_expired_holds() == 1

    assert list(Hold.objects.order_by("created_at").values_list("pk", "end")) == [
        (oldest.pk, ""),
        (newer.pk, HoldEnd.EXPIRED),
    ]


def test_sale_adds_one_to_the_version_of_each_seat() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    hold = hold_all(showtime)
    sale = uuid4()

    with transaction.atomic():
        seats = [row.pk for row in rows_of(showtime)]
        assert sales.sell_seats(showtime_seat_ids=seats, hold_id=hold.pk, sale=sale)

    assert list(showtime.seats.values_list("status", "sale", "version")) == [("sold", sale, 2)] * 2
    hold.refresh_from_db()
    assert hold.end == HoldEnd.SOLD


@pytest.mark.parametrize("own_hold", [True, False])
def test_seats_of_another_hold_are_not_sold(own_hold: bool) -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    theirs, *free = rows_of(showtime)
    make_hold(showtime, [theirs], visitor=SITI)
    mine = make_hold(showtime, free, visitor=BUDI) if own_hold else None
    before = states(showtime)

    with transaction.atomic():
        sold = sales.sell_seats(
            showtime_seat_ids=[theirs.pk, *(row.pk for row in free)],
            hold_id=mine.pk if mine else None,
            sale=uuid4(),
        )

    assert (sold, states(showtime)) == (None, before)
    assert set(Hold.objects.values_list("ended_at", flat=True)) == {None}


@pytest.mark.parametrize("transition", [start, sell, block])
def test_change_is_published_only_once_it_is_committed(
    transition: Callable[[Showtime], None],
) -> None:
    """A rolled-back change is never published; the next committed change is the first message."""
    showtime = make_showtime(rows="A", seats_per_row=1)
    [row] = rows_of(showtime)
    channel, _message = publisher._channel_message(showtime.pk, ())
    with redis.Redis.from_url(settings.CHANNEL_LAYER_URL) as client:
        subscription = client.pubsub(ignore_subscribe_messages=True)
        subscription.subscribe(channel)
        subscription.get_message(timeout=5)
        with transaction.atomic():
            transition(showtime)
            transaction.set_rollback(True)

        ShowtimeSeat.objects.update(version=5)
        sales.block_seats(showtime_seat_ids=[row.pk])

        message = subscription.get_message(timeout=5)
        subscription.close()
    assert message is not None
    published = get_channel_layer().deserialize(message["data"])
    assert published["seats"] == [[row.seat_id, SeatStatus.BLOCKED.value, 6]]

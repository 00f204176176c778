"""Reads of the seat map: documents, micro-cache with single flight, nearest seats."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_redis import get_redis_connection

from core.cache import Timing, get_or_build
from core.errors import NotFound
from movies.models import Showtime
from ops.stores.ports_and_secrets import choose_port
from seating.holds import transitions
from seating.models import Seat, SeatCategory
from seating.seatmap import state
from tests.factories import (
    BASE_PRICE_RUPIAH,
    free_seats,
    make_confirmed_booking,
    make_hold,
    make_layout,
    make_showtime,
    make_studio,
)
from tests.late_reader import LateReader

pytestmark = pytest.mark.django_db

THREADS = 12


def seat_ids(showtime: Showtime) -> list[int]:
    return list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))


def statuses(showtime: Showtime) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(state.statuses_bytes(showtime.pk))
    return document


@pytest.fixture
def no_redis(settings: Any) -> None:
    """The cache is unreachable."""
    nowhere = {"LOCATION": f"redis://127.0.0.1:{choose_port()}/0"}
    settings.CACHES = {"default": settings.CACHES["default"] | nowhere}


def test_statuses_document_contains_every_seat() -> None:
    showtime = make_showtime(rows="A", seats_per_row=4)
    first, second, third, fourth = seat_ids(showtime)
    make_hold(showtime, free_seats(showtime, 1))
    make_confirmed_booking(showtime, free_seats(showtime, 1))
    showtime.seats.filter(seat_id=third).update(status="blocked", version=1)

    assert statuses(showtime) == {
        "showtime": showtime.pk,
        "seats": [
            [first, "held", 1],
            [second, "sold", 2],
            [third, "blocked", 1],
            [fourth, "available", 0],
        ],
        "versions": 4,
        "available": 1,
        "availability": "few_together",
        "together": 1,
    }


def test_expired_hold_shows_as_available_before_any_sweep() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    make_hold(showtime, 1, at=timezone.now() - timedelta(minutes=10))
    [seat_id] = seat_ids(showtime)

    document = statuses(showtime)

    assert (document["seats"], document["available"]) == ([[seat_id, "available", 1]], 1)


def test_api_document_contains_position_and_price() -> None:
    showtime = make_showtime(rows="B", seats_per_row=1)
    [seat_id] = seat_ids(showtime)

    assert orjson.loads(state.seats_api_bytes(showtime.pk)) == [
        {
            "id": seat_id,
            "row": "B",
            "number": 1,
            "category": "regular",
            "price_rupiah": BASE_PRICE_RUPIAH,
            "status": "available",
            "version": 0,
        }
    ]


def test_layout_document_has_gaps_and_partners() -> None:
    layout = make_layout(make_studio(), rows="A", seats_per_row=3)
    left, right, _alone = layout.seats.order_by("number")
    Seat.objects.filter(pk=left.pk).update(category=SeatCategory.COUPLE, partner=right)
    Seat.objects.filter(number=3).update(column=5, line=2)

    document = state.layout_document(layout.pk)

    assert document == {
        "id": layout.pk,
        "version": 1,
        "lines": 3,
        "columns": 6,
        "seats": [
            place(left, line=0, column=1, category="couple", partner=right.pk),
            place(right, line=0, column=2),
            place(layout.seats.get(number=3), line=2, column=5),
        ],
    }


def place(seat: Seat, *, line: int, column: int, **facts: Any) -> dict[str, Any]:
    return {
        "id": seat.pk,
        "row": seat.row,
        "number": seat.number,
        "line": line,
        "column": column,
        "category": "regular",
        "partner": None,
    } | facts


def test_unknown_showtime_is_not_found_and_leaves_nothing_behind() -> None:
    for read in (state.statuses_bytes, state.seats_api_bytes, state.layout_of_showtime):
        with pytest.raises(NotFound):
            read(0)

    # A remaining lock would make the next reader wait.
    assert get_redis_connection("default").keys("layar:seatmap:*") == []


@pytest.mark.usefixtures("lasting_maps")
def test_warm_map_makes_no_query() -> None:
    showtime = make_showtime()
    cold = state.statuses_bytes(showtime.pk)

    with CaptureQueriesContext(connection) as queries:
        warm = state.statuses_bytes(showtime.pk)

    assert (len(queries), warm) == (0, cold)


@pytest.mark.usefixtures("lasting_maps")
def test_snapshot_is_kept_while_it_is_fresh() -> None:
    showtime = make_showtime()
    state.statuses_bytes(showtime.pk)
    showtime.seats.update(version=7)

    assert statuses(showtime)["versions"] == 0


def test_snapshot_is_kept_for_no_more_than_a_second() -> None:
    showtime = make_showtime()
    state.statuses_bytes(showtime.pk)
    showtime.seats.update(version=7)
    seats = showtime.seats.count()

    assert state.STATUSES_FRESH_SECONDS == 1
    time.sleep(state.STATUSES_FRESH_SECONDS + 0.05)
    assert statuses(showtime)["versions"] == 7 * seats


@pytest.mark.django_db(transaction=True)
def test_visitor_reads_their_own_hold_at_once() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat_id] = seat_ids(showtime)
    assert statuses(showtime)["available"] == 1

    transitions.hold_seats(showtime_id=showtime.pk, visitor="web:siti", seat_ids=[seat_id])

    assert statuses(showtime)["seats"] == [[seat_id, "held", 1]]


def test_invalidate_drops_both_documents() -> None:
    showtime = make_showtime()
    state.statuses_bytes(showtime.pk)
    state.seats_api_bytes(showtime.pk)

    state.invalidate(showtime.pk)

    assert get_redis_connection("default").keys("layar:seatmap:*") == []


@pytest.mark.usefixtures("lasting_maps")
@pytest.mark.django_db(transaction=True)
def test_many_readers_cost_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    # Allows for late threads on a busy machine.
    monkeypatch.setattr(state, "REBUILD_WAIT_SECONDS", 30)
    monkeypatch.setattr(state, "REBUILD_LOCK_MS", 30_000)
    showtime = make_showtime()
    reads: list[int] = []
    read_seats = state._read_seats

    def slowly(showtime_id: int) -> list[tuple[int, str, int, int]]:
        reads.append(showtime_id)
        time.sleep(0.1)  # all other readers arrive meanwhile
        return read_seats(showtime_id)

    monkeypatch.setattr(state, "_read_seats", slowly)
    answers: list[bytes] = []
    together = threading.Barrier(THREADS)

    def read() -> None:
        together.wait()
        answers.append(state.statuses_bytes(showtime.pk))
        connection.close()

    threads = [threading.Thread(target=read) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert reads == [showtime.pk]
    assert answers == [answers[0]] * THREADS


def test_lock_after_the_rebuild_is_not_taken() -> None:
    store = get_redis_connection("default")
    late: Any = LateReader(store, b"{}")

    key = "layar:seatmap:test"
    timing = Timing(ttl_ms=1_000, lock_ms=2_000, wait_seconds=0.5, poll_seconds=0.01)
    kept = get_or_build(late, [key], lambda keys: dict.fromkeys(keys, b"again"), timing)[key]

    assert (kept, store.exists("layar:seatmap:test:lock")) == (b"{}", 0)


def test_reader_is_not_kept_waiting_by_a_map_that_changes_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another process rebuilds, and a change drops the result before this reader sees it."""
    showtime = make_showtime()
    store = get_redis_connection("default")
    lock = f"{state._key('statuses', showtime.pk)}:lock"
    store.set(lock, 1, px=50)
    monkeypatch.setattr(state, "REBUILD_WAIT_SECONDS", 30)

    began = time.monotonic()
    state.statuses_bytes(showtime.pk)

    assert time.monotonic() - began < 15
    assert store.exists(lock) == 0


@pytest.mark.usefixtures("no_redis")
def test_map_without_cache_is_correct() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    make_hold(showtime, 1)

    assert statuses(showtime)["seats"] == [[first, "held", 1], [second, "available", 0]]
    state.invalidate(showtime.pk)
    assert [seat["status"] for seat in orjson.loads(state.seats_api_bytes(showtime.pk))] == [
        "held",
        "available",
    ]

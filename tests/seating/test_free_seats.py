"""Free seats on catalogue pages: correct counts, visible within a second."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from movies.catalogue import availability, free_seats
from movies.catalogue import cache as catalogue_cache
from movies.catalogue.availability import FreeSeats, SaleState, SeatCount
from movies.catalogue.catalogue import Catalogue
from movies.models import Showtime
from movies.scheduling.showtimes import reprice_showtime
from seating.holds import sales, transitions
from seating.models import Seat, SeatCategory, SeatStatus, ShowtimeSeat
from seating.seatmap import drawing, state
from tests.factories import free_seats as seats_of
from tests.factories import make_hold, make_showtime

pytestmark = pytest.mark.django_db
ACCESSIBLE = (SeatCategory.WHEELCHAIR, SeatCategory.COMPANION)


@pytest.fixture
def after_commit(django_capture_on_commit_callbacks: Any) -> Iterator[Callable[..., Any]]:
    yield lambda: django_capture_on_commit_callbacks(execute=True)
    free_seats.invalidate()


def counted_by_hand(showtime: Showtime) -> SeatCount:
    now = timezone.now()
    rows = list(showtime.seats.select_related("seat"))
    holds = [row.held_until for row in rows if row.held_until and row.held_until > now]
    free = [
        row
        for row in rows
        if row.status == "available" or (row.held_until is not None and row.held_until <= now)
    ]
    accessible = [row for row in free if row.seat.category in ACCESSIBLE]
    usual = [row for row in free if row.seat.category not in ACCESSIBLE]
    sellable = [r for r in rows if r.status != "blocked" and r.seat.category not in ACCESSIBLE]
    prices = [row.price_rupiah for row in usual]
    return SeatCount(
        sellable=len(sellable) + len(accessible),
        free=len(usual) or len(accessible),
        together=longest_run(usual) or min(1, len(accessible)),
        together_max=longest_run([r for r in rows if r.seat.category not in ACCESSIBLE]) or 1,
        cheapest_rupiah=min(prices or [row.price_rupiah for row in accessible], default=None),
        has_dearer=len(set(prices)) > 1,
        next_lapse_at=min(holds, default=None),
    )


def longest_run(rows: list[ShowtimeSeat]) -> int:
    places = {(row.seat.line, row.seat.column) for row in rows}
    longest = 0
    for line, column in places:
        length = 1
        while (line, column + length) in places:
            length += 1
        longest = max(longest, length)
    return longest


@pytest.mark.parametrize("seed", range(12))
def test_counts_are_those_of_brute_force(seed: int) -> None:
    dice = random.Random(seed)
    showtime = make_showtime(rows="ABC", seats_per_row=7)
    rows = list(showtime.seats.select_related("seat").order_by("seat_id"))
    Seat.objects.filter(pk__in=[r.seat_id for r in rows[:2]]).update(category="wheelchair")
    taken = dice.sample(rows[2:], dice.randrange(len(rows) - 1))
    for index, row in enumerate(taken):
        if index % 3 == 0:
            make_hold(showtime, [row], seconds=dice.choice([-60, 200, 300]))
        else:
            ShowtimeSeat.objects.filter(pk=row.pk).update(status=SeatStatus.BLOCKED)
    for row in dice.sample(rows, 5):
        ShowtimeSeat.objects.filter(pk=row.pk).update(price_rupiah=dice.choice([1_000, 60_000]))

    by_hand = counted_by_hand(showtime)
    assert availability.count([showtime.pk]) == {showtime.pk: by_hand}
    # The map and its statuses, which have no prices, are as full.
    assert drawing.draw(showtime.pk).fullness == by_hand.fullness
    statuses = orjson.loads(state.statuses_bytes(showtime.pk))
    assert by_hand.fullness.document.items() <= statuses.items()


def test_showtime_without_rows_of_seats_is_not_counted() -> None:
    showtime = make_showtime(rows="")

    assert free_seats.read([showtime.pk]) == {}


def test_free_seats_are_only_as_exact_as_their_labels(settings: Any) -> None:
    settings.ALMOST_FULL_PERCENT, settings.FEW_TOGETHER_SEATS = 20, 2
    shown = [
        SeatCount(10, free, together, together_max, 50_000, False, None).shown()
        for free, together, together_max in ((8, 8, 8), (3, 3, 8), (3, 2, 8), (2, 1, 8), (8, 2, 2))
    ]

    assert shown == [
        FreeSeats(True, False, 3, 50_000, False),
        FreeSeats(True, False, 3, 50_000, False),
        FreeSeats(True, False, 2, 50_000, False),
        FreeSeats(True, True, 1, 50_000, False),
        FreeSeats(True, False, 3, 50_000, False),  # a hall of sofas: never more than two together
    ]


def test_hall_of_pairs_is_short_of_seats_together_only_without_a_pair() -> None:
    hall = make_showtime(rows="ABC", seats_per_row=2)

    def state_now() -> SaleState:
        return availability.count([hall.pk])[hall.pk].fullness.state

    found = [state_now()]
    for rows in ("AB", "C"):
        make_hold(hall, list(hall.seats.filter(seat__row__in=rows, seat__number=1)))
        found.append(state_now())

    assert found == [SaleState.AVAILABLE, SaleState.AVAILABLE, SaleState.FEW_TOGETHER]


def states(client: Client, showtime: Showtime) -> tuple[str, int | None, str, int | None]:
    """State and price of the API, the state of the film's page, and seats together where few."""
    free_seats.invalidate()
    found = client.get(f"/api/v1/showtimes/{showtime.pk}").json()
    text = client.get(f"/films/{showtime.movie.slug}/").content.decode()
    state = text.partition('data-sale-state="')[2].partition('"')[0]
    return found["availability"], found["from_price_rupiah"], state, found["together"]


def test_page_and_api_follow_the_seats(
    client: Client, after_commit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(free_seats, "REFRESH_SECONDS", 0.001)
    showtime = make_showtime(rows="AB", seats_per_row=5)
    cheap, *others = seats_of(showtime, 10)
    ShowtimeSeat.objects.filter(pk=cheap.pk).update(price_rupiah=40_000)
    seen = [states(client, showtime)]

    with after_commit():
        held = transitions.hold_seats(
            showtime_id=showtime.pk, visitor="web:a", seat_ids=[cheap.seat_id]
        )
    seen.append(states(client, showtime))
    with after_commit():
        sales.block_seats(showtime_seat_ids=[seat.pk for seat in others[:7]])
    seen.append(states(client, showtime))
    with after_commit():
        sales.block_seats(showtime_seat_ids=[seat.pk for seat in others])
    seen.append(states(client, showtime))
    with after_commit():
        transitions.release_hold(hold_id=held.hold_id, visitor="web:a")
    seen.append(states(client, showtime))

    assert seen == [
        ("available", 43_000, "available", None),
        ("available", 53_000, "available", None),
        ("few_together", 53_000, "few_together", 2),
        ("sold_out", None, "sold_out", None),
        ("few_together", 43_000, "few_together", 1),
    ]


def test_new_price_reaches_the_pages(
    client: Client, after_commit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(free_seats, "REFRESH_SECONDS", 0.001)
    showtime = make_showtime()
    before = states(client, showtime)

    with after_commit():
        reprice_showtime(showtime, 60_000, timezone.now())

    assert [before[1], states(client, showtime)[1]] == [53_000, 63_000]


def test_invisible_change_keeps_the_cached_pages(
    client: Client,
    after_commit: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(free_seats, "REFRESH_SECONDS", 0.001)
    showtime = make_showtime(rows="AB", seats_per_row=10)
    states(client, showtime)
    before = free_seats.generation()

    with after_commit():
        transitions.hold_seats(
            showtime_id=showtime.pk,
            visitor="web:a",
            seat_ids=[seats_of(showtime, 1)[0].seat_id],
        )
    free_seats.invalidate()

    assert free_seats.generation() == before


def test_hold_that_ends_by_itself_is_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_seats, "REFRESH_SECONDS", 0.001)
    showtime = make_showtime(rows="A", seats_per_row=1)
    hold = make_hold(showtime, 1, seconds=100)
    assert free_seats.read([showtime.pk])[showtime.pk].has_any is False
    due = catalogue_cache.redis().zscore(free_seats.DUE_KEY, str(showtime.pk))
    assert due == pytest.approx(hold.expires_at.timestamp())

    past = timezone.now() - timedelta(seconds=1)
    ShowtimeSeat.objects.filter(showtime=showtime).update(held_until=past)
    catalogue_cache.redis().zadd(free_seats.DUE_KEY, {str(showtime.pk): past.timestamp()})
    free_seats.invalidate()
    free_seats.generation()

    assert free_seats.read([showtime.pk])[showtime.pk].has_any is True


def test_refresh_costs_one_query_and_a_page_without_changes_none(
    client: Client, after_commit: Any, django_assert_num_queries: Any
) -> None:
    showtime = make_showtime()
    client.get(f"/films/{showtime.movie.slug}/")
    with after_commit():
        transitions.hold_seats(
            showtime_id=showtime.pk,
            visitor="web:a",
            seat_ids=[seats_of(showtime, 1)[0].seat_id],
        )
    catalogue_cache.redis().delete(free_seats.TURN_KEY)
    free_seats.invalidate()

    with django_assert_num_queries(1):
        free_seats.generation()
    with django_assert_num_queries(0):
        free_seats.generation()
        client.get(f"/films/{showtime.movie.slug}/")


def test_state_of_sale_follows_the_clock() -> None:
    at = timezone.now()
    showtime = make_showtime(
        starts_at=at + timedelta(hours=5),
        sale_opens_at=at + timedelta(hours=1),
        sale_closes_at=at + timedelta(hours=4),
    )
    record = Catalogue.current().showtime(showtime.pk)
    assert record is not None

    assert [
        Catalogue.current().availability(record, at + timedelta(hours=hours)).state
        for hours in (0, 1, 4, 5)
    ] == [SaleState.NOT_YET, SaleState.AVAILABLE, SaleState.CLOSED, SaleState.OVER]

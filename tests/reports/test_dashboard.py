"""Dashboard figures: values, query counts and cache."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from bookings.models import BookingEvent, EventKind, Payment, PaymentStatus
from movies.models import Cinema, Showtime
from reports.dashboard import cache, figures
from reports.dashboard.types import Day, Numbers
from reports.monitoring import incidents
from tests.factories import (
    BASE_PRICE_RUPIAH,
    FEE_RUPIAH,
    capture,
    make_booking,
    make_cinema,
    make_confirmed_booking,
    make_event,
    make_hold,
    make_movie,
    make_refund,
    make_showtime,
    make_studio,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 6, 10, 13, 30, tzinfo=UTC)  # 20:30 in Jakarta
DAY_BEGINS = datetime(2026, 6, 9, 22, 0, tzinfo=UTC)  # 05:00 in Jakarta
PAID_RUPIAH = BASE_PRICE_RUPIAH + FEE_RUPIAH  # for one ticket


def show_today(cinema: Cinema, **fields: Any) -> Showtime:
    return make_showtime(make_studio(cinema), at=AT, starts_at=AT + timedelta(hours=1), **fields)


def fail(payment: Payment, at: datetime) -> None:
    Payment.objects.filter(pk=payment.pk).update(status=PaymentStatus.FAILED, settled_at=at)
    make_event(payment.booking, EventKind.PAYMENT_FAILED, at=at)


NUMBERS_OF_ONE_DAY = {
    "tickets_sold": 4,
    "received_rupiah": 5 * PAID_RUPIAH,
    "given_back_rupiah": 0,
    "revenue_rupiah": 5 * PAID_RUPIAH,
    "seats_sold": 6,
    "seats_capacity": 10,
    "seats_held_now": 3,
    "failed_payments": 1,
    "refunds_due": 1,
    "refunds_due_rupiah": PAID_RUPIAH,
    "incidents": 1,
}


def test_figures_of_one_day() -> None:
    cinema = make_cinema()
    film = make_movie(title_id="Hujan", title_en="Rain")
    showtime = show_today(cinema, movie=film)
    make_confirmed_booking(showtime, 3, at=AT)
    make_confirmed_booking(showtime, 1, at=DAY_BEGINS)
    make_confirmed_booking(showtime, 2, at=DAY_BEGINS - timedelta(seconds=1))
    make_confirmed_booking(make_showtime(make_studio(cinema)), 2, at=AT - timedelta(days=7))
    fail(make_booking(make_showtime(make_studio(cinema)), 1).payments.get(), AT)
    make_hold(showtime, 1)
    late = capture(make_booking(make_showtime(make_studio(cinema)), 1).payments.get(), at=AT)
    make_refund(late, at=AT)
    incidents.record("test", "test:1", "Something is odd.", {}, cinema, AT)
    make_confirmed_booking(show_today(make_cinema()), 2, at=AT)  # another cinema's

    [shown] = figures.figures([cinema], AT)

    assert shown["numbers"] == NUMBERS_OF_ONE_DAY
    assert shown["date"] == "2026-06-10"
    assert shown["methods_rupiah"] == {"test": 5 * PAID_RUPIAH}
    assert {hour: rupiah for hour, rupiah in enumerate(shown["hours_rupiah"]) if rupiah} == {
        0: PAID_RUPIAH,
        15: 4 * PAID_RUPIAH,
    }
    assert sum(shown["hours_last_week_rupiah"]) == 2 * PAID_RUPIAH
    titles = {"title_id": "Hujan", "title_en": "Rain"}
    assert shown["films"] == [
        {"movie": film.pk, "tickets": 4, "paid_rupiah": 4 * PAID_RUPIAH} | titles
    ]
    seats = {"sold": 6, "held": 1, "blocked": 0, "remaining": 3, "capacity": 10}
    assert shown["showtimes"] == [
        {"id": showtime.pk, "starts": "21:30", "studio": showtime.studio.name} | titles | seats
    ]


@pytest.mark.parametrize("seed", range(5))
def test_figures_equal_the_ledger_of_a_random_history(seed: int) -> None:
    chance = random.Random(seed)
    cinemas = [make_cinema(), make_cinema(time_zone="Asia/Jayapura")]
    for _order in range(12):
        at = AT - timedelta(minutes=chance.randrange(3 * 24 * 60))
        booking = make_confirmed_booking(
            show_today(chance.choice(cinemas), rows="ABC"), chance.randint(1, 3), at=at
        )
        if chance.random() < 0.4:
            give_back(booking.payments.get(), at + timedelta(minutes=chance.randrange(600)))

    shown = figures.figures(cinemas, AT)

    for cinema, found in zip(cinemas, shown, strict=True):
        day = Day.of(cinema, AT)
        events = BookingEvent.objects.filter(day.within, booking__showtime__studio__cinema=cinema)
        numbers = found["numbers"]
        balance = events.aggregate(sum=Sum("amount_rupiah", default=0))["sum"]
        received = numbers["received_rupiah"]
        assert numbers["revenue_rupiah"] == balance
        assert sum(found["hours_rupiah"]) == sum(found["methods_rupiah"].values()) == received
        assert sum(film["tickets"] for film in found["films"]) == numbers["tickets_sold"]
    assert figures.total(shown) == {
        name: sum(found["numbers"][name] for found in shown)  # type: ignore[literal-required]
        for name in Numbers.__annotations__
    }


def give_back(payment: Payment, at: datetime) -> None:
    refund = make_refund(payment, at=at)
    refund.status, refund.refunded_at, refund.next_attempt_at = "refunded", at, None
    refund.save()
    payment.refunded_rupiah = refund.amount_rupiah
    payment.save(update_fields=["refunded_rupiah"])
    make_event(payment.booking, EventKind.REFUNDED, amount_rupiah=-refund.amount_rupiah, at=at)


def queries_for(*cinemas: Cinema) -> int:
    with CaptureQueriesContext(connection) as queries:
        figures.figures(cinemas, AT)
    return len(queries)


def test_query_count_does_not_grow_with_rows() -> None:
    cinema = make_cinema()
    make_confirmed_booking(show_today(cinema), 1, at=AT)
    with_one = queries_for(cinema)
    for _more in range(8):
        make_confirmed_booking(show_today(cinema), 2, at=AT)

    assert (with_one, queries_for(cinema)) == (figures.QUERIES,) * 2


def test_query_count_does_not_grow_with_cinemas() -> None:
    cinemas = [make_cinema(), make_cinema(time_zone="Asia/Jayapura"), make_cinema()]
    for cinema in cinemas:
        make_confirmed_booking(show_today(cinema), 2, at=AT)

    counts = [queries_for(*cinemas[:many]) for many in (1, 2, 3)]

    assert counts == [figures.QUERIES] * 3


def test_figures_of_several_cinemas_equal_single_figures() -> None:
    """Including cinemas whose time zones are in different business days."""
    at = datetime(2026, 6, 10, 21, 0, tzinfo=UTC)  # 04:00 in Jakarta, 06:00 in Jayapura
    cinemas = [make_cinema(), make_cinema(time_zone="Asia/Jayapura")]
    for cinema in cinemas:
        showtime = make_showtime(make_studio(cinema), at=at, starts_at=at + timedelta(minutes=30))
        for hours in (0, 2, 7 * 24, 7 * 24 + 2):
            make_confirmed_booking(showtime, 1, at=at - timedelta(hours=hours))

    shown = figures.figures(cinemas, at)

    assert shown == [alone for cinema in cinemas for alone in figures.figures([cinema], at)]
    assert [one["date"] for one in shown] == ["2026-06-10", "2026-06-11"]
    assert [one["numbers"]["tickets_sold"] for one in shown] == [2, 1]
    assert [sum(one["hours_last_week_rupiah"]) for one in shown] == [2 * PAID_RUPIAH, PAID_RUPIAH]


def test_cached_figures_are_computed_once_and_again_after_a_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "FRESH_MS", 30_000)  # longer than a slow machine takes
    cinema = make_cinema()
    cache.cached_figures([cinema], AT)
    make_confirmed_booking(show_today(cinema), 2, at=AT)

    with CaptureQueriesContext(connection) as queries:
        [kept] = cache.cached_figures([cinema], AT)
    assert (len(queries), kept["numbers"]["tickets_sold"]) == (0, 0)

    cache.invalidate([cinema.pk])
    [fresh] = cache.cached_figures([cinema], AT)
    assert [fresh] == figures.figures([cinema], AT)
    assert fresh["numbers"]["tickets_sold"] == 2

"""A moved showtime notifies paid buyers and grants full refunds."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from pytest_django import DjangoAssertNumQueries

from bookings.models import BookingEvent, ShowtimeMove
from bookings.models.booking import full_refund_terms
from bookings.refunds import cancellation
from bookings.showtimes.moving import MovePlan, PriceChange, move_showtime, plan_move
from core.errors import NotFound
from movies.catalogue.catalogue import Catalogue
from movies.models import PriceCard, Showtime
from movies.scheduling.moving import ShowtimeNotMovable, StudioElsewhere
from movies.scheduling.showtimes import ShowtimeInPast, ShowtimeOverlaps, cancel_showtime
from notifications.models import Message
from seating.models import ShowtimeSeat
from tests.bookings.fixtures import (
    outcome,
    seat_statuses,
)
from tests.bookings.moving_fixtures import (
    AT,
    CHANGED,
    LATER,
    MEAN_TERMS,
    WHOLE,
    house,
    move,
    notified,
    seats_of,
    violations,
)
from tests.factories import (
    make_booking,
    make_confirmed_booking,
    make_hold,
    make_showtime,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_move_plan_returns_numbers_and_writes_nothing(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    scene = house()
    make_confirmed_booking(scene.showtime, 3)
    make_booking(scene.showtime, 2)
    make_hold(scene.showtime, 1)
    before = list(ShowtimeSeat.objects.order_by("pk").values())

    with django_assert_max_num_queries(15):
        plan = plan_move(
            showtime_id=scene.showtime.pk, starts_at=LATER, studio_id=scene.other.pk, at=AT
        )

    assert plan == MovePlan(
        showtime=scene.showtime,
        starts_at=LATER,
        ends_at=LATER + timedelta(minutes=125),
        studio=scene.other,
        tickets_sold=3,
        bookings_confirmed=1,
        bookings_pending=1,
        seats_held=3,
    )
    assert list(ShowtimeSeat.objects.order_by("pk").values()) == before
    assert not ShowtimeMove.objects.exists()


def test_plan_names_stranded_seats_and_another_price() -> None:
    scene = house("A  rrrp", "A  rrrr")
    make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A4"))
    for day_kind in ("weekday", "friday", "weekend"):
        PriceCard.objects.create(
            studio_class="regular",
            screen_format="2D",
            day_kind=day_kind,
            from_minute=0,
            price_rupiah=70_000,
        )

    plan = plan_move(
        showtime_id=scene.showtime.pk, starts_at=LATER, studio_id=scene.other.pk, at=AT
    )

    assert plan.stranded == ("A4",)
    assert plan.price_changes == (
        PriceChange("premiere", 50_000, 70_000),
        PriceChange("regular", 50_000, 70_000),
    )


@pytest.mark.usefixtures("consistent_books")
def test_another_time_moves_everything_that_hangs_on_it() -> None:
    scene = house()
    Showtime.objects.update(sale_closes_at=scene.showtime.starts_at - timedelta(minutes=15))
    paid = make_confirmed_booking(scene.showtime, 2, cancellation_terms=MEAN_TERMS)
    starts_at = AT + timedelta(days=3)

    move(scene.showtime, starts_at)

    showtime = Showtime.objects.get()
    assert (showtime.starts_at, showtime.ends_at, showtime.sale_closes_at) == (
        starts_at,
        starts_at + timedelta(minutes=125),
        starts_at - timedelta(minutes=15),
    )
    assert showtime.business_date == showtime.studio.cinema.business_date(starts_at)
    assert seat_statuses(showtime) == ["sold"] * 2 + ["available"] * 8
    assert outcome(paid).status == "confirmed"
    assert violations() == set()


def test_move_notifies_paid_buyers_once_per_channel_and_writes_the_ledger() -> None:
    scene = house()
    paid = make_confirmed_booking(scene.showtime, 2, cancellation_terms=MEAN_TERMS)
    staff = make_user(is_staff=True)

    move(scene.showtime, by=staff)

    event = BookingEvent.objects.get(kind="showtime_moved")
    made = ShowtimeMove.objects.get()
    assert notified(paid) == CHANGED
    assert (event.booking, event.actor) == (paid, f"staff:{staff.pk}")
    assert event.facts == {
        "move": made.pk,
        "before": {
            "starts_at": DjangoJSONEncoder().default(scene.showtime.starts_at),
            "film_ends_at": DjangoJSONEncoder().default(scene.showtime.film_ends_at),
            "studio": scene.showtime.studio.name,
        },
        "after": {
            "starts_at": DjangoJSONEncoder().default(LATER),
            "film_ends_at": DjangoJSONEncoder().default(
                LATER + (scene.showtime.film_ends_at - scene.showtime.starts_at)
            ),
            "studio": scene.showtime.studio.name,
        },
        "seat_changes": [],
        "terms_before": MEAN_TERMS,
    }
    assert (made.moved_by, made.note, made.from_starts_at, made.to_starts_at) == (
        staff,
        "Projector",
        scene.showtime.starts_at,
        LATER,
    )


@pytest.mark.usefixtures("consistent_books")
def test_who_paid_may_have_everything_back_until_the_start_whatever_the_terms() -> None:
    scene = house()
    paid = make_confirmed_booking(scene.showtime, 2, cancellation_terms=MEAN_TERMS)
    move(scene.showtime)
    paid.refresh_from_db()
    assert paid.cancellation_terms == full_refund_terms()

    just_before = LATER - timedelta(minutes=1)
    cancellation.cancel_booking(booking_id=paid.pk, actor="web:x", at=just_before)

    assert outcome(paid).refunds == ((2 * WHOLE, "cancellation", "due"),)


def test_move_notifies_no_cancelled_or_unpaid_booking() -> None:
    scene = house()
    gone = make_confirmed_booking(scene.showtime, 1)
    cancellation.cancel_in_full(booking_id=gone.pk, actor="x", at=AT)
    Message.objects.all().delete()
    waiting = make_booking(scene.showtime, 1)

    move(scene.showtime)

    assert (notified(gone), notified(waiting)) == ([], [])
    assert not BookingEvent.objects.filter(kind="showtime_moved").exists()


def test_move_to_the_present_slot_changes_nothing() -> None:
    scene = house()
    paid = make_confirmed_booking(scene.showtime, 1)

    move(scene.showtime, scene.showtime.starts_at)

    assert (notified(paid), ShowtimeMove.objects.count()) == ([], 0)


def test_the_catalogue_shows_the_new_time_at_once(
    django_capture_on_commit_callbacks: Any,
) -> None:
    scene = house()
    before = Catalogue.current().showtime(scene.showtime.pk)
    assert before is not None
    assert before.starts_at == scene.showtime.starts_at

    with django_capture_on_commit_callbacks(execute=True):
        move(scene.showtime, studio_id=scene.other.pk)

    after = Catalogue.current().showtime(scene.showtime.pk)
    assert after is not None
    assert (after.starts_at, after.studio_id) == (LATER, scene.other.pk)


def test_a_showtime_that_began_or_is_cancelled_stays() -> None:
    begun, off = house().showtime, house().showtime
    Showtime.objects.filter(pk=begun.pk).update(starts_at=AT - timedelta(minutes=1))
    cancel_showtime(off.pk, AT)

    for showtime in (begun, off):
        with pytest.raises(ShowtimeNotMovable):
            move(showtime)


def test_a_showtime_moves_neither_into_the_past_nor_to_another_cinema() -> None:
    scene = house()

    with pytest.raises(ShowtimeInPast):
        move(scene.showtime, AT - timedelta(hours=1))
    with pytest.raises(StudioElsewhere):
        move(scene.showtime, studio_id=house().other.pk)
    with pytest.raises(NotFound):
        move_showtime(showtime_id=0, starts_at=LATER, by=make_user(), note="", at=AT)


def test_an_overlap_is_refused_and_named_by_dry_run_and_deed() -> None:
    scene = house()
    paid = make_confirmed_booking(scene.showtime, 1)
    there = make_showtime(scene.other, starts_at=LATER - timedelta(hours=1))

    for attempt in (
        partial(plan_move, at=AT),
        partial(move_showtime, by=make_user(), note="", at=AT),
    ):
        with pytest.raises(ShowtimeOverlaps) as refused:
            attempt(showtime_id=scene.showtime.pk, starts_at=LATER, studio_id=scene.other.pk)
        assert refused.value.facts["showtime"] == there.pk
    scene.showtime.refresh_from_db()
    assert (scene.showtime.starts_at, notified(paid)) == (AT + timedelta(days=1), [])


@pytest.mark.usefixtures("consistent_books")
def test_cancellation_before_the_move_used_the_old_terms() -> None:
    scene = house()
    terms = [{"hours_before": 1, "refund_percent": 50, "is_fee_refunded": False}]
    paid = make_confirmed_booking(scene.showtime, 2, cancellation_terms=terms)
    [first, _second] = [row.seat_id for row in seats_of(scene.showtime, "A1", "A2")]
    cancellation.cancel_booking(booking_id=paid.pk, seat_ids=[first], actor="x", at=AT)
    move(scene.showtime)

    cancellation.cancel_booking(booking_id=paid.pk, actor="x", at=AT + timedelta(minutes=5))

    assert sorted(outcome(paid).refunds) == [
        (25_000, "cancellation", "due"),
        (WHOLE, "cancellation", "due"),
    ]
    assert violations() == set()

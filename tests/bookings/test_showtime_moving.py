"""A showtime moves: nobody loses a seat, everybody who paid is told and may have the money back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bookings import cancellation
from bookings.expiry import expire_overdue_bookings
from bookings.models import Booking, BookingEvent, ShowtimeMove, Ticket
from bookings.models.booking import everything_back
from bookings.showtime_moving import MovePlan, PriceChange, move_showtime, plan_move
from movies.catalogue import Catalogue
from movies.errors import LayarError, NotFound
from movies.models import PriceCard, Showtime, Studio
from movies.moving import ShowtimeNotMovable, StudioElsewhere
from movies.programming import ShowtimeInPast, ShowtimeOverlaps, cancel_showtime
from notifications.models import Message
from reports.invariants import check_invariants
from seating.layouts import publish_layout
from seating.models import ShowtimeSeat
from seating.moving import SeatsStranded
from tests.bookings.scenes import (
    BUDI,
    SITI,
    faults_in_the_books,
    hold_of,
    order_of,
    outcome,
    pass_time,
    seat_ids,
    seat_statuses,
    tell,
)
from tests.bookings.threads import another_session, at_once, wait_until_somebody_waits
from tests.factories import (
    make_booking,
    make_confirmed_booking,
    make_hold,
    make_showtime,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db

AT = timezone.now()
LATER = AT + timedelta(days=1, hours=3)
MEAN_TERMS = [{"hours_before": 48, "refund_percent": 50, "is_fee_refunded": False}]
WHOLE = 53_000


@dataclass
class House:
    """A cinema with two studios; the showtime is in the first."""

    showtime: Showtime
    other: Studio


def house(grid: str = "A  rrrrr\nB  rrrrr", there: str = "A  rrrrr\nB  rrrrr") -> House:
    studio = make_studio()
    other = make_studio(studio.cinema)
    layout = publish_layout(studio, grid)
    publish_layout(other, there)
    return House(make_showtime(studio, layout=layout, starts_at=AT + timedelta(days=1)), other)


def move(showtime: Showtime, starts_at: datetime = LATER, **other: Any) -> MovePlan:
    asked = {"by": make_user(is_staff=True), "note": "Projector", "at": timezone.now()} | other
    return move_showtime(showtime_id=showtime.pk, starts_at=starts_at, **asked)


def seats_of(showtime: Showtime, *labels: str) -> list[ShowtimeSeat]:
    rows = {row.seat.label: row for row in showtime.seats.select_related("seat")}
    return [rows[label] for label in labels]


def labels_of(booking: Booking) -> list[str]:
    tickets = booking.tickets.select_related("showtime_seat__seat").order_by("pk")
    return [ticket.showtime_seat.seat.label for ticket in tickets]


def violations() -> set[str]:
    # The builders of orders write no messages.
    return {each.invariant.name for each in check_invariants()} - {"confirmation_without_message"}


def told(booking: Booking) -> list[tuple[str, str]]:
    rows = Message.objects.filter(booking=booking).order_by("kind", "channel")
    return list(rows.values_list("kind", "channel"))


CHANGED = [("showtime_changed", "email"), ("showtime_changed", "sms")]


# ------------------------------------------------------------------ the dry run


def test_plan_tells_numbers_and_writes_nothing(
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


# ------------------------------------------------------------------ another time


@pytest.mark.usefixtures("books")
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


def test_who_paid_is_told_once_on_each_channel_and_it_stands_in_the_ledger() -> None:
    scene = house()
    paid = make_confirmed_booking(scene.showtime, 2, cancellation_terms=MEAN_TERMS)
    staff = make_user(is_staff=True)

    move(scene.showtime, by=staff)

    event = BookingEvent.objects.get(kind="showtime_moved")
    made = ShowtimeMove.objects.get()
    assert told(paid) == CHANGED
    assert (event.booking, event.actor) == (paid, f"staff:{staff.pk}")
    assert event.facts == {
        "move": made.pk,
        "before": {
            "starts_at": BookingEvent.facts.field.encoder().default(scene.showtime.starts_at),
            "studio": scene.showtime.studio.name,
        },
        "after": {
            "starts_at": BookingEvent.facts.field.encoder().default(LATER),
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


@pytest.mark.usefixtures("books")
def test_who_paid_may_have_everything_back_until_the_start_whatever_the_terms() -> None:
    scene = house()
    paid = make_confirmed_booking(scene.showtime, 2, cancellation_terms=MEAN_TERMS)
    move(scene.showtime)
    paid.refresh_from_db()
    assert paid.cancellation_terms == everything_back()

    just_before = LATER - timedelta(minutes=1)
    cancellation.cancel_booking(booking_id=paid.pk, actor="web:x", at=just_before)

    assert outcome(paid).refunds == ((2 * WHOLE, "cancellation", "due"),)


def test_who_had_cancelled_or_never_paid_hears_nothing() -> None:
    scene = house()
    gone = make_confirmed_booking(scene.showtime, 1)
    cancellation.cancel_in_full(booking_id=gone.pk, actor="x", at=AT)
    Message.objects.all().delete()
    waiting = make_booking(scene.showtime, 1)

    move(scene.showtime)

    assert (told(gone), told(waiting)) == ([], [])
    assert not BookingEvent.objects.filter(kind="showtime_moved").exists()


def test_to_where_it_is_changes_nothing_and_tells_nobody() -> None:
    scene = house()
    paid = make_confirmed_booking(scene.showtime, 1)

    move(scene.showtime, scene.showtime.starts_at)

    assert (told(paid), ShowtimeMove.objects.count()) == ([], 0)


def test_the_catalogue_shows_the_new_time_at_once(
    django_capture_on_commit_callbacks: Any,
) -> None:
    scene = house()
    before = Catalogue.current().showing(scene.showtime.pk)
    assert before is not None
    assert before.starts_at == scene.showtime.starts_at

    with django_capture_on_commit_callbacks(execute=True):
        move(scene.showtime, studio_id=scene.other.pk)

    after = Catalogue.current().showing(scene.showtime.pk)
    assert after is not None
    assert (after.starts_at, after.studio_id) == (LATER, scene.other.pk)


# ------------------------------------------------------------------ refusals


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
    assert (scene.showtime.starts_at, told(paid)) == (AT + timedelta(days=1), [])


# ------------------------------------------------------------------ another studio


@pytest.mark.usefixtures("books")
def test_sold_and_held_seats_go_along_by_label_and_cost_what_they_cost() -> None:
    scene = house("A  rrrr\nB  rrrr", "A  rrrrrr\nB  rrrrrr\nC  rr")
    paid = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A2", "B3"))
    held = hold_of(scene.showtime, [seats_of(scene.showtime, "B4")[0].seat_id], BUDI)

    plan = move(scene.showtime, studio_id=scene.other.pk)

    assert (plan.seat_changes, plan.stranded) == ((), ())
    showtime = Showtime.objects.get(pk=scene.showtime.pk)
    assert showtime.studio == scene.other
    assert labels_of(paid) == ["A2", "B3"]
    assert sorted(seat_statuses(showtime)) == ["available"] * 11 + ["held"] + ["sold"] * 2
    assert {row.seat.layout.studio for row in showtime.seats.all()} == {scene.other}
    # Who held goes on to pay, for the same seat in the other studio.
    booking = order_of(hold_of(showtime, [seats_of(showtime, "B4")[0].seat_id], BUDI), visitor=BUDI)
    assert (booking.hold_id, labels_of(booking)) == (held.hold_id, ["B4"])
    assert violations() == set()


@pytest.mark.usefixtures("books")
def test_a_seat_without_counterpart_gets_the_nearest_of_its_kind_and_its_owner_is_told() -> None:
    scene = house("A  rrrr\nB  rrcc", "A  rrrr\nC  ccrr")
    alone = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "B2"))
    pair = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "B3", "B4"))

    plan = move(scene.showtime, studio_id=scene.other.pk)

    assert plan.seat_changes == (("B2", "C3"), ("B3", "C2"), ("B4", "C1"))
    assert (labels_of(alone), labels_of(pair)) == (["C3"], ["C2", "C1"])
    changes = BookingEvent.objects.filter(kind="showtime_moved").order_by("pk")
    assert {event.booking_id: event.facts["seat_changes"] for event in changes} == {
        alone.pk: [["B2", "C3"]],
        pair.pk: [["B3", "C2"], ["B4", "C1"]],
    }
    assert violations() == set()


@pytest.mark.usefixtures("books")
def test_stranded_seats_are_named_and_nothing_moves() -> None:
    scene = house("A  rrrp\nB  rrrr", "A  rr")
    paid = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A4", "B3"))
    make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A1", "A2"))

    with pytest.raises(SeatsStranded) as refused:
        move(scene.showtime, studio_id=scene.other.pk)

    assert refused.value.facts == {"seats": ["A4", "B3"]}
    scene.showtime.refresh_from_db()
    assert scene.showtime.starts_at == AT + timedelta(days=1)
    assert (labels_of(paid), told(paid)) == (["A4", "B3"], [])


@pytest.mark.usefixtures("books")
def test_seats_of_old_orders_stay_in_their_story_and_late_money_for_them_goes_back() -> None:
    scene = house("A  rrrr", "A  rr")
    waiting = make_booking(scene.showtime, seats_of(scene.showtime, "A4"))
    pass_time(400)
    expire_overdue_bookings(timezone.now())

    move(scene.showtime, studio_id=scene.other.pk)
    tell(waiting.payments.get())

    end = outcome(waiting)
    assert (end.status, end.refunds) == ("expired", ((WHOLE, "late", "due"),))
    assert labels_of(waiting) == ["A4"]
    assert seat_statuses(scene.showtime) == ["available"] * 2
    assert violations() == set()


@pytest.mark.usefixtures("books")
def test_there_and_back_again() -> None:
    scene = house("A  rrrr", "A  rrr")
    paid = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A1"))
    old = make_booking(scene.showtime, seats_of(scene.showtime, "A4"))
    tell(old.payments.get(), "failed")

    move(scene.showtime, studio_id=scene.other.pk)
    move(scene.showtime, studio_id=scene.showtime.studio_id)

    assert (labels_of(paid), labels_of(old)) == (["A1"], ["A4"])
    assert seat_statuses(scene.showtime) == ["sold"] + ["available"] * 3
    assert len(told(paid)) == 4
    assert violations() == set()


def test_seats_out_of_order_there_take_nobody() -> None:
    scene = house("A  rrr", "A  rrr")
    there = scene.other.layouts.get()
    there.seats.filter(number=2).update(is_blocked=True)
    paid = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A2"))

    plan = move(scene.showtime, studio_id=scene.other.pk)

    assert (plan.seat_changes, labels_of(paid)) == ((("A2", "A1"),), ["A1"])
    assert sorted(seat_statuses(scene.showtime)) == ["available", "blocked", "sold"]


# ------------------------------------------------------------------ orders under way


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("expires", [False, True])
def test_an_order_paid_after_the_move_has_the_same_right_and_is_told(expires: bool) -> None:
    scene = house()
    waiting = make_booking(scene.showtime, 2, cancellation_terms=MEAN_TERMS)
    if expires:
        pass_time(400)
        expire_overdue_bookings(timezone.now())
    move(scene.showtime, studio_id=scene.other.pk)

    tell(waiting.payments.get())

    waiting.refresh_from_db()
    assert (waiting.status, waiting.cancellation_terms) == ("confirmed", everything_back())
    assert set(told(waiting)) >= {*CHANGED, ("booking_confirmed", "email")}
    assert violations() == set()


def test_an_order_made_after_the_move_keeps_its_terms() -> None:
    scene = house()
    move(scene.showtime)
    booking = make_booking(
        scene.showtime, 1, cancellation_terms=MEAN_TERMS, created_at=timezone.now()
    )

    tell(booking.payments.get())

    booking.refresh_from_db()
    assert booking.cancellation_terms == MEAN_TERMS
    assert ("showtime_changed", "email") not in told(booking)


# ------------------------------------------------------------------ at once


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_move_and_settlement_at_once_leave_nobody_untold(round_: int) -> None:
    scene = house()
    waiting = [make_booking(scene.showtime, 1, cancellation_terms=MEAN_TERMS) for _n in range(3)]

    answers = at_once(
        partial(move, scene.showtime, studio_id=scene.other.pk),
        *[partial(tell, order.payments.get()) for order in waiting],
    )

    if isinstance(answers[0], Exception):  # somebody paid in that very moment: ask again
        assert isinstance(answers[0], LayarError)
        move(scene.showtime, studio_id=scene.other.pk)
    assert [answer for answer in answers[1:] if isinstance(answer, Exception)] == []
    for order in waiting:
        order.refresh_from_db()
        assert (order.status, order.cancellation_terms) == ("confirmed", everything_back())
        assert set(told(order)) >= set(CHANGED)
    assert faults_in_the_books() == []
    assert violations() == set()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_move_and_holds_at_once_leave_every_hold_on_a_seat_of_the_new_studio(round_: int) -> None:
    scene = house()
    seats = seat_ids(scene.showtime)

    answers = at_once(
        partial(move, scene.showtime, studio_id=scene.other.pk),
        partial(hold_of, scene.showtime, seats[:2], SITI),
        partial(hold_of, scene.showtime, seats[4:6], BUDI),
    )

    assert isinstance(answers[0], MovePlan)
    assert all(isinstance(each, LayarError) for each in answers[1:] if isinstance(each, Exception))
    taken = sum(not isinstance(each, Exception) for each in answers[1:])
    assert sorted(seat_statuses(scene.showtime)) == ["available"] * (10 - 2 * taken) + ["held"] * (
        2 * taken
    )
    held = ShowtimeSeat.objects.filter(status="held").select_related("seat__layout")
    assert {row.seat.layout.studio_id for row in held} <= {scene.other.pk}
    assert violations() == set()


@pytest.mark.django_db(transaction=True)
def test_an_order_made_and_paid_between_the_locks_makes_the_move_ask_again() -> None:
    scene = house()
    make_confirmed_booking(scene.showtime, 1)
    first = seats_of(scene.showtime, "A1")[0]

    with another_session() as other:
        other("SELECT FROM seating_showtimeseat WHERE id = %s FOR UPDATE", [first.pk])

        def moves() -> MovePlan:
            return move(scene.showtime)

        def orders_and_pays() -> None:
            wait_until_somebody_waits()
            booking = make_booking(scene.showtime, seats_of(scene.showtime, "B4"))
            tell(booking.payments.get())
            other("COMMIT")

        answers = at_once(moves, orders_and_pays)

    assert type(answers[0]).__name__ == "Unavailable"
    move(scene.showtime)
    live = Ticket.objects.live().values_list("booking", flat=True)
    assert all(("showtime_changed", "email") in told(Booking.objects.get(pk=pk)) for pk in live)

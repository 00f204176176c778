"""Seats that staff close with a reason: of one showtime, or of a studio until a day."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.refunds.cancellation import cancel_in_full
from movies.models import Cinema, Showtime
from movies.scheduling.showtimes import ShowtimeDraft, schedule_showtimes
from reports.dashboard.seats import closures
from reports.errors import SeatsUnknown
from reports.models import SeatClosure
from seating.holds import sales
from tests.bookings.threads import run_behind
from tests.clients import signed_in
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cinema(db: None) -> Cinema:
    return make_cinema()


@pytest.fixture
def manager(cinema: Cinema) -> User:
    return make_manager(cinema)


@pytest.fixture
def showtimes(cinema: Cinema) -> list[Showtime]:
    """One a day in the same studio and layout, from tomorrow on."""
    studio, at = make_studio(cinema), timezone.now()
    first = make_showtime(studio, at=at)
    layout = studio.layouts.get()
    return [first] + [
        make_showtime(studio, at=at, starts_at=at + timedelta(days=days), layout=layout)
        for days in (2, 3, 40)
    ]


def blocked(showtime: Showtime) -> list[str]:
    rows = showtime.seats.filter(status="blocked").select_related("seat")
    return [row.seat.label for row in rows.order_by("seat__line", "seat__column")]


def post(user: User, showtime: Showtime, **fields: str) -> int:
    page = reverse("reports:close_seats", args=[showtime.pk])
    form = {"seats": "A1 b2-b3", "reason": "Broken armrest"} | fields
    return signed_in(user).post(page, form).status_code


def test_seats_of_one_showtime_are_closed(manager: User, showtimes: list[Showtime]) -> None:
    status = post(manager, showtimes[0])

    closure = SeatClosure.objects.get()
    assert (status, closure.labels, closure.reason) == (302, ["A1", "B2", "B3"], "Broken armrest")
    assert [blocked(one) for one in showtimes] == [["A1", "B2", "B3"], [], [], []]


def test_seats_are_closed_until_a_day_and_opened_again(
    manager: User, showtimes: list[Showtime]
) -> None:
    last_day = showtimes[2].business_date
    post(manager, showtimes[1], last_day=str(last_day), seats="A1")
    closed = [blocked(one) for one in showtimes]
    closure = SeatClosure.objects.get()

    signed_in(manager).post(reverse("admin:reports_seatclosure_end", args=[closure.pk]))
    again = signed_in(manager).post(reverse("admin:reports_seatclosure_end", args=[closure.pk]))

    closure.refresh_from_db()
    assert closed == [[], ["A1"], ["A1"], []]
    assert [blocked(one) for one in showtimes] == [[], [], [], []]
    assert (closure.ended_by, again.status_code) == (manager, 302)


def test_sold_seats_are_listed_and_closed_once_they_are_free(
    manager: User, showtimes: list[Showtime]
) -> None:
    booking = make_confirmed_booking(showtimes[0], 1)
    post(manager, showtimes[0], seats="A1-A2")
    closure = SeatClosure.objects.get()
    page = reverse("admin:reports_seatclosure_change", args=[closure.pk])
    shown = signed_in(manager).get(page).content.decode()
    before = blocked(showtimes[0])

    cancel_in_full(booking_id=booking.pk, actor="test", at=timezone.now())
    done = closures.work(timezone.now())

    assert booking.code in shown
    assert reverse("admin:bookings_booking_move_to_seats", args=[booking.pk]) in shown
    assert (before, done, blocked(showtimes[0])) == (["A2"], 1, ["A1", "A2"])
    assert closures.work(timezone.now()) == 0


def test_new_showtimes_of_the_days_begin_without_the_seats(
    manager: User, showtimes: list[Showtime]
) -> None:
    studio = showtimes[0].studio
    studio.layouts.get().seats.filter(row="B", number=5).update(is_blocked=True)
    post(manager, showtimes[0], last_day=str(showtimes[2].business_date), seats="A1")
    at = timezone.now()
    [added] = schedule_showtimes(
        [
            ShowtimeDraft(
                studio=studio,
                movie=showtimes[0].movie,
                starts_at=showtimes[1].starts_at + timedelta(hours=5),
                audio_language="Indonesia",
                base_price_rupiah=50_000,
            )
        ],
        at=at,
    )
    closed = blocked(added)

    closures.end_closure(closure_id=SeatClosure.objects.get().pk, by=manager, at=at)

    assert (closed, blocked(added)) == (["A1", "B5"], ["B5"])


END = "UPDATE reports_seatclosure SET ended_at = now(), ended_by_id = %s WHERE id = %s"


@pytest.mark.django_db(transaction=True)
def test_closure_that_is_ended_meanwhile_blocks_nothing(
    manager: User, showtimes: list[Showtime]
) -> None:
    closure = closure_of(showtimes[0], manager, "A1")

    done = run_behind(END, [manager.pk, closure.pk], partial(closures.work, timezone.now()))

    assert (done, blocked(showtimes[0])) == (0, [])


def closure_of(showtime: Showtime, by: User, *labels: str) -> SeatClosure:
    """A closure that no run has applied yet."""
    day = showtime.business_date
    return SeatClosure.objects.create(
        studio=showtime.studio,
        labels=list(labels),
        reason="Broken armrest",
        first_day=day,
        last_day=day,
        made_by=by,
        made_at=timezone.now(),
    )


def test_seats_that_another_open_closure_names_stay_closed(
    manager: User, showtimes: list[Showtime]
) -> None:
    at = timezone.now()
    first = closure_of(showtimes[0], manager, "A1", "A2")
    closures.apply(first, at)
    second = closure_of(showtimes[0], manager, "A2", "A3")
    closures.apply(second, at)

    freed = closures.end_closure(closure_id=first.pk, by=manager, at=at)
    between = blocked(showtimes[0])
    freed_last = closures.end_closure(closure_id=second.pk, by=manager, at=at)

    assert (freed, between, freed_last) == (1, ["A2", "A3"], 2)
    assert blocked(showtimes[0]) == []


def test_closure_whose_end_was_interrupted_is_freed_by_the_next_run(
    manager: User, showtimes: list[Showtime]
) -> None:
    at = timezone.now()
    closure = closure_of(showtimes[0], manager, "A1", "A2")
    closures.apply(closure, at)
    ids = closures._end(closure.pk, manager, at).blocked_ids  # and the process dies
    between = blocked(showtimes[0])

    closures.work(at + closures.FREEING_TAKES_AT_MOST)
    freed = blocked(showtimes[0])
    sales.block_seats(showtime_seat_ids=ids)
    closures.work(at)

    assert (between, freed, blocked(showtimes[0])) == (["A1", "A2"], [], ["A1", "A2"])


def test_each_closure_has_its_turn(
    manager: User, showtimes: list[Showtime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closures, "CLOSURES_AT_ONCE_MAX", 1)
    for label in ("A1", "A2"):
        closure_of(showtimes[0], manager, label)

    done = [closures.work(timezone.now()) for _run in range(3)]

    assert (done, blocked(showtimes[0])) == ([1, 1, 0], ["A1", "A2"])


def test_labels_are_read_one_by_one_and_as_ranges() -> None:
    known = [f"{row}{number}" for row in "ABC" for number in range(1, 11)]

    assert closures.parse_labels(" c7, C7;b2-b4  A1-2 ", known) == [
        "C7",
        "B2",
        "B3",
        "B4",
        "A1",
        "A2",
    ]
    for text in ("", "7", "C11", "C1-B2", "C3-C1", "D1", "A1-A999", "C7 nonsense"):
        with pytest.raises(SeatsUnknown):
            closures.parse_labels(text, known)


@pytest.mark.parametrize(
    "fields",
    [{"seats": "Z9"}, {"seats": ""}, {"reason": ""}, {"last_day": "2020-01-01"}, {"last_day": "x"},
     {"last_day": "2999-01-01"}],
)  # fmt: skip
def test_unclear_closures_change_nothing(
    manager: User, showtimes: list[Showtime], fields: dict[str, str]
) -> None:
    assert post(manager, showtimes[0], **fields) == 200
    assert not SeatClosure.objects.exists()


def test_outsiders_close_and_end_nothing(manager: User, showtimes: list[Showtime]) -> None:
    post(manager, showtimes[0])
    closure = SeatClosure.objects.get()
    end = reverse("admin:reports_seatclosure_end", args=[closure.pk])
    outsiders = [make_manager(make_cinema()), make_user(is_staff=True), make_user()]

    answers = [
        (post(user, showtimes[1]), signed_in(user).post(end).status_code) for user in outsiders
    ]
    anonymous = Client().post(end).status_code

    closure.refresh_from_db()
    assert answers == [(404, 404), (403, 403), (302, 302)]
    assert (anonymous, SeatClosure.objects.count(), closure.ended_at) == (302, 1, None)

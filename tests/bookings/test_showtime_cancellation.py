"""Cancelling a whole showtime voids every ticket and refunds every payment, also after crashes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Booking, Refund, ShowtimeCancellation, Ticket
from bookings.refunds import cancellation
from bookings.refunds.goodwill import give_back
from bookings.showtimes import cancellation as showtimes_cancellation
from bookings.showtimes.cancellation import CancellationSurvey, request, survey, work
from core.errors import LayarError, NotFound
from movies.models import Showtime
from reports.monitoring.invariants import check_invariants
from tests.bookings.fixtures import (
    BUDI,
    SITI,
    book_violations,
    hold_of,
    order_of,
    outcome,
    seat_ids,
    seat_statuses,
    settle_as,
)
from tests.bookings.threads import run_concurrently
from tests.factories import (
    make_booking,
    make_confirmed_booking,
    make_hold,
    make_showtime,
    make_user,
)

pytestmark = pytest.mark.django_db

AT = timezone.now()
WHOLE = 53_000


def full_showtime() -> tuple[Showtime, list[Booking]]:
    """Four paid bookings of two seats, one of them partly cancelled, one with an admitted guest."""
    showtime = make_showtime()
    paid = [make_confirmed_booking(showtime, 2) for _number in range(4)]
    first = paid[0].tickets.order_by("pk")[0].showtime_seat.seat_id
    cancellation.cancel_booking(booking_id=paid[0].pk, seat_ids=[first], actor="x", at=AT)
    Ticket.objects.filter(pk=paid[1].tickets.all()[0].pk).update(checked_in_at=AT)
    return showtime, paid


def ask(showtime: Showtime) -> ShowtimeCancellation:
    return request(showtime_id=showtime.pk, reason="Projector broke", user=None, at=AT)


def work_to_the_end() -> list[int]:
    """Bookings ended by each run of the worker, until a run finds none."""
    ended: list[int] = []
    for _run in range(20):
        if not ShowtimeCancellation.objects.filter(finished_at__isnull=True).exists():
            return ended
        ended.append(work(AT))
    raise AssertionError("it never ends")


def test_cancellation_dry_run_returns_numbers_and_changes_nothing() -> None:
    showtime, _paid = full_showtime()
    make_booking(showtime, 1)
    before = seat_statuses(showtime)

    assert survey(showtime.pk) == CancellationSurvey(
        waiting_orders=1, orders=4, tickets=7, refund_rupiah=7 * WHOLE
    )
    assert seat_statuses(showtime) == before
    assert not ShowtimeCancellation.objects.exists()


def test_dry_run_leaves_out_what_staff_gave_back() -> None:
    showtime, paid = full_showtime()
    give_back(booking_id=paid[2].pk, amount_rupiah=2 * WHOLE - 1, actor="x", at=AT)

    assert survey(showtime.pk).refund_rupiah == 5 * WHOLE + 1


def test_request_closes_the_showtime_at_once() -> None:
    showtime, _paid = full_showtime()
    free = showtime.seats.filter(status="available").count()

    cancelling = ask(showtime)

    showtime.refresh_from_db()
    assert showtime.cancelled_at == AT
    assert sorted(seat_statuses(showtime)) == ["blocked"] * free + ["sold"] * 7
    assert (cancelling.orders_planned, cancelling.tickets_planned) == (4, 7)
    assert (cancelling.refund_planned_rupiah, cancelling.orders_done) == (7 * WHOLE, 0)
    with pytest.raises(LayarError):
        hold_of(showtime, seat_ids(showtime)[-1:])


def test_request_of_an_unknown_showtime_is_not_found() -> None:
    with pytest.raises(NotFound):
        request(showtime_id=0, reason="x", user=None, at=AT)


def test_asking_twice_is_asking_once() -> None:
    showtime, _paid = full_showtime()

    first = ask(showtime)
    again = request(showtime_id=showtime.pk, reason="other", user=make_user(), at=AT)

    assert again == first
    assert ShowtimeCancellation.objects.get().reason == "Projector broke"


@pytest.mark.usefixtures("consistent_books")
def test_every_order_is_undone_and_every_rupiah_due() -> None:
    showtime, paid = full_showtime()
    waiting = make_booking(showtime, 1)
    make_hold(showtime, 1)
    cancelling = ask(showtime)

    work_to_the_end()

    cancelling.refresh_from_db()
    assert (cancelling.orders_done, cancelling.tickets_done) == (4, 7)
    assert (cancelling.refund_done_rupiah, cancelling.finished_at) == (7 * WHOLE, AT)
    assert set(seat_statuses(showtime)) == {"blocked"}
    assert [outcome(booking).status for booking in [*paid, waiting]] == ["cancelled"] * 5
    assert [tuple(sorted(outcome(booking).refunds)) for booking in paid] == [
        ((WHOLE, "cancellation", "due"), (WHOLE, "showtime", "due")),
        *[((2 * WHOLE, "showtime", "due"),)] * 3,
    ]
    wrong = {violation.invariant.name for violation in check_invariants()}
    assert wrong <= {"confirmation_without_message"}  # the builders write none


@pytest.mark.usefixtures("consistent_books")
def test_next_worker_continues_after_a_crash_between_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(showtimes_cancellation, "BATCH_ORDERS", 3)
    showtime, _paid = full_showtime()
    cancelling = ask(showtime)

    assert work(AT) == 3
    cancelling.refresh_from_db()
    assert (cancelling.orders_done, cancelling.finished_at) == (3, None)
    # The next worker derives the remaining work from the rows.
    assert work_to_the_end()[0] == 1
    cancelling.refresh_from_db()
    assert (cancelling.orders_done, cancelling.tickets_done) == (4, 7)
    assert cancelling.finished_at == AT
    assert work(AT) == 0
    assert Refund.objects.filter(reason="showtime").count() == 4


@pytest.mark.usefixtures("consistent_books")
def test_crash_within_a_booking_does_not_count_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    showtime, _paid = full_showtime()
    cancelling = ask(showtime)
    undone = cancellation.cancel_in_full
    calls = iter(range(10))

    def dies_at_the_third(**asked: object) -> Booking:
        booking = undone(**asked)  # type: ignore[arg-type]
        if next(calls) == 2:
            raise KeyboardInterrupt
        return booking

    monkeypatch.setattr(cancellation, "cancel_in_full", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        work(AT)
    cancelling.refresh_from_db()
    assert (cancelling.orders_done, Refund.objects.filter(reason="showtime").count()) == (2, 2)

    work_to_the_end()
    cancelling.refresh_from_db()
    assert (cancelling.orders_done, cancelling.refund_done_rupiah) == (4, 7 * WHOLE)


@pytest.mark.usefixtures("consistent_books")
def test_payment_after_the_cancellation_is_refunded() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    waiting = make_booking(showtime, 2)
    ask(showtime)
    work_to_the_end()

    settle_as(waiting.payments.get())

    end = outcome(waiting)
    assert (end.status, end.refunds) == ("cancelled", ((2 * WHOLE, "late", "due"),))
    assert set(seat_statuses(showtime)) == {"blocked"}


@pytest.mark.django_db(transaction=True)
def test_customers_and_two_workers_at_once_end_the_same_way() -> None:
    showtime = make_showtime(rows="AB", seats_per_row=6)
    paid = [make_confirmed_booking(showtime, 2) for _number in range(4)]
    seats = seat_ids(showtime)
    waiting = order_of(hold_of(showtime, seats[8:10], SITI), visitor=SITI)
    at = timezone.now()
    ask_now = partial(request, showtime_id=showtime.pk, reason="x", user=None, at=at)

    run_concurrently(
        ask_now,
        ask_now,
        partial(hold_of, showtime, seats[10:], BUDI),
        *[partial(cancellation.cancel_booking, booking_id=b.pk, actor="x", at=at) for b in paid],
    )
    run_concurrently(*[partial(work, at)] * 2)
    work_to_the_end()

    cancelling = ShowtimeCancellation.objects.get()
    assert cancelling.finished_at is not None
    assert cancelling.orders_done <= cancelling.orders_planned
    assert set(seat_statuses(showtime)) == {"blocked"}
    assert [outcome(booking).status for booking in [*paid, waiting]] == ["cancelled"] * 5
    assert [booking.payments.get().refund_due_rupiah for booking in paid] == [2 * WHOLE] * 4
    assert book_violations() == []


def test_a_showing_that_has_begun_can_be_cancelled_too() -> None:
    showtime, paid = full_showtime()
    begun = AT - timedelta(minutes=20)
    Showtime.objects.update(starts_at=begun, sale_closes_at=begun)
    ask(showtime)

    work_to_the_end()

    assert [outcome(booking).status for booking in paid] == ["cancelled"] * 4

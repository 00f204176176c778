"""Staff refund tickets or an amount of one booking, alone or with a second person."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, EventKind, RefundBatch, Ticket
from bookings.refunds.goodwill import refundable_rupiah
from movies.models import Showtime
from tests.bookings.fixtures import outcome
from tests.clients import signed_in
from tests.factories import FEE_RUPIAH, make_confirmed_booking, make_event, make_manager

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

REASON = "The projector stopped for ten minutes"


@pytest.fixture
def booking(db: None) -> Booking:
    return make_confirmed_booking()


@pytest.fixture
def manager(booking: Booking) -> User:
    return make_manager(booking.showtime.studio.cinema)


def address(booking: Booking, page: str) -> str:
    return reverse(f"admin:bookings_booking_{page}", args=[booking.pk])


def refund(user: User, booking: Booking, **fields: Any) -> int:
    shown = {"reason": REASON, "left_rupiah": str(refundable_rupiah(booking))}
    answer = signed_in(user).post(address(booking, "cancel_tickets"), shown | fields)
    return answer.status_code


def seats(booking: Booking) -> list[int]:
    return list(booking.tickets.order_by("pk").values_list("showtime_seat__seat", flat=True))


def test_amount_is_given_back_and_all_tickets_stay_valid(booking: Booking, manager: User) -> None:
    status = refund(manager, booking, amount_rupiah="20.000")
    refund(manager, booking, amount_rupiah="86.001")  # more than is left

    end = outcome(booking)
    assert (status, end.status, end.tickets) == (302, "confirmed", ("live", "live"))
    assert end.refunds == ((20_000, "goodwill", "due"),)


def test_repeated_request_refunds_once(booking: Booking, manager: User) -> None:
    asked = {"amount_rupiah": "20000", "left_rupiah": "106000", "reason": REASON}
    client = signed_in(manager)
    page = client.get(address(booking, "cancel_tickets")).content.decode()

    answers = [client.post(address(booking, "cancel_tickets"), asked) for _click in range(2)]
    unseen = refund(manager, booking, amount_rupiah="20000", left_rupiah="")

    again = answers[1].content.decode()
    assert 'name="left_rupiah" value="106000"' in page
    assert ([answer.status_code for answer in answers], unseen) == ([302, 200], 200)
    assert ('name="left_rupiah" value="86000"' in again, "Rp86" in again) == (True, True)
    assert outcome(booking).refunds == ((20_000, "goodwill", "due"),)


def test_amount_cannot_be_split_to_avoid_the_second_person(
    booking: Booking, manager: User, settings: Any
) -> None:
    settings.REFUND_ALONE_MAX_RUPIAH = 30_000
    answers = [refund(manager, booking, amount_rupiah="20000") for _part in range(3)]

    assert answers == [302, 302, 200]  # the third one finds the second one waiting
    assert list(RefundBatch.objects.order_by("pk").values_list("needs_second_person")) == [
        (False,),
        (True,),
    ]
    assert outcome(booking).refunds == ((20_000, "goodwill", "due"),)


def test_ticket_after_an_amount_brings_what_is_left(booking: Booking, manager: User) -> None:
    refund(manager, booking, amount_rupiah=str(booking.total_rupiah - 10_000))
    refund(manager, booking, seats=seats(booking))

    end = outcome(booking)
    assert (end.status, sum(amount for amount, _reason, _status in end.refunds)) == (
        "cancelled",
        booking.total_rupiah,
    )


def test_ticket_is_refunded_without_its_fee(booking: Booking, manager: User) -> None:
    refund(manager, booking, seats=seats(booking)[:1], keeps_fee="on")

    price_rupiah = booking.tickets.order_by("pk")[0].paid_rupiah - FEE_RUPIAH
    assert outcome(booking).refunds == ((price_rupiah, "cancellation", "due"),)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"amount_rupiah": "0"},
        {"amount_rupiah": "-5"},
        {"amount_rupiah": "60.00"},
        {"amount_rupiah": "1.000.000"},
        {"seats": [0]},
        {"amount_rupiah": "1000", "seats": "own"},
        {"seats": "own", "reason": ""},
    ],
)
def test_unclear_refunds_change_nothing(
    booking: Booking, manager: User, fields: dict[str, Any]
) -> None:
    asked = fields | ({"seats": seats(booking)} if fields.get("seats") == "own" else {})

    assert refund(manager, booking, **asked) == 200
    assert (outcome(booking).refunds, RefundBatch.objects.exists()) == ((), False)


def test_after_the_show_began_a_second_person_approves(booking: Booking, manager: User) -> None:
    Showtime.objects.filter(pk=booking.showtime_id).update(
        starts_at=timezone.now() - timedelta(minutes=5)
    )
    refund(manager, booking, amount_rupiah="20000")
    batch = RefundBatch.objects.get()
    approve = reverse("admin:bookings_refundbatch_approve", args=[batch.pk])

    signed_in(manager).post(approve)
    alone = outcome(booking).refunds
    signed_in(make_manager(booking.showtime.studio.cinema)).post(approve)

    assert (alone, outcome(booking).refunds) == ((), ((20_000, "goodwill", "due"),))


def test_ticket_admitted_after_the_request_is_not_refunded(booking: Booking, manager: User) -> None:
    Showtime.objects.filter(pk=booking.showtime_id).update(
        starts_at=timezone.now() - timedelta(minutes=5)
    )
    refund(manager, booking, seats=seats(booking)[:1])
    Ticket.objects.filter(showtime_seat__seat=seats(booking)[0]).update(
        checked_in_at=timezone.now()
    )
    approve = reverse("admin:bookings_refundbatch_approve", args=[RefundBatch.objects.get().pk])

    signed_in(make_manager(booking.showtime.studio.cinema)).post(approve)

    item = RefundBatch.objects.get().items.get()
    assert (item.status, outcome(booking).tickets) == ("left_out", ("live", "live"))


def admit(booking: Booking, *seat_ids: int) -> None:
    admitted = booking.tickets.filter(showtime_seat__seat__in=seat_ids)
    admitted.update(checked_in_at=timezone.now())


def decision_page(booking: Booking, batch: RefundBatch) -> str:
    colleague = signed_in(make_manager(booking.showtime.studio.cinema))
    page = colleague.get(reverse("admin:bookings_refundbatch_approve", args=[batch.pk]))
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_second_person_sees_seats_fee_and_admissions(booking: Booking, manager: User) -> None:
    first, second = seats(booking)
    admit(booking, first)

    refund(manager, booking, seats=[first, second], keeps_fee="on")
    page = decision_page(booking, RefundBatch.objects.get())

    told = "The tickets become void. The service fee is kept. A1 · admitted A2"
    assert (told in page, "since the request" in page) == (True, False)


def test_second_person_sees_that_no_ticket_is_cancelled(
    booking: Booking, manager: User, settings: Any
) -> None:
    settings.REFUND_ALONE_MAX_RUPIAH = 1
    refund(manager, booking, amount_rupiah="20000")

    page = decision_page(booking, RefundBatch.objects.get())

    assert "Rp20,000 · Only an amount is given back; all tickets stay valid." in page
    assert "become void" not in page


@pytest.mark.parametrize("change", ["admitted", "moved"])
def test_tickets_changed_since_the_request_are_not_refunded(
    booking: Booking, manager: User, change: str
) -> None:
    first, second = seats(booking)
    admit(booking, first)
    refund(manager, booking, seats=[first, second])
    if change == "admitted":
        admit(booking, second)
    else:
        make_event(booking, EventKind.TICKETS_MOVED)
    batch = RefundBatch.objects.get()

    page = decision_page(booking, batch)
    colleague = signed_in(make_manager(booking.showtime.studio.cinema))
    colleague.post(reverse("admin:bookings_refundbatch_approve", args=[batch.pk]))

    assert "since the request: this booking is left out." in page
    assert list(batch.items.values_list("status", "detail")) == [("left_out", "tickets_changed")]
    assert (outcome(booking).tickets, outcome(booking).refunds) == (("live", "live"), ())

"""Checkout from held seats to a booking. Abandoning: test_abandon; payment: test_start_payment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookings.errors import BookingClosed, TicketsMismatch, TicketTypeUnknown, VoucherRefused
from bookings.models import Booking, Payment, Ticket, Voucher
from bookings.models.booking import full_refund_terms
from bookings.orders.checkout import quote_hold
from bookings.orders.pricing import Quote, QuotedTicket
from bookings.settlement.start_payment import start_payment
from core.errors import LayarError
from movies.errors import ShowtimeClosed
from movies.models import Showtime
from seating.errors import HoldExpired, HoldNotFound, HoldSealed
from seating.holds import transitions
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import (
    BUDI,
    SITI,
    Outcome,
    hold_of,
    order_of,
    outcome,
    pass_time,
    seat_ids,
    seat_statuses,
)
from tests.factories import make_showtime, make_ticket_type, make_user, make_voucher

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

RETURN_URL = "http://testserver/bookings/X/return/"
WAITING = Outcome("pending", ("held", "held"), ("line", "line"), (), ("created",), 0)


def held_pair(**fields: Any) -> tuple[Showtime, transitions.HeldSeats]:
    showtime = make_showtime(rows="A", seats_per_row=4, **fields)
    return showtime, hold_of(showtime, seat_ids(showtime)[:2])


def start(booking: Booking, provider: str = "paper") -> Payment:
    return start_payment(
        booking_id=booking.pk, provider=provider, return_url=RETURN_URL, at=timezone.now()
    )


def test_open_booking_prices_seals_and_keeps_everything() -> None:
    showtime, held = held_pair()
    make_ticket_type("adult"), make_ticket_type("child", price_percent=75)
    voucher, user, at = make_voucher(code="HEMAT20", value=20_000), make_user(), timezone.now()
    first, second = (seat.seat_id for seat in held.seats)

    booking = order_of(
        held,
        user=user,
        ticket_types={first: "adult", second: "child"},
        voucher_code=" hemat20 ",
        language="en",
        at=at,
    )

    kept = Booking.objects.values().get(pk=booking.pk)
    tax = round(67_500 / 11)  # without a rule: the legal maximum of 10 %
    assert kept == {
        "id": booking.pk,
        "code": booking.code,
        "showtime_id": showtime.pk,
        "hold_id": held.hold_id,
        "user_id": user.pk,
        "visitor": SITI,
        "contact_name": "Siti Rahma",
        "contact_email": "siti@example.com",
        "contact_phone": "+6281234567890",
        "language": "en",
        "status": "pending",
        "currency": "IDR",
        "seats_rupiah": 87_500,
        "fee_rupiah": 6_000,
        "discount_rupiah": 20_000,
        "total_rupiah": 73_500,
        "tax_rupiah": tax,
        "voucher_id": voucher.pk,
        "created_at": at,
        "expires_at": held.expires_at,
        "confirmed_at": None,
        "cancelled_at": None,
        "expired_at": None,
        "failed_at": None,
        "cancellation_terms": full_refund_terms(),
    } | {"tax_rule_id": None, "link_version": 0}
    assert list(
        booking.tickets.order_by("pk").values_list(
            "showtime_seat__seat_id",
            "ticket_type__code",
            "seat_price_rupiah",
            "price_rupiah",
            "fee_rupiah",
            "discount_rupiah",
        )
    ) == [
        (first, "adult", 50_000, 50_000, 3_000, 11_429),
        (second, "child", 50_000, 37_500, 3_000, 8_571),
    ]
    assert list(booking.events.values_list("kind", "at", "actor", "amount_rupiah", "facts")) == [
        ("created", at, SITI, 0, {"agreed": {"terms": 0, "privacy": 0}})
    ]
    assert transitions.get_hold(hold_id=held.hold_id, visitor=SITI).is_sealed is True
    assert outcome(booking) == Outcome(
        "pending", ("held", "held"), ("line", "line"), (), ("created",), 0, voucher_uses=1
    )


def test_quote_hold_is_what_the_order_then_costs() -> None:
    _showtime, held = held_pair()
    make_ticket_type(), make_voucher(code="HEMAT10", value=10_000)
    chosen = {seat.seat_id: "adult" for seat in held.seats}

    quoted = quote_hold(hold=held, ticket_types=chosen, voucher_code="HEMAT10", at=timezone.now())

    assert quoted == Quote(
        tickets=(QuotedTicket(50_000, 50_000, 3_000, 5_000, 4_091),) * 2,
        seats_rupiah=100_000,
        fee_rupiah=6_000,
        discount_rupiah=10_000,
        total_rupiah=96_000,
        tax_rupiah=8_182,
        tax_basis_points=1_000,
    )
    booking = order_of(held, voucher_code="HEMAT10")
    assert (booking.total_rupiah, booking.tax_rupiah) == (96_000, 8_182)


def test_open_booking_again_names_the_order_there_is() -> None:
    _showtime, held = held_pair()
    booking = order_of(held)

    with pytest.raises(HoldSealed) as refused:
        order_of(held)

    assert refused.value.facts == {"booking": booking.code}
    assert (Booking.objects.count(), Ticket.objects.count()) == (1, 2)
    assert outcome(booking) == WAITING


@pytest.mark.parametrize(
    ("choose", "error"),
    [
        (lambda ids: {}, TicketsMismatch),
        (lambda ids: {ids[0]: "adult"}, TicketsMismatch),
        (lambda ids: dict.fromkeys(ids[:3], "adult"), TicketsMismatch),
        (lambda ids: {ids[0]: "adult", ids[2]: "adult"}, TicketsMismatch),
        (lambda ids: {ids[0]: "adult", ids[1]: "nobility"}, TicketTypeUnknown),
        (lambda ids: {ids[0]: "adult", ids[1]: "withdrawn"}, TicketTypeUnknown),
        (lambda ids: {ids[0]: "adult", ids[1]: ""}, TicketTypeUnknown),
    ],
    ids=["none", "missing", "extra", "another seat", "unknown", "withdrawn", "empty"],
)
def test_wrong_ticket_types_open_nothing(choose: Any, error: type[LayarError]) -> None:
    showtime, held = held_pair()
    make_ticket_type("withdrawn", is_offered=False)

    with pytest.raises(error):
        order_of(held, ticket_types=choose(seat_ids(showtime)))

    assert Booking.objects.count() == 0
    assert transitions.get_hold(hold_id=held.hold_id, visitor=SITI).is_sealed is False
    assert seat_statuses(showtime) == ["held", "held", "available", "available"]


@pytest.mark.parametrize(
    "voucher",
    [
        None,
        {"valid_until": timezone.now() - timedelta(hours=1)},
        {"valid_from": timezone.now() + timedelta(hours=1)},
        {"max_uses": 3, "uses": 3},
    ],
    ids=["unknown", "over", "not yet", "used up"],
)
def test_refused_voucher_keeps_the_seats_and_the_choice(voucher: dict[str, Any] | None) -> None:
    showtime, held = held_pair()
    if voucher is not None:
        make_voucher(code="HEMAT", **voucher)
    uses = list(Voucher.objects.values_list("uses", flat=True))

    with pytest.raises(VoucherRefused):
        order_of(held, voucher_code="HEMAT")

    assert Booking.objects.count() == 0
    assert list(Voucher.objects.values_list("uses", flat=True)) == uses
    now = transitions.get_hold(hold_id=held.hold_id, visitor=SITI)
    assert (now.seats, now.expires_at, now.is_sealed) == (held.seats, held.expires_at, False)
    assert seat_statuses(showtime) == ["held", "held", "available", "available"]


def test_expired_hold_opens_no_order() -> None:
    _showtime, held = held_pair()
    pass_time(301)

    with pytest.raises(HoldExpired):
        order_of(held)

    assert Booking.objects.count() == 0


def test_hold_whose_seat_was_taken_over_after_its_time_opens_no_order() -> None:
    showtime, held = held_pair()
    pass_time(301)
    taken = hold_of(showtime, seat_ids(showtime)[:1], BUDI)

    with pytest.raises(HoldExpired):
        order_of(held)

    booking = order_of(taken, visitor=BUDI)
    assert outcome(booking).seats == ("held",)
    assert Booking.objects.count() == 1


def test_foreign_visitor_finds_no_hold() -> None:
    _showtime, held = held_pair()

    with pytest.raises(HoldNotFound):
        order_of(held, visitor=BUDI)

    assert Booking.objects.count() == 0


def test_cancelled_showtime_opens_no_order_and_starts_no_payment(bank: FakeProvider) -> None:
    showtime, held = held_pair()
    waiting = order_of(hold_of(showtime, seat_ids(showtime)[2:], BUDI), visitor=BUDI)
    Showtime.objects.update(cancelled_at=timezone.now())

    with pytest.raises(ShowtimeClosed):
        order_of(held)
    with pytest.raises(BookingClosed):
        start(waiting)

    assert list(Booking.objects.all()) == [waiting]
    assert (bank.asked, outcome(waiting)) == ([], WAITING)

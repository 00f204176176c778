"""Limits on a customer's uses of a voucher."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from bookings.errors import VoucherRefused
from bookings.models import Booking, Voucher
from bookings.orders.pricing import Quote, QuoteLine, quote
from core.db.mailbox import Mailbox, mailbox_of
from movies.models import Showtime
from tests.bookings.fixtures import CONTACT, hold_of, order_of, pass_time, seat_ids, settle_as
from tests.bookings.test_vouchers import order
from tests.factories import (
    make_booking,
    make_confirmed_booking,
    make_showtime,
    make_user,
    make_voucher,
)

pytestmark = pytest.mark.django_db

AT = timezone.now()
MONDAY = date(2026, 11, 23)


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="A", seats_per_row=6, business_date=MONDAY)


def refusal_of(call: Callable[[], Any]) -> tuple[str, dict[str, Any]]:
    with pytest.raises(VoucherRefused) as refused:
        call()
    return refused.value.code, refused.value.facts


def priced(*prices: int) -> Quote:
    lines = [QuoteLine(price, 100) for price in prices]
    return quote(lines, fee_rupiah=3_000, tax_basis_points=0)


def test_an_account_uses_a_voucher_as_often_as_one_customer_may(showtime: Showtime) -> None:
    voucher = make_voucher(max_uses_per_customer=1)
    siti = make_user()
    others = [
        type(CONTACT)(CONTACT.name, f"{name}@example.com") for name in ("adik", "budi", "wati")
    ]
    order(showtime, "web:1", user=siti, voucher_code=voucher.code)

    refused = refusal_of(
        lambda: order(showtime, "web:2", user=siti, contact=others[0], voucher_code=voucher.code)
    )

    assert refused == ("voucher_customer_limit", {"uses_max": 1})
    voucher.refresh_from_db()
    assert (voucher.uses, Booking.objects.count()) == (1, 1)
    order(showtime, "web:3", user=make_user(), contact=others[1], voucher_code=voucher.code)
    order(showtime, "web:4", contact=others[2], voucher_code=voucher.code)


@pytest.mark.parametrize(
    ("email", "phone"),
    [
        ("S.iti+second@Example.com", ""),
        ("another@example.com", "+6281200000777"),
    ],
)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_a_person_is_one_customer_with_other_spellings_and_accounts(
    showtime: Showtime, email: str, phone: str, is_signed_in: bool
) -> None:
    voucher = make_voucher(max_uses_per_customer=1)
    contact = type(CONTACT)
    first = contact(CONTACT.name, "siti@example.com", "+6281200000777")
    order(showtime, "web:1", contact=first, voucher_code=voucher.code)
    user = make_user() if is_signed_in else None

    refused = refusal_of(
        lambda: order(
            showtime,
            "web:2",
            user=user,
            contact=contact(CONTACT.name, email, phone),
            voucher_code=voucher.code,
        )
    )

    assert refused == ("voucher_customer_limit", {"uses_max": 1})


@pytest.mark.parametrize("email", ["S.iti+second@Example.com", "a+b.c+d@x.y.example", "a@b", ""])
def test_mailbox_is_the_same_in_python_and_sql(email: str) -> None:
    booking = make_booking(contact_email=email)

    [in_sql] = Booking.objects.filter(pk=booking.pk).values_list(
        Mailbox("contact_email"), flat=True
    )

    assert mailbox_of(email) == ("" if not email else in_sql)


def test_a_guest_is_known_by_email_however_it_is_typed(showtime: Showtime) -> None:
    voucher = make_voucher(max_uses_per_customer=2)
    upper = type(CONTACT)(CONTACT.name, CONTACT.email.upper())
    order(showtime, "web:1", voucher_code=voucher.code)
    order(showtime, "web:2", contact=upper, voucher_code=voucher.code)

    refused = refusal_of(lambda: order(showtime, "web:3", voucher_code=voucher.code))

    assert refused == ("voucher_customer_limit", {"uses_max": 2})


def test_voucher_use_is_returned_when_the_booking_ends(showtime: Showtime) -> None:
    voucher = make_voucher(max_uses_per_customer=1)
    gone = order(showtime, "web:1", voucher_code=voucher.code)
    Booking.objects.filter(pk=gone.pk).update(status="expired", expired_at=AT)
    Voucher.objects.update(uses=0)

    order(showtime, "web:2", voucher_code=voucher.code)

    voucher.refresh_from_db()
    assert voucher.uses == 1


def test_late_payment_does_not_exceed_the_limit_per_customer() -> None:
    """The expired booking returned its use; another one of the same customer redeemed it."""
    voucher = make_voucher(max_uses_per_customer=1)
    late = make_booking(contact_email="siti@example.com", voucher=voucher, seats=1)
    Booking.objects.filter(pk=late.pk).update(status="expired", expired_at=AT)
    pass_time(400)
    make_confirmed_booking(contact_email="SITI@example.com", voucher=voucher)
    Voucher.objects.update(uses=1)

    settle_as(late.payments.get())

    late.refresh_from_db()
    voucher.refresh_from_db()
    assert (late.status, voucher.uses) == ("expired", 1)
    assert list(late.payments.get().refunds.values_list("reason", flat=True)) == ["late"]


def test_seats_are_priced_with_the_voucher_of_the_order(showtime: Showtime) -> None:
    voucher = make_voucher(kind="buy_get", value=1, max_uses_per_customer=1)
    held = hold_of(showtime, seat_ids(showtime)[:3])

    booking = order_of(held, voucher_code=voucher.code)

    assert (booking.seats_rupiah, booking.discount_rupiah, booking.total_rupiah) == (
        150_000,
        50_000,
        109_000,
    )

"""Payments after the backup: rebuilt from the provider's records, or refunded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from bookings.models import Booking, Payment
from bookings.payments import order_notes
from bookings.refunds.refunds import send_due_refunds
from bookings.settlement import recovery
from bookings.settlement.reconciliation import reconcile
from bookings.settlement.start_payment import start_payment
from movies.models import Showtime
from notifications.models import Message
from reports.models import Incident
from tests.bookings.fixtures import (
    BUDI,
    SITI,
    Outcome,
    book_violations,
    hold_of,
    order_of,
    outcome,
    seat_ids,
    settle_as,
)
from tests.bookings.outcomes import CONFIRMED, PAID, TOTAL
from tests.factories import make_showtime, make_ticket_type, make_voucher
from tests.payments.conftest import RETURN_URL
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.fakes.stripe import FakeStripe
from tests.payments.providers import MidtransDriver, ProviderDriver, StripeDriver

pytestmark = pytest.mark.django_db

REBUILT = Outcome(
    "confirmed",
    ("ours", "ours"),
    ("live", "live"),
    (PAID,),
    ("created", "payment_started", "payment_succeeded", "confirmed"),
    TOTAL,
)


class _Restored(Exception):
    pass


@contextmanager
def restored() -> Iterator[None]:
    """Roll back what the block writes, as a restore does; the provider keeps its records."""
    try:
        with transaction.atomic():
            yield
            raise _Restored
    except _Restored:
        pass


def bought(driver: ProviderDriver, showtime: Showtime | None = None, **other: Any) -> Payment:
    showtime = showtime or make_showtime()
    booking = order_of(hold_of(showtime, seat_ids(showtime)[:2]), **other)
    return paid(driver, booking)


def paid(driver: ProviderDriver, booking: Booking) -> Payment:
    payment = start_payment(
        booking_id=booking.pk, provider=driver.name, return_url=RETURN_URL, at=timezone.now()
    )
    driver.pay(payment)
    settle_as(payment)
    payment.refresh_from_db()
    return payment


def bought_and_lost(driver: ProviderDriver, **other: Any) -> tuple[Payment, Booking]:
    showtime = make_showtime()
    make_ticket_type()
    with restored():
        payment = bought(driver, showtime, **other)
        booking = Booking.objects.get(pk=payment.booking_id)
    assert not Booking.objects.exists()
    return payment, booking


def recovered(driver: ProviderDriver, *, refund_lost: bool = False) -> list[str]:
    at = timezone.now()
    found = recovery.recover_day(
        provider=driver.name, day=at.astimezone(UTC).date(), refund_lost=refund_lost, at=at
    )
    return [each.kind.value for each in found]


def incidents() -> list[str]:
    return list(Incident.objects.values_list("summary", flat=True))


@pytest.fixture
def driver(stripe: FakeStripe) -> ProviderDriver:
    return StripeDriver(stripe)


def test_lost_booking_is_rebuilt_unchanged(driver: ProviderDriver, stripe: FakeStripe) -> None:
    showtime = make_showtime()
    make_ticket_type()
    with restored():
        payment = bought(driver, showtime)
        booking = Booking.objects.get(pk=payment.booking_id)
        serials = set(booking.tickets.values_list("serial", flat=True))
    stripe.sessions[payment.reference or ""]["customer_details"] = {"email": "siti@example.com"}

    assert recovered(driver) == ["rebuilt"]
    assert recovered(driver) == []
    assert outcome(booking) == REBUILT
    again = Booking.objects.get(pk=booking.pk)
    assert (again.code, again.total_rupiah, again.tax_rupiah, again.contact_name) == (
        booking.code,
        booking.total_rupiah,
        booking.tax_rupiah,
        "",
    )
    assert set(again.tickets.values_list("serial", flat=True)) == serials
    assert list(Message.objects.values_list("kind", "recipient")) == [
        ("booking_confirmed", "siti@example.com")
    ]
    assert incidents() == ["stripe: Lost in the restore, made again from the provider's record"]
    assert reconcile("stripe", timezone.now().astimezone(UTC).date(), timezone.now()).found == []
    assert book_violations() == []


def test_lost_booking_whose_seat_is_taken_is_refunded(driver: ProviderDriver) -> None:
    payment, booking = bought_and_lost(driver)
    showtime = Showtime.objects.get(pk=booking.showtime_id)
    hold_of(showtime, seat_ids(showtime)[1:2], BUDI)

    assert recovered(driver) == ["owed_back"]
    send_due_refunds(timezone.now())

    assert outcome(booking) == Outcome(
        "expired",
        ("available", "held"),
        ("line", "line"),
        (("succeeded", TOTAL, TOTAL, TOTAL, False),),
        ("created", "payment_started", "payment_succeeded", "refund_due", "refunded"),
        0,
        refunds=((TOTAL, "late", "refunded"),),
    )
    assert driver.refunded_rupiah(payment) == TOTAL
    assert book_violations() == []


def test_payment_for_a_lost_showtime_is_refunded_once(driver: ProviderDriver) -> None:
    with restored():
        payment = bought(driver)

    assert [recovered(driver), recovered(driver)] == [["sent_back"], []]
    assert driver.refunded_rupiah(payment) == TOTAL
    assert not Booking.objects.exists()


def test_rebuilt_booking_redeems_its_voucher_again(driver: ProviderDriver) -> None:
    voucher = make_voucher(max_uses=1)
    _payment, booking = bought_and_lost(driver, voucher_code=voucher.code)

    assert recovered(driver) == ["rebuilt"]
    assert outcome(booking).voucher_uses == 1
    assert book_violations() == []


def test_lost_payment_of_a_known_booking_is_applied(driver: ProviderDriver) -> None:
    """The booking was made before the backup, its payment started after it."""
    showtime = make_showtime()
    booking = order_of(hold_of(showtime, seat_ids(showtime)[:2]))
    with restored():
        paid(driver, booking)

    assert recovered(driver) == ["rebuilt"]
    assert outcome(booking) == CONFIRMED


@pytest.mark.parametrize("note", ["", "[]", "[2]", "{}", "x", '[1,"a","B",1,"id",0,null,0,[[]]]'])
def test_payment_without_our_note_is_left_unless_requested(
    driver: ProviderDriver, stripe: FakeStripe, note: str
) -> None:
    payment, _booking = bought_and_lost(driver)
    stripe.sessions[payment.reference or ""]["metadata"] = {"order_0": note}

    assert [recovered(driver), driver.refunded_rupiah(payment)] == [["unknown"], 0]
    assert recovered(driver, refund_lost=True) == ["sent_back"]
    assert driver.refunded_rupiah(payment) == TOTAL


def test_partly_refunded_payment_is_left(driver: ProviderDriver, stripe: FakeStripe) -> None:
    payment, _booking = bought_and_lost(driver)
    intent = stripe.intents[stripe.sessions[payment.reference or ""]["payment_intent"]]
    intent["latest_charge"]["amount_refunded"] = 5_000_000

    assert recovered(driver, refund_lost=True) == ["unknown"]
    assert not Booking.objects.exists()


def test_unpaid_and_known_payments_are_left_alone(driver: ProviderDriver) -> None:
    bought(driver)
    showtime = make_showtime()
    with restored():
        start_payment(
            booking_id=order_of(hold_of(showtime, seat_ids(showtime)[:1], BUDI), visitor=BUDI).pk,
            provider=driver.name,
            return_url=RETURN_URL,
            at=timezone.now(),
        )

    assert recovered(driver) == []


def test_notes_of_large_orders_fit_and_hold_no_personal_data(driver: ProviderDriver) -> None:
    showtime = make_showtime()
    booking = order_of(hold_of(showtime, seat_ids(showtime)[:8], SITI))
    payment = Payment(booking=booking, created_at=timezone.now())

    text = order_notes.serialize(payment)
    note = order_notes.parse(text)

    assert note is not None
    assert len(note.tickets) == 8
    assert (note.booking_id, note.code, note.total_rupiah) == (
        booking.pk,
        booking.code,
        booking.total_rupiah,
    )
    assert not any(word in text.lower() for word in ("siti", "example", "8123"))


def test_command_takes_references_where_there_is_no_list(
    midtrans: FakeMidtrans, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    driver = MidtransDriver(midtrans)
    payment, _booking = bought_and_lost(driver)
    file = tmp_path / "ids.txt"
    file.write_text(f"{payment.pk}\nno-order-of-theirs\n")
    since = timezone.now() - timedelta(hours=1)

    call_command(
        "recover_payments", "--refund-lost", since=since, references=file, provider=["midtrans"]
    )

    assert capsys.readouterr().out == (
        f"midtrans {payment.pk}: Lost in the restore, cannot be made again: money sent back\n"
    )
    assert driver.refunded_rupiah(payment) == TOTAL


def test_command_fails_while_something_is_left(driver: ProviderDriver, stripe: FakeStripe) -> None:
    payment, _booking = bought_and_lost(driver)
    stripe.sessions[payment.reference or ""]["metadata"] = {}

    with pytest.raises(CommandError, match="1 left for a person"):
        call_command("recover_payments", since=timezone.now(), provider=["stripe"])
    with pytest.raises(CommandError, match="60 days"):
        call_command("recover_payments", since=datetime(2020, 1, 1), provider=["stripe"])  # noqa: DTZ001

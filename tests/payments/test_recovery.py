"""Paid after the backup, then restored: the provider's record makes the order again, or repays."""

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
from tests.payments.tills import MidtransTill, StripeTill, Till

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
    """What the block writes is not in the database that goes on; the bank forgets nothing."""
    try:
        with transaction.atomic():
            yield
            raise _Restored
    except _Restored:
        pass


def bought(till: Till, showtime: Showtime | None = None, **other: Any) -> Payment:
    showtime = showtime or make_showtime()
    booking = order_of(hold_of(showtime, seat_ids(showtime)[:2]), **other)
    return paid(till, booking)


def paid(till: Till, booking: Booking) -> Payment:
    payment = start_payment(
        booking_id=booking.pk, provider=till.name, return_url=RETURN_URL, at=timezone.now()
    )
    till.pay(payment)
    settle_as(payment)
    payment.refresh_from_db()
    return payment


def bought_and_lost(till: Till, **other: Any) -> tuple[Payment, Booking]:
    showtime = make_showtime()
    make_ticket_type()
    with restored():
        payment = bought(till, showtime, **other)
        booking = Booking.objects.get(pk=payment.booking_id)
    assert not Booking.objects.exists()
    return payment, booking


def recovered(till: Till, *, refund_lost: bool = False) -> list[str]:
    at = timezone.now()
    found = recovery.recover_day(
        provider=till.name, day=at.astimezone(UTC).date(), refund_lost=refund_lost, at=at
    )
    return [each.kind.value for each in found]


def incidents() -> list[str]:
    return list(Incident.objects.values_list("summary", flat=True))


@pytest.fixture
def till(stripe: FakeStripe) -> Till:
    return StripeTill(stripe)


def test_lost_order_is_made_again_as_it_was(till: Till, stripe: FakeStripe) -> None:
    showtime = make_showtime()
    make_ticket_type()
    with restored():
        payment = bought(till, showtime)
        booking = Booking.objects.get(pk=payment.booking_id)
        serials = set(booking.tickets.values_list("serial", flat=True))
    stripe.sessions[payment.reference or ""]["customer_details"] = {"email": "siti@example.com"}

    assert recovered(till) == ["rebuilt"]
    assert recovered(till) == []
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


def test_lost_order_whose_seat_is_gone_is_refunded(till: Till) -> None:
    payment, booking = bought_and_lost(till)
    showtime = Showtime.objects.get(pk=booking.showtime_id)
    hold_of(showtime, seat_ids(showtime)[1:2], BUDI)

    assert recovered(till) == ["owed_back"]
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
    assert till.refunded_rupiah(payment) == TOTAL
    assert book_violations() == []


def test_lost_order_of_a_lost_showtime_is_sent_back_once(till: Till) -> None:
    with restored():
        payment = bought(till)

    assert [recovered(till), recovered(till)] == [["sent_back"], []]
    assert till.refunded_rupiah(payment) == TOTAL
    assert not Booking.objects.exists()


def test_payment_with_a_voucher_takes_its_use_again(till: Till) -> None:
    voucher = make_voucher(max_uses=1)
    _payment, booking = bought_and_lost(till, voucher_code=voucher.code)

    assert recovered(till) == ["rebuilt"]
    assert outcome(booking).voucher_uses == 1
    assert book_violations() == []


def test_second_attempt_of_an_order_that_we_know_is_applied(till: Till) -> None:
    """The order was made before the backup, its payment begun after it."""
    showtime = make_showtime()
    booking = order_of(hold_of(showtime, seat_ids(showtime)[:2]))
    with restored():
        paid(till, booking)

    assert recovered(till) == ["rebuilt"]
    assert outcome(booking) == CONFIRMED


@pytest.mark.parametrize("note", ["", "[]", "[2]", "{}", "x", '[1,"a","B",1,"id",0,null,0,[[]]]'])
def test_payment_without_our_note_is_left_unless_told(
    till: Till, stripe: FakeStripe, note: str
) -> None:
    payment, _booking = bought_and_lost(till)
    stripe.sessions[payment.reference or ""]["metadata"] = {"order_0": note}

    assert [recovered(till), till.refunded_rupiah(payment)] == [["unknown"], 0]
    assert recovered(till, refund_lost=True) == ["sent_back"]
    assert till.refunded_rupiah(payment) == TOTAL


def test_payment_that_partly_went_back_is_left(till: Till, stripe: FakeStripe) -> None:
    payment, _booking = bought_and_lost(till)
    intent = stripe.intents[stripe.sessions[payment.reference or ""]["payment_intent"]]
    intent["latest_charge"]["amount_refunded"] = 5_000_000

    assert recovered(till, refund_lost=True) == ["unknown"]
    assert not Booking.objects.exists()


def test_unpaid_and_known_payments_are_left_alone(till: Till) -> None:
    bought(till)
    showtime = make_showtime()
    with restored():
        start_payment(
            booking_id=order_of(hold_of(showtime, seat_ids(showtime)[:1], BUDI), visitor=BUDI).pk,
            provider=till.name,
            return_url=RETURN_URL,
            at=timezone.now(),
        )

    assert recovered(till) == []


def test_notes_of_large_orders_fit_and_hold_no_personal_data(till: Till) -> None:
    showtime = make_showtime()
    booking = order_of(hold_of(showtime, seat_ids(showtime)[:8], SITI))
    payment = Payment(booking=booking, created_at=timezone.now())

    text = order_notes.written(payment)
    note = order_notes.read(text)

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
    till = MidtransTill(midtrans)
    payment, _booking = bought_and_lost(till)
    file = tmp_path / "ids.txt"
    file.write_text(f"{payment.pk}\nno-order-of-theirs\n")
    since = timezone.now() - timedelta(hours=1)

    call_command(
        "recover_payments", "--refund-lost", since=since, references=file, provider=["midtrans"]
    )

    assert capsys.readouterr().out == (
        f"midtrans {payment.pk}: Lost in the restore, cannot be made again: money sent back\n"
    )
    assert till.refunded_rupiah(payment) == TOTAL


def test_command_fails_while_something_is_left(till: Till, stripe: FakeStripe) -> None:
    payment, _booking = bought_and_lost(till)
    stripe.sessions[payment.reference or ""]["metadata"] = {}

    with pytest.raises(CommandError, match="1 left for a person"):
        call_command("recover_payments", since=timezone.now(), provider=["stripe"])
    with pytest.raises(CommandError, match="60 days"):
        call_command("recover_payments", since=datetime(2020, 1, 1), provider=["stripe"])  # noqa: DTZ001

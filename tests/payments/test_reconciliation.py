"""A day of payments compared with the provider: what differs is healed or told, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from bookings.errors import ProviderUnknown
from bookings.models import Booking, ManualPayout, Payment, PaymentStatus
from bookings.payments import http
from bookings.refunds import payouts
from bookings.refunds.cancellation import cancel_booking
from bookings.refunds.refunds import send_due_refunds
from bookings.settlement import reconciliation
from bookings.settlement.reconciliation import Discrepancy, reconcile
from bookings.settlement.start_payment import start_payment
from bookings.signals import payment_discrepancy
from tests.bookings.fixtures import (
    BUDI,
    SITI,
    book_violations,
    hold_of,
    order_of,
    outcome,
    seat_ids,
    settle_as,
)
from tests.bookings.outcomes import CONFIRMED, TOTAL
from tests.factories import make_showtime, make_user
from tests.payments.conftest import RETURN_URL
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.fakes.stripe import FakeStripe
from tests.payments.tills import MidtransTill, StripeTill, Till

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Iterator[list[Discrepancy]]:
    """What is sent to the floors above."""
    heard: list[Discrepancy] = []

    def listen(sender: object, discrepancy: Discrepancy, at: datetime, **_more: Any) -> None:
        heard.append(discrepancy)

    payment_discrepancy.connect(listen)
    yield heard
    payment_discrepancy.disconnect(listen)


@pytest.fixture(autouse=True)
def _books(db: None) -> Iterator[None]:
    yield
    assert book_violations() == []


def order(visitor: str = SITI) -> Booking:
    showtime = make_showtime()
    return order_of(hold_of(showtime, seat_ids(showtime)[:2], visitor), visitor=visitor)


def started(till: Till, booking: Booking | None = None) -> Payment:
    return start_payment(
        booking_id=(booking or order()).pk,
        provider=till.name,
        return_url=RETURN_URL,
        at=timezone.now(),
    )


def paid(till: Till) -> Payment:
    """Paid, told, and confirmed with us."""
    payment = started(till)
    till.pay(payment)
    settle_as(payment)
    payment.refresh_from_db()
    return payment


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def compared(till: Till) -> tuple[int, list[tuple[str, Any, bool]]]:
    run = reconcile(till.name, today(), timezone.now())
    return run.compared, [(each.kind, each.payment_id, each.is_healed) for each in run.found]


def test_day_that_agrees_finds_nothing(till: Till, told: list[Discrepancy]) -> None:
    paid(till)
    started(till, order(BUDI))

    assert compared(till) == (2, [])
    assert told == []


def test_success_that_nobody_told_us_is_healed(till: Till, told: list[Discrepancy]) -> None:
    booking = order()
    payment = started(till, booking)
    till.pay(payment)

    assert compared(till) == (1, [("state", payment.pk, True)])
    assert compared(till) == (1, [])
    assert outcome(booking) == CONFIRMED
    assert told == []


def test_success_after_we_gave_it_up_is_healed(till: Till) -> None:
    booking = order()
    payment = started(till, booking)
    settle_as(payment, "failed")
    till.pay(payment)

    assert compared(till) == (1, [("state", payment.pk, True)])
    assert outcome(booking).status == "confirmed"


def test_end_that_nobody_told_us_is_healed(till: Till) -> None:
    payment = started(till)
    if isinstance(till, MidtransTill):
        till.bank.choose(str(payment.pk))["transaction_status"] = "expire"
    elif isinstance(till, StripeTill):
        till.bank.sessions[payment.reference or ""]["status"] = "expired"

    assert compared(till) == (1, [("state", payment.pk, True)])
    payment.refresh_from_db()
    assert payment.status == "expired"


def test_payment_whose_answer_we_lost_is_healed(till: Till) -> None:
    booking = order()
    payment = started(till, booking)
    till.pay(payment)
    Payment.objects.update(reference=None, redirect_url="", status=PaymentStatus.CREATED)

    assert compared(till) == (1, [("state", payment.pk, True)])
    assert outcome(booking) == CONFIRMED


def test_success_with_us_alone_is_told(till: Till, told: list[Discrepancy]) -> None:
    payment = started(till)
    settle_as(payment)

    kind = "missing" if till.name == "midtrans" else "state"
    assert compared(till) == (1, [(kind, payment.pk, False)])
    assert [each.fingerprint for each in told] == [f"payment:{till.name}:{payment.pk}:{kind}"]


def test_other_amount_is_told(till: Till, told: list[Discrepancy]) -> None:
    payment = started(till)
    till.pay(payment, amount_rupiah=1000)
    settle_as(payment)

    assert compared(till) == (1, [("amount", payment.pk, False)])
    assert told == [
        Discrepancy(
            kind=reconciliation.DiscrepancyKind.AMOUNT,
            provider=till.name,
            day=today(),
            reference=payment.reference or "",
            payment_id=payment.pk,
            ours=f"succeeded, {TOTAL} IDR, 0 back",
            theirs="succeeded, 1000 IDR, 0 back",
        )
    ]


def test_refund_made_in_the_dashboard_is_told(till: Till) -> None:
    payment = paid(till)
    if isinstance(till, MidtransTill):
        till.bank.orders[str(payment.pk)]["refund_amount"] = "6000.00"
    elif isinstance(till, StripeTill):
        [intent] = till.bank.intents.values()
        intent["latest_charge"]["amount_refunded"] = 600_000

    assert compared(till) == (1, [("refund", payment.pk, False)])


def test_refund_paid_by_hand_is_no_discrepancy(stripe: FakeStripe) -> None:
    till = StripeTill(stripe)
    payment = paid(till)
    stripe.refund_status = "failed"  # for good: the card is closed
    cancel_booking(booking_id=payment.booking_id, actor="staff:1", at=timezone.now())
    send_due_refunds(timezone.now())
    payout = ManualPayout.objects.get()
    payouts.resolve(payout_id=payout.pk, user=make_user(), note="TRF 1", at=timezone.now())

    payment.refresh_from_db()
    assert (payout.cause, payment.refunded_rupiah) == ("expired_or_canceled_card", TOTAL)
    assert till.refunded_rupiah(payment) == 0
    assert compared(till) == (1, [])


def test_provider_that_is_away_is_told(till: Till, told: list[Discrepancy]) -> None:
    paid(till)
    till.bank.faults = ["5xx"] * http.ATTEMPTS_MAX

    assert compared(till)[1] == [("not_compared", None, False)]
    assert [each.fingerprint for each in told] == [f"payment:{till.name}:{today()}:not_compared"]


def test_payment_that_cannot_be_read_does_not_hide_the_others(midtrans: FakeMidtrans) -> None:
    till = MidtransTill(midtrans)
    broken = paid(till)
    other = started(till, order(BUDI))
    till.pay(other)
    midtrans.orders[str(broken.pk)]["gross_amount"] = "10.50"

    assert compared(till) == (
        2,
        [("unreadable", broken.pk, False), ("state", other.pk, True)],
    )


def test_payment_unknown_to_us_is_told(stripe: FakeStripe, told: list[Discrepancy]) -> None:
    till = StripeTill(stripe)
    lost, unpaid = started(till), started(till, order(BUDI))
    till.pay(lost)
    for each in (lost, unpaid):  # as after the restore of an old backup
        stripe.sessions[each.reference or ""]["client_reference_id"] = str(uuid4())
    Payment.objects.update(reference=None)

    assert compared(till)[1] == [("unknown", None, False)]
    assert [(each.reference, each.theirs) for each in told] == [
        (lost.reference, f"succeeded, {TOTAL} IDR, 0 back")
    ]


def test_second_page_paid_for_one_payment_is_told(stripe: FakeStripe) -> None:
    till = StripeTill(stripe)
    payment = paid(till)
    twin = "cs_test_twin"
    stripe.sessions[twin] = stripe.sessions[payment.reference or ""] | {"id": twin}

    assert compared(till)[1] == [("unknown", None, False)]


def test_other_days_are_left_alone(till: Till) -> None:
    payment = started(till)
    till.pay(payment)

    run = reconcile(till.name, today() - timedelta(days=1), timezone.now())

    assert (run.compared, run.found) == (0, [])


def test_free_order_is_not_looked_for(till: Till) -> None:
    booking = order()
    Booking.objects.filter(pk=booking.pk).update(
        discount_rupiah=TOTAL, total_rupiah=0, tax_rupiah=0
    )
    started(till, booking)

    assert compared(till) == (0, [])


def test_unknown_provider_is_refused() -> None:
    with pytest.raises(ProviderUnknown):
        reconcile("bank-of-nowhere", today(), timezone.now())

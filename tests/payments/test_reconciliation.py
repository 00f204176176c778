"""Reconciliation of one day: differences are settled or reported, once."""

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
from bookings.signals import payment_discrepancy
from tests.bookings.fixtures import (
    BUDI,
    outcome,
    settle_as,
)
from tests.bookings.outcomes import CONFIRMED, TOTAL
from tests.factories import make_user
from tests.payments.conftest import new_order, started
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.fakes.stripe import FakeStripe
from tests.payments.providers import MidtransDriver, ProviderDriver, StripeDriver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


@pytest.fixture
def discrepancies() -> Iterator[list[Discrepancy]]:
    """Discrepancies that were sent as signals."""
    received: list[Discrepancy] = []

    def record(sender: object, discrepancy: Discrepancy, at: datetime, **_more: Any) -> None:
        received.append(discrepancy)

    payment_discrepancy.connect(record)
    yield received
    payment_discrepancy.disconnect(record)


def paid(driver: ProviderDriver) -> Payment:
    """Paid, with its webhook, and confirmed."""
    payment = started(driver)
    driver.pay(payment)
    settle_as(payment)
    payment.refresh_from_db()
    return payment


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def compared(driver: ProviderDriver) -> tuple[int, list[tuple[str, Any, bool]]]:
    run = reconcile(driver.name, today(), timezone.now())
    return run.compared, [(each.kind, each.payment_id, each.is_healed) for each in run.found]


def test_day_without_differences_has_no_discrepancies(
    driver: ProviderDriver, discrepancies: list[Discrepancy]
) -> None:
    paid(driver)
    started(driver, new_order(BUDI))

    assert compared(driver) == (2, [])
    assert discrepancies == []


def test_missed_success_is_settled(
    driver: ProviderDriver, discrepancies: list[Discrepancy]
) -> None:
    booking = new_order()
    payment = started(driver, booking)
    driver.pay(payment)

    assert compared(driver) == (1, [("state", payment.pk, True)])
    assert compared(driver) == (1, [])
    assert outcome(booking) == CONFIRMED
    assert discrepancies == []


def test_success_of_an_expired_payment_is_settled(driver: ProviderDriver) -> None:
    booking = new_order()
    payment = started(driver, booking)
    settle_as(payment, "failed")
    driver.pay(payment)

    assert compared(driver) == (1, [("state", payment.pk, True)])
    assert outcome(booking).status == "confirmed"


def test_missed_failure_is_settled(driver: ProviderDriver) -> None:
    payment = started(driver)
    if isinstance(driver, MidtransDriver):
        driver.bank.choose(str(payment.pk))["transaction_status"] = "expire"
    elif isinstance(driver, StripeDriver):
        driver.bank.sessions[payment.reference or ""]["status"] = "expired"

    assert compared(driver) == (1, [("state", payment.pk, True)])
    payment.refresh_from_db()
    assert payment.status == "expired"


def test_payment_whose_create_response_was_lost_is_settled(driver: ProviderDriver) -> None:
    booking = new_order()
    payment = started(driver, booking)
    driver.pay(payment)
    Payment.objects.update(reference=None, redirect_url="", status=PaymentStatus.CREATED)

    assert compared(driver) == (1, [("state", payment.pk, True)])
    assert outcome(booking) == CONFIRMED


def test_success_unknown_to_the_provider_is_reported(
    driver: ProviderDriver, discrepancies: list[Discrepancy]
) -> None:
    payment = started(driver)
    settle_as(payment)

    kind = "missing" if driver.name == "midtrans" else "state"
    assert compared(driver) == (1, [(kind, payment.pk, False)])
    assert [each.fingerprint for each in discrepancies] == [
        f"payment:{driver.name}:{payment.pk}:{kind}"
    ]


def test_other_amount_is_reported(driver: ProviderDriver, discrepancies: list[Discrepancy]) -> None:
    payment = started(driver)
    driver.pay(payment, amount_rupiah=1000)
    settle_as(payment)

    assert compared(driver) == (1, [("amount", payment.pk, False)])
    assert discrepancies == [
        Discrepancy(
            kind=reconciliation.DiscrepancyKind.AMOUNT,
            provider=driver.name,
            day=today(),
            reference=payment.reference or "",
            payment_id=payment.pk,
            ours=f"succeeded, {TOTAL} IDR, 0 back",
            theirs="succeeded, 1000 IDR, 0 back",
        )
    ]


def test_refund_made_in_the_dashboard_is_reported(driver: ProviderDriver) -> None:
    payment = paid(driver)
    if isinstance(driver, MidtransDriver):
        driver.bank.orders[str(payment.pk)]["refund_amount"] = "6000.00"
    elif isinstance(driver, StripeDriver):
        [intent] = driver.bank.intents.values()
        intent["latest_charge"]["amount_refunded"] = 600_000

    assert compared(driver) == (1, [("refund", payment.pk, False)])


def test_refund_paid_by_hand_is_no_discrepancy(stripe: FakeStripe) -> None:
    driver = StripeDriver(stripe)
    payment = paid(driver)
    stripe.refund_status = "failed"  # permanent: the card is closed
    cancel_booking(booking_id=payment.booking_id, actor="staff:1", at=timezone.now())
    send_due_refunds(timezone.now())
    payout = ManualPayout.objects.get()
    payouts.resolve(payout_id=payout.pk, user=make_user(), note="TRF 1", at=timezone.now())

    payment.refresh_from_db()
    assert (payout.cause, payment.refunded_rupiah) == ("expired_or_canceled_card", TOTAL)
    assert driver.refunded_rupiah(payment) == 0
    assert compared(driver) == (1, [])


def test_unavailable_provider_is_reported(
    driver: ProviderDriver, discrepancies: list[Discrepancy]
) -> None:
    paid(driver)
    driver.bank.faults = ["5xx"] * http.ATTEMPTS_MAX

    assert compared(driver)[1] == [("not_compared", None, False)]
    assert [each.fingerprint for each in discrepancies] == [
        f"payment:{driver.name}:{today()}:not_compared"
    ]


def test_unreadable_payment_does_not_hide_the_others(midtrans: FakeMidtrans) -> None:
    driver = MidtransDriver(midtrans)
    broken = paid(driver)
    other = started(driver, new_order(BUDI))
    driver.pay(other)
    midtrans.orders[str(broken.pk)]["gross_amount"] = "10.50"

    assert compared(driver) == (
        2,
        [("unreadable", broken.pk, False), ("state", other.pk, True)],
    )


def test_payment_unknown_to_us_is_reported(
    stripe: FakeStripe, discrepancies: list[Discrepancy]
) -> None:
    driver = StripeDriver(stripe)
    lost, unpaid = started(driver), started(driver, new_order(BUDI))
    driver.pay(lost)
    for each in (lost, unpaid):  # as after the restore of an old backup
        stripe.sessions[each.reference or ""]["client_reference_id"] = str(uuid4())
    Payment.objects.update(reference=None)

    assert compared(driver)[1] == [("unknown", None, False)]
    assert [(each.reference, each.theirs) for each in discrepancies] == [
        (lost.reference, f"succeeded, {TOTAL} IDR, 0 back")
    ]


def test_second_page_paid_for_one_payment_is_reported(stripe: FakeStripe) -> None:
    driver = StripeDriver(stripe)
    payment = paid(driver)
    twin = "cs_test_twin"
    stripe.sessions[twin] = stripe.sessions[payment.reference or ""] | {"id": twin}

    assert compared(driver)[1] == [("unknown", None, False)]


def test_other_days_are_not_compared(driver: ProviderDriver) -> None:
    payment = started(driver)
    driver.pay(payment)

    run = reconcile(driver.name, today() - timedelta(days=1), timezone.now())

    assert (run.compared, run.found) == (0, [])


def test_free_booking_is_not_compared(driver: ProviderDriver) -> None:
    booking = new_order()
    Booking.objects.filter(pk=booking.pk).update(
        discount_rupiah=TOTAL, total_rupiah=0, tax_rupiah=0
    )
    started(driver, booking)

    assert compared(driver) == (0, [])


def test_unknown_provider_is_refused() -> None:
    with pytest.raises(ProviderUnknown):
        reconcile("bank-of-nowhere", today(), timezone.now())

"""A refund that the provider cannot make becomes a manual payout, resolved once it is paid."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.errors import NoteMissing, PayoutNotPossible, PayoutResolved
from bookings.models import Booking, ManualPayout, Refund
from bookings.payments.base import RefundReport
from bookings.refunds import payouts
from bookings.refunds.cancellation import cancel_in_full
from bookings.refunds.refunds import send_due_refunds
from bookings.signals import refund_completed
from reports.models import Incident
from reports.monitoring import runner
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import outcome
from tests.bookings.outcomes import TOTAL, recorded_signals
from tests.bookings.threads import run_concurrently
from tests.factories import make_cinema, make_confirmed_booking, make_manager, make_user

AT = timezone.now()
UNABLE = RefundReport("failed", "refund_unsupported")


def cancelled(bank: FakeProvider) -> Booking:
    booking = make_confirmed_booking()
    booking.payments.update(provider="paper")
    cancel_in_full(booking_id=booking.pk, actor="staff:1", at=AT)
    return booking


def stuck(bank: FakeProvider) -> tuple[Booking, ManualPayout]:
    booking = cancelled(bank)
    bank.refund_answer = UNABLE
    send_due_refunds(AT)
    return booking, ManualPayout.objects.get()


@pytest.mark.django_db
@pytest.mark.usefixtures("consistent_books")
def test_a_refund_that_cannot_be_given_is_a_task_at_once(bank: FakeProvider) -> None:
    booking, payout = stuck(bank)

    end = outcome(booking)
    assert end.refunds == ((TOTAL, "cancellation", "manual"),)
    assert end.ledger[-2:] == ("refund_failed", "payout_due")
    assert (payout.cause, payout.opened_at, payout.resolved_at) == ("refund_unsupported", AT, None)
    assert send_due_refunds(AT + timedelta(days=2)) == 0


@pytest.mark.django_db
def test_an_open_payout_is_an_incident(bank: FakeProvider) -> None:
    booking, _payout = stuck(bank)

    runner.run_all(AT)

    incident = Incident.objects.get(kind="manual_payout")
    assert incident.facts["booking"] == booking.code
    assert incident.facts["amount_rupiah"] == TOTAL


@pytest.mark.django_db
@pytest.mark.usefixtures("consistent_books")
def test_payout_completes_the_refund_and_notifies_the_buyer(bank: FakeProvider) -> None:
    booking, payout = stuck(bank)
    manager = make_user()

    with recorded_signals(refund_completed) as sent:
        payouts.resolve(payout_id=payout.pk, user=manager, note=" transfer 7 ", at=AT)

    payout.refresh_from_db()
    assert (payout.resolved_at, payout.resolved_by, payout.note) == (AT, manager, "transfer 7")
    end = outcome(booking)
    assert (end.refunds, end.balance_rupiah) == (((TOTAL, "cancellation", "refunded"),), 0)
    assert sent == [("cancelled", "refunded")]
    with pytest.raises(PayoutResolved):
        payouts.resolve(payout_id=payout.pk, user=manager, note="again", at=AT)


@pytest.mark.django_db
def test_paying_out_without_a_note_is_refused(bank: FakeProvider) -> None:
    booking, payout = stuck(bank)

    with pytest.raises(NoteMissing):
        payouts.resolve(payout_id=payout.pk, user=make_user(), note="  ", at=AT)
    assert outcome(booking).balance_rupiah == TOTAL


@pytest.mark.django_db
def test_staff_may_pay_out_refunds_that_a_provider_refuses(bank: FakeProvider) -> None:
    booking = cancelled(bank)
    refund = Refund.objects.get()
    with pytest.raises(PayoutNotPossible):
        payouts.take_over(refund_id=refund.pk, at=AT)
    bank.mood = "away"
    send_due_refunds(AT)
    with pytest.raises(PayoutNotPossible):  # the provider may have received it
        payouts.take_over(refund_id=refund.pk, at=AT)
    bank.mood = "refusing"
    send_due_refunds(AT + timedelta(hours=1))

    payouts.take_over(refund_id=refund.pk, at=AT)

    assert outcome(booking).refunds == ((TOTAL, "cancellation", "manual"),)
    assert send_due_refunds(AT + timedelta(days=2)) == 0


@pytest.mark.django_db(transaction=True)
def test_two_people_pay_out_once(bank: FakeProvider) -> None:
    booking, payout = stuck(bank)
    people = [make_user(), make_user()]

    answers = run_concurrently(
        *[
            lambda user=user: payouts.resolve(payout_id=payout.pk, user=user, note="x", at=AT)
            for user in people
        ]
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["ManualPayout", "PayoutResolved"]
    assert outcome(booking).balance_rupiah == 0


@pytest.mark.django_db
def test_office_pays_out_with_a_note_and_never_twice(client: Client, bank: FakeProvider) -> None:
    booking, payout = stuck(bank)
    client.force_login(make_manager(booking.showtime.studio.cinema))
    page = reverse("admin:bookings_manualpayout_change", args=[payout.pk])

    assert client.post(page, {"note": ""}).status_code == 200
    assert outcome(booking).balance_rupiah == TOTAL
    assert client.post(page, {"note": "transfer 7"}).status_code == 302
    assert outcome(booking).balance_rupiah == 0
    assert client.post(page, {"note": "again"}).status_code == 403
    payout.refresh_from_db()
    assert payout.note == "transfer 7"
    other_client = Client()
    other_client.force_login(make_manager(make_cinema()))
    assert other_client.get(page).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("consistent_books")
def test_payout_is_withdrawn_when_the_provider_refunds(bank: FakeProvider) -> None:
    booking = cancelled(bank)
    refund = Refund.objects.get()
    bank.mood = "refusing"
    send_due_refunds(AT)
    bank.mood = "well"
    # While the worker calls the provider again, staff open a manual payout.
    bank.meanwhile = lambda: payouts.take_over(refund_id=refund.pk, actor="staff:7", at=AT)

    send_due_refunds(AT + timedelta(hours=1))

    assert outcome(booking).refunds == ((TOTAL, "cancellation", "refunded"),)
    assert not ManualPayout.objects.exists()
    assert booking.events.get(kind="payout_due").actor == "staff:7"


@pytest.mark.django_db
def test_office_pays_out_refused_refunds_only(bank: FakeProvider, client: Client) -> None:
    booking = cancelled(bank)
    refused = Refund.objects.get()
    bank.mood = "refusing"
    send_due_refunds(AT)
    due = cancelled(bank).payments.get().refunds.get()
    other = Refund.objects.exclude(pk__in=[refused.pk, due.pk])
    assert not other.exists()
    ask = {"action": "take_over", "_selected_action": [str(refused.pk), str(due.pk)]}
    page = reverse("admin:bookings_refund_changelist")

    client.force_login(make_manager(make_cinema()))
    client.post(page, ask)
    assert not ManualPayout.objects.exists()

    client.force_login(make_manager(booking.showtime.studio.cinema))
    answer = client.post(page, ask, follow=True, headers={"Accept-Language": "en"})

    assert ManualPayout.objects.get().refund == refused
    refused.refresh_from_db()
    assert refused.status == "manual"
    assert b"1 refund is a manual payout now" in answer.content

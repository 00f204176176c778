"""Simulation in which webhooks of payments are lost, duplicated and reordered.

Two bookings of one visitor, each with one payment at the fake provider, and a rival who takes any
seat that becomes free. ``World.play`` runs one event, ``World.settle_down`` lets the workers
finish, and ``World.faults`` lists the violations.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.test import RequestFactory
from django.utils.timezone import now

from bookings.models import Booking, ManualPayout, Payment, Refund, Ticket
from bookings.orders.checkout import abandon_booking
from bookings.payments.base import RefundReport
from bookings.refunds import cancellation, payouts
from bookings.refunds.refunds import send_due_refunds
from bookings.settlement import polling, settle, webhooks
from bookings.settlement.expiry import expire_overdue_bookings
from bookings.settlement.start_payment import start_payment
from bookings.showtimes.moving import move_showtime
from core.errors import LayarError
from movies.models import Showtime
from reports.monitoring.invariants import check_invariants
from seating.holds import transitions
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import BUDI, book_violations, hold_of, order_of, pass_time, settle_as
from tests.factories import make_payment, make_user

BACK = "http://testserver/back/"
REST_ROUNDS_MAX = 12
WAITS = (20, 70, 320)
WORDS = ("pending", "failed", "expired", "cancelled")
REFUND_ANSWERS = {
    "refunded": RefundReport("refunded"),
    "pending": RefundReport("pending"),
    "failed": RefundReport("failed", "declined"),
    "away": RefundReport("failed", "unavailable"),
    "impossible": RefundReport("failed", "refund_unsupported"),
}


class World:
    """``orders`` and ``payments`` are addressed by number, modulo how many there are."""

    def __init__(self, bank: FakeProvider, showtime: Showtime, orders: list[Booking]) -> None:
        self.bank, self.showtime, self.orders = bank, showtime, orders
        self.payments = list(Payment.objects.order_by("pk"))
        self.sent_webhooks: list[bytes] = []
        self.staff = make_user(is_staff=True)

    def play(self, event: tuple[Any, ...]) -> None:
        name, *numbers = event
        with suppress(LayarError):  # a refusal changes nothing: that is what is tested
            getattr(self, name)(*numbers)

    def _payment(self, number: int) -> Payment:
        return Payment.objects.get(pk=self.payments[number % len(self.payments)].pk)

    def _order(self, number: int) -> Booking:
        return self.orders[number % len(self.orders)]

    # -------------------------------------------------------------- at the bank

    def customer_pays(self, number: int, short_rupiah: int) -> None:
        """Pay once: the bank captures a charge one time, whatever it reported before."""
        payment = self._payment(number)
        charge = self.bank.charges.get(f"paper-{payment.pk}")
        if charge is not None and charge.status != "succeeded":
            amount_rupiah = payment.amount_rupiah - short_rupiah
            self.bank.pay(payment, amount_rupiah=amount_rupiah, failure_code="")
            self._happens(payment)

    def provider_reports(self, number: int, word: str) -> None:
        payment = self._payment(number)
        charge = self.bank.charges.get(f"paper-{payment.pk}")
        if charge is not None and charge.status == "pending":
            self.bank.pay(payment, status=word, failure_code=word)
            self._happens(payment)

    def _happens(self, payment: Payment) -> None:
        event = {"event_id": f"evt-{len(self.sent_webhooks)}", "reference": f"paper-{payment.pk}"}
        self.sent_webhooks.append(json.dumps(event).encode())

    def provider_mood_changes(self, is_away: bool) -> None:
        self.bank.mood = "away" if is_away else "well"

    # -------------------------------------------------------------- webhooks and reports

    def webhook(self, number: int) -> None:
        """Deliver any webhook so far, in any order, any number of times, or never."""
        if self.sent_webhooks:
            request = RequestFactory().post(
                "/webhooks/paper/",
                self.sent_webhooks[number % len(self.sent_webhooks)],
                content_type="application/json",
                headers={"Paper-Signature": "genuine"},
            )
            webhooks.receive(request, "paper")

    def stale_report(self, number: int, word: str) -> None:
        """A response that the bank sent before the payment and that arrives only now."""
        settle_as(self._payment(number), word)  # type: ignore[arg-type]

    def customer_returns(self, number: int) -> None:
        settle.refresh(payment_id=self._payment(number).pk, at=now())

    def poll(self) -> None:
        polling.poll_payments(now())

    # -------------------------------------------------------------- our own site

    def wait(self, seconds: int) -> None:
        pass_time(seconds)

    def expire(self) -> None:
        expire_overdue_bookings(now())
        transitions.sweep_expired_holds()

    def pay_elsewhere_too(self, number: int) -> None:
        """Open a second payment page of the same booking, as another tab or a retry would."""
        order = Booking.objects.get(pk=self._order(number).pk)
        if order.is_pending and len(self.payments) < len(self.orders) + 2:
            payment = make_payment(order, provider="paper", reference=None, poll_at=now())
            self.payments.append(payment)
            mood, self.bank.mood = self.bank.mood, "well"
            created = self.bank.create(payment, description="", return_url=BACK)
            self.bank.mood = mood
            if mood == "well":  # otherwise its response was lost: the poller finds it by our id
                Payment.objects.filter(pk=payment.pk).update(reference=created.reference)

    def give_up(self, number: int, keep_seats: bool) -> None:
        abandon_booking(booking_id=self._order(number).pk, keep_seats=keep_seats, at=now())

    def customer_cancels(self, number: int, is_whole: bool) -> None:
        order = self._order(number)
        seats = Ticket.objects.live().filter(booking=order)
        first = seats.order_by("pk").values_list("showtime_seat__seat_id", flat=True)[:1]
        cancellation.cancel_booking(
            booking_id=order.pk, actor="x", at=now(), seat_ids=None if is_whole else list(first)
        )

    def staff_cancels(self, number: int) -> None:
        cancellation.cancel_in_full(booking_id=self._order(number).pk, actor="staff:1", at=now())

    def rival_buys(self, number: int) -> None:
        rows = Ticket.objects.filter(booking=self._order(number))
        seats = list(rows.order_by("pk").values_list("showtime_seat__seat_id", flat=True)[:1])
        rival = order_of(hold_of(self.showtime, seats, BUDI), visitor=BUDI)
        payment = start_payment(booking_id=rival.pk, provider="paper", return_url=BACK, at=now())
        self.orders.append(rival)
        self.payments.append(payment)
        self.customer_pays(len(self.payments) - 1, 0)
        self.customer_returns(len(self.payments) - 1)

    def showtime_moves(self, hours: int) -> None:
        self.showtime.refresh_from_db(fields=["starts_at"])
        move_showtime(
            showtime_id=self.showtime.pk,
            starts_at=self.showtime.starts_at + timedelta(hours=hours),
            by=self.staff,
            note="",
            at=now(),
        )

    def refunds_are_sent(self, answer: str) -> None:
        self.bank.refund_answer = REFUND_ANSWERS[answer]
        Refund.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=now())
        send_due_refunds(now())

    # -------------------------------------------------------------- the end

    def settle_down(self) -> None:
        """Run poller, sweep, refunds and staff actions to the end, without further webhooks."""
        self.bank.mood = "well"
        for _round in range(REST_ROUNDS_MAX):
            pass_time(600)
            self.expire()
            self.poll()
            self.refunds_are_sent("refunded")
            for payout in ManualPayout.objects.filter(resolved_at__isnull=True):
                payouts.resolve(payout_id=payout.pk, user=self.staff, note="BCA 1", at=now())
            if not self._is_unsettled():
                return

    def _is_unsettled(self) -> bool:
        untold = any(
            self._taken_rupiah(paid) > 0 for paid in Payment.objects.exclude(status="succeeded")
        )
        return untold or Refund.objects.exclude(status="refunded").exists()

    def _taken_rupiah(self, payment: Payment) -> int:
        """The captured amount; the bank may not know the payment."""
        charge = self.bank.charges.get(f"paper-{payment.pk}")
        return charge.amount_rupiah if charge and charge.status == "succeeded" else 0

    def faults(self) -> list[str]:
        return [
            *book_violations(),
            *(
                f"{violation.invariant.name} {violation.subject}"
                for violation in check_invariants()
            ),
            *self._money_faults(),
        ]

    def _money_faults(self) -> list[str]:
        """Violations of: every captured rupiah belongs to a confirmed booking or was refunded."""
        faults = []
        for paid in Payment.objects.filter(provider="paper").select_related("booking"):
            took = self._taken_rupiah(paid)
            if paid.captured_rupiah != took:
                faults.append(f"the bank took {took}, we count {paid.captured_rupiah}")
            live = Ticket.objects.live().filter(booking=paid.booking_id, booking__payments=paid)
            worth = sum(ticket.paid_rupiah for ticket in live) if paid.applied_at else 0
            voided = Ticket.objects.filter(booking=paid.booking_id, voided_at__isnull=False)
            kept = sum(each.paid_rupiah - each.refund_rupiah for each in voided)
            kept = kept if paid.applied_at else 0
            if took != worth + kept + paid.refunded_rupiah:
                faults.append(
                    f"of {took} there are {worth} in tickets, {paid.refunded_rupiah} went back"
                )
            faults += self._refund_faults(paid)
        return faults

    def _refund_faults(self, paid: Payment) -> list[str]:
        by_hand = ManualPayout.objects.filter(refund__payment=paid).values_list("refund", flat=True)
        at_bank = sum(
            amount
            for refund, amount in self.bank.refunds.items()
            if Refund.objects.filter(pk=refund, payment=paid).exists()
        )
        hand = sum(Refund.objects.filter(pk__in=by_hand).values_list("amount_rupiah", flat=True))
        if at_bank + hand != paid.refunded_rupiah:
            return [f"{paid.refunded_rupiah} went back, but {at_bank} + {hand} was sent"]
        return []


def open_world(bank: FakeProvider, showtime: Showtime, seats: list[int]) -> list[Booking]:
    """Two pending bookings: one of two seats, one of one."""
    orders = []
    for visitor, wanted in (("web:siti", seats[:2]), ("web:tono", seats[2:3])):
        booking = order_of(hold_of(showtime, wanted, visitor), visitor=visitor)
        start_payment(booking_id=booking.pk, provider="paper", return_url=BACK, at=now())
        orders.append(booking)
    return orders

"""State machine test: after random actions of customers, banks, staff and sweeps, the database and
a reference model agree on every seat, booking, payment and voucher, and every invariant holds.

LAYAR_HYPOTHESIS=long runs for minutes instead of seconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal, cast, get_args

import pytest
from django.db import connection, transaction
from django.utils.timezone import now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bookings.models import Booking, Payment, Ticket
from bookings.orders.checkout import abandon_booking, open_booking
from bookings.payments.base import RefundReport
from bookings.refunds.cancellation import cancel_booking
from bookings.refunds.refunds import send_due_refunds
from bookings.settlement.expiry import expire_overdue_bookings
from bookings.settlement.start_payment import start_payment
from core.errors import LayarError
from movies.models import Showtime
from reports.monitoring.invariants import check_invariants
from seating.holds import sales, transitions
from seating.layouts.publishing import publish_layout
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import CONTACT, book_violations, pass_time, settle_as
from tests.bookings.machine_model import (
    VOUCHER_USES_MAX,
    Model,
    ModelHold,
    ModelOrder,
    ModelPayment,
    facts_in_the_database,
    pick,
)
from tests.factories import make_payment, make_showtime, make_studio, make_ticket_type, make_voucher

VISITORS = ("web:siti", "web:budi", "web:tono")
GRID = "A  rrrrcc"  # four single seats and a couple seat
SEATS = 6
IS_LONG = os.environ.get("LAYAR_HYPOTHESIS") == "long"
PROFILE = settings(
    max_examples=150 if IS_LONG else 15,
    stateful_step_count=60 if IS_LONG else 40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

visitors = st.sampled_from(VISITORS)
some_seats = st.sets(st.integers(0, SEATS - 1), min_size=1, max_size=3)
recent = st.integers(min_value=-4, max_value=-1)
# Their sums are far from HOLD_SECONDS, so the elapsed real time has no effect.
waits = st.sampled_from([80, 80, 170, 310])
have_holds = precondition(lambda self: self.model.holds)
have_orders = precondition(lambda self: self.model.orders)
have_payments = precondition(lambda self: self.model.payments)
ENDINGS = ("wait", "pay", "pay", "late", "late, unswept")
Word = Literal["pending", "failed", "expired", "cancelled"]
Answer = Literal["refunded", "failed", "pending"]


class BoxOffice(RuleBasedStateMachine):
    """State machine. Each example runs in a savepoint of the test's transaction, which is rolled
    back."""

    showtime: Showtime
    bank: FakeProvider

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.bank.reset()
        rows = list(self.showtime.seats.order_by("seat_id").values_list("pk", "seat_id"))
        self.pks = [pk for pk, _seat in rows]
        self.seat_ids = [seat for _pk, seat in rows]
        self.model = Model(partner={4: 5, 5: 4}, owner=dict.fromkeys(range(SEATS)))
        self.days = 0

    def teardown(self) -> None:
        try:
            connection.check_constraints()
        finally:
            transaction.savepoint_rollback(self.savepoint)

    def agree(self, expected: str, call: Callable[[], Any]) -> Any:
        """Assert that the database's outcome equals the model's."""
        try:
            result, answer = call(), ""
        except LayarError as refusal:
            result, answer = None, type(refusal).__name__
        assert answer == expected
        return result

    def ids(self, seats: set[int]) -> list[int]:
        return [self.seat_ids[seat] for seat in sorted(seats)]

    def rows(self, seats: set[int]) -> list[int]:
        return [self.pks[seat] for seat in sorted(seats)]

    @rule(visitor=visitors, seats=some_seats)
    def tap(self, visitor: str, seats: set[int]) -> None:
        held = self.agree(
            self.model.tap(visitor, seats),
            lambda: transitions.hold_seats(
                showtime_id=self.showtime.pk, visitor=visitor, seat_ids=self.ids(seats)
            ),
        )
        if held is not None:
            hold = cast(ModelHold, self.model.latest(visitor))
            hold.id = hold.id or held.hold_id
            assert held.hold_id == hold.id
            assert [seat.seat_id for seat in held.seats] == self.ids(self.model.of(hold))

    @have_holds
    @rule(number=recent, seats=some_seats, how=st.sampled_from(["change", "release", "all"]))
    def alter(self, number: int, seats: set[int], how: str) -> None:
        hold = pick(self.model.holds, number)
        owner: dict[str, Any] = {"hold_id": hold.id, "visitor": hold.visitor}
        some: dict[str, Any] = {"seat_ids": self.ids(seats)}
        if how == "change":
            expected = self.model.change(hold, seats)
            self.agree(expected, lambda: transitions.change_seats(**owner, **some))
        elif how == "release":
            expected = self.model.release(hold, seats)
            self.agree(expected, lambda: transitions.release_seats(**owner, **some))
        else:
            self.agree(self.model.release_all(hold), lambda: transitions.release_hold(**owner))

    @rule(seats=some_seats, is_block=st.booleans())
    def block(self, seats: set[int], is_block: bool) -> None:
        pks = [self.pks[seat] for seat in seats]
        if is_block:
            self.model.block(seats)
            sales.block_seats(showtime_seat_ids=pks)
        else:
            self.model.unblock(seats)
            sales.unblock_seats(showtime_seat_ids=pks)

    @have_holds
    @rule(seconds=waits)
    def wait(self, seconds: int) -> None:
        self.model.clock += seconds
        pass_time(seconds)

    @have_holds
    @rule(which=st.sampled_from(["holds", "orders", "both"]))
    def sweep(self, which: str) -> None:
        if which != "holds":
            assert expire_overdue_bookings(now()) == self.model.sweep_orders()
        if which != "orders":
            assert transitions.sweep_expired_holds() == self.model.sweep_holds()

    # -------------------------------------------------------------- orders

    @rule(visitor=visitors, seats=some_seats, voucher=st.booleans(), then=st.sampled_from(ENDINGS))
    def buy(self, visitor: str, seats: set[int], voucher: bool, then: str) -> None:
        """A whole purchase in one step, so that later states are reached often."""
        orders = len(self.model.orders)
        self.tap(visitor, seats)
        hold = self.model.latest(visitor)
        if hold is not None:
            self.order(self.model.holds.index(hold) - len(self.model.holds), voucher)
        if len(self.model.orders) == orders:
            return
        if then in ("late", "late, unswept"):
            self.wait(310)
        if then == "late":
            self.sweep("both")
        if then != "wait":
            self.succeed(-1, 0)

    @have_holds
    @rule(number=recent, voucher=st.booleans())
    def order(self, number: int, voucher: bool) -> None:
        hold = pick(self.model.holds, number)
        seats = {self.seat_ids[seat]: "adult" for seat in self.model.of(hold)}
        booking = self.agree(
            self.model.order(hold, voucher),
            lambda: open_booking(
                hold_id=hold.id,
                visitor=hold.visitor,
                user=None,
                ticket_types=seats,
                contact=CONTACT,
                language="id",
                voucher_code="TWICE" if voucher else "",
                at=now(),
            ),
        )
        if booking is not None:
            self.model.orders[-1].id = booking.pk
            back = "http://testserver/back/"
            self.note(
                self.model.orders[-1],
                start_payment(booking_id=booking.pk, provider="paper", return_url=back, at=now()),
            )

    @precondition(lambda self: any(order.status == "pending" for order in self.model.orders))
    @rule(number=recent)
    def pay_elsewhere_too(self, number: int) -> None:
        order = pick([o for o in self.model.orders if o.status == "pending"], number)
        booking = Booking.objects.get(pk=order.id)
        self.note(order, make_payment(booking, provider="paper"))

    def note(self, order: ModelOrder, payment: Payment) -> None:
        self.model.payments.append(ModelPayment(order, payment.amount_rupiah, payment.pk))

    @have_orders
    @rule(number=recent, keep_seats=st.booleans())
    def abandon(self, number: int, keep_seats: bool) -> None:
        order = pick(self.model.orders, number)
        self.agree(
            self.model.abandon(order, keep_seats=keep_seats),
            lambda: abandon_booking(booking_id=order.id, keep_seats=keep_seats, at=now()),
        )

    @have_orders
    @rule(number=recent, seats=st.one_of(st.none(), some_seats))
    def cancel(self, number: int, seats: set[int] | None) -> None:
        """Cancel all or some seats of a booking; both halves of a couple seat."""
        order = pick(self.model.orders, number)
        going = order.live if seats is None else self.model.whole(seats) & order.live
        tickets = Ticket.objects.filter(booking=order.id)
        brings = sum(t.paid_rupiah for t in tickets.filter(showtime_seat__in=self.rows(going)))
        self.agree(
            self.model.cancel(order, set(going), brings),
            lambda: cancel_booking(
                booking_id=order.id,
                seat_ids=None if seats is None else self.ids(going),
                actor="test",
                at=now(),
            ),
        )

    # -------------------------------------------------------------- money

    @have_payments
    @rule(number=recent, short_rupiah=st.sampled_from([0, 0, 0, 1]))
    def succeed(self, number: int, short_rupiah: int) -> None:
        """Report a success: in time, late, twice, or with another amount."""
        payment = pick(self.model.payments, number)
        captured = payment.amount - short_rupiah
        self.model.succeed(payment, captured)
        settle_as(Payment.objects.get(pk=payment.id), amount_rupiah=captured)

    @have_payments
    @rule(number=recent, word=st.sampled_from(get_args(Word)))
    def no_success(self, number: int, word: Word) -> None:
        payment = pick(self.model.payments, number)
        if word != "pending":
            self.model.fail(payment, word)
        settle_as(Payment.objects.get(pk=payment.id), word)

    @rule(answer=st.sampled_from(get_args(Answer)))
    def send_refunds(self, answer: Answer) -> None:
        self.bank.refund_answer = RefundReport(answer)
        self.days += 1
        send_due_refunds(now() + timedelta(days=self.days))
        if answer == "refunded":
            self.model.refund()

    @invariant()
    def database_is_as_the_model(self) -> None:
        assert facts_in_the_database(self.showtime) == self.model.facts()

    @invariant()
    def books_are_in_order(self) -> None:
        assert book_violations() == []
        assert check_invariants() == []


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_seats_and_money_agree(bank: FakeProvider) -> None:
    studio = make_studio()
    make_voucher(code="TWICE", max_uses=VOUCHER_USES_MAX)
    make_ticket_type()

    class ThisBoxOffice(BoxOffice):
        showtime = make_showtime(studio, layout=publish_layout(studio, GRID))

    ThisBoxOffice.bank = bank
    run_state_machine_as_test(ThisBoxOffice, settings=PROFILE)

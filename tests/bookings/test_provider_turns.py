"""One call to a provider for a payment at a time, whoever asks."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from django_redis import get_redis_connection
from pytest_django import Settings

from bookings.errors import PaymentUnavailable
from bookings.models import Booking, Payment
from bookings.settlement import settle, start_payment
from bookings.settlement.provider_turns import provider_turn
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import hold_of, order_of, seat_ids
from tests.factories import make_booking, make_payment, make_showtime

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order() -> Booking:
    showtime = make_showtime(rows="A", seats_per_row=2)
    return order_of(hold_of(showtime, seat_ids(showtime)))


def start(booking: Booking) -> Payment:
    return start_payment.start_payment(
        booking_id=booking.pk, provider="paper", return_url="x", at=timezone.now()
    )


def test_payment_is_fetched_by_one_caller_at_a_time(bank: FakeProvider) -> None:
    payment = make_payment(make_booking(), provider="paper", reference=None)
    bank.create(payment, description="", return_url="x")
    bank.asked.clear()
    during: list[str] = []
    bank.meanwhile = lambda: during.append(
        settle.refresh(payment_id=payment.pk, at=timezone.now()).status
    )

    settle.refresh(payment_id=payment.pk, at=timezone.now())
    after = settle.refresh(payment_id=payment.pk, at=timezone.now())

    assert (during, bank.asked) == (["pending"], ["find", "fetch"])
    assert (after.status, Payment.objects.count()) == ("pending", 2)


def test_second_request_to_pay_waits_for_the_page_of_the_first(
    bank: FakeProvider, order: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_payment, "OTHER_CALL_SECONDS", 60.0)
    pages: list[str] = []

    def ask() -> None:
        pages.append(start(order).redirect_url)
        connection.close()

    second = threading.Thread(target=ask)

    def ask_again() -> None:
        second.start()
        second.join(1.0)  # it waits; one that did not would have called the provider by now

    bank.meanwhile = ask_again
    first = start(order)
    second.join()

    assert pages == [first.redirect_url]
    assert bank.asked == ["create"]


def test_request_that_waited_in_vain_is_refused(
    bank: FakeProvider, order: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_payment, "OTHER_CALL_SECONDS", 0.1)
    bank.mood = "away"
    with pytest.raises(PaymentUnavailable):
        start(order)
    bank.mood, bank.asked = "well", []

    with provider_turn(order.pk), pytest.raises(PaymentUnavailable):
        start(order)
    refused = list(bank.asked)
    opened = start(order)

    assert refused == []
    assert (opened.status, bank.asked) == ("pending", ["create"])


def test_turn_ends_with_its_call_and_not_that_of_the_next() -> None:
    booking_id = make_booking().pk
    key, store = f"provider_turn:{booking_id}", get_redis_connection("default")
    with provider_turn(booking_id) as first, provider_turn(booking_id) as second:
        pass
    with provider_turn(booking_id) as third:
        store.set(key, "of the next, after a call that was too long")

    assert (first, second, third) == (True, False, True)
    assert store.get(key) == b"of the next, after a call that was too long"


def test_everybody_has_a_turn_while_redis_is_away(settings: Settings) -> None:
    nowhere = {"LOCATION": f"redis://{LOOPBACK}:{choose_port()}/0"}
    settings.CACHES = {"default": settings.CACHES["default"] | nowhere}
    booking_id = uuid4()
    with provider_turn(booking_id) as first, provider_turn(booking_id) as second:
        assert (first, second) == (True, True)

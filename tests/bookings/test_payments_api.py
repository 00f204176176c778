"""Payments of a booking through the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking, Payment
from bookings.orders.access_tokens import access_token, return_key
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import hold_of, order_of, outcome, pass_time, seat_ids
from tests.bookings.outcomes import CONFIRMED, PAID
from tests.factories import make_showtime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


@pytest.fixture
def order() -> Booking:
    showtime = make_showtime(rows="A", seats_per_row=2)
    return order_of(hold_of(showtime, seat_ids(showtime)))


def address(order: Booking, tail: str = "") -> str:
    return f"/api/v1/bookings/{order.code}{tail}"


def start(order: Booking, provider: str = "paper") -> Any:
    return Client().post(
        address(order, "/payments"),
        {"provider": provider},
        content_type="application/json",
        headers={"X-Booking-Token": access_token(order), "Accept-Language": "en"},
    )


def read(order: Booking, tail: str = "") -> Any:
    answer = Client().get(address(order, tail), headers={"X-Booking-Token": access_token(order)})
    assert answer.status_code == 200
    return answer.json()


def test_declined_payment_may_be_followed_by_another_until_the_hold_ends(
    order: Booking, bank: FakeProvider
) -> None:
    first = start(order).json()
    bank.pay(Payment.objects.get(), status="failed", failure_code="declined")
    declined = read(order, "/payments")
    second = start(order).json()
    bank.pay(order.payments.latest("created_at"))

    assert [each["status"] for each in declined] == ["failed"]
    assert first["redirect_url"] != second["redirect_url"]
    assert read(order)["status"] == "confirmed"
    assert outcome(order).payments == (("failed", 0, 0, 0, False), PAID)


def test_declined_payment_is_not_followed_by_another_after_the_hold_ended(
    order: Booking, bank: FakeProvider
) -> None:
    start(order)
    bank.pay(Payment.objects.get(), status="failed", failure_code="declined")
    pass_time(301)

    answer = start(order)

    assert (answer.status_code, answer.json()["code"]) == (409, "booking_closed")
    assert read(order)["status"] == "failed"


def test_reading_a_booking_settles_its_pending_payment(order: Booking, bank: FakeProvider) -> None:
    start(order)
    waiting = read(order)
    bank.pay(Payment.objects.get())

    booking = read(order)

    assert (waiting["status"], booking["status"]) == ("pending", "confirmed")
    assert [bool(ticket["code"]) for ticket in booking["tickets"]] == [True, True]
    assert outcome(order) == CONFIRMED


def test_provider_is_given_a_return_key_and_not_the_token(
    order: Booking, bank: FakeProvider
) -> None:
    start(order)

    [back] = bank.return_urls
    assert access_token(order) not in back
    assert back.endswith(f"/b/{order.code}/{return_key(order)}/")


def test_reading_a_booking_without_its_token_queries_no_provider(
    order: Booking, bank: FakeProvider
) -> None:
    start(order)
    bank.pay(Payment.objects.get())

    answer = Client().get(address(order), headers={"X-Booking-Token": "x"})

    assert (answer.status_code, bank.asked) == (404, ["create"])


@pytest.mark.parametrize(
    ("mood", "status", "code"),
    [("refusing", 409, "payment_refused"), ("away", 503, "payment_unavailable")],
)
def test_payment_that_cannot_start_states_whether_it_was_refused(
    order: Booking, bank: FakeProvider, mood: Any, status: int, code: str
) -> None:
    bank.mood = mood

    answer = start(order)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert read(order)["status"] == "pending"


def test_amount_below_the_minimum_names_the_minimum(order: Booking, bank: FakeProvider) -> None:
    bank.minimum_rupiah = 200_000

    answer = start(order)

    facts = {name: answer.json()[name] for name in ("code", "minimum_rupiah", "detail")}
    assert (answer.status_code, facts) == (
        422,
        {
            "code": "amount_below_minimum",
            "minimum_rupiah": 200_000,
            "detail": "This payment method takes payments of Rp200,000 or more."
            " Please choose another.",
        },
    )


def test_payment_returns_to_an_allowed_app_link_and_names_what_an_app_can_use(
    order: Booking, bank: FakeProvider, settings: Any
) -> None:
    app_link = "https://app.example/return"
    settings.APP_RETURN_URLS = [app_link]
    wanted = {"provider": "paper", "return_url": app_link, "method": "qris"}
    guest = Client(headers={"X-Booking-Token": access_token(order), "Accept-Language": "en"})

    def pay(body: dict[str, Any]) -> Any:
        return guest.post(address(order, "/payments"), body, content_type="application/json")

    refused = [
        pay(wanted | {"return_url": url})
        for url in (f"{app_link}/", f"{app_link}?x=1", "https://evil.example", "app://return", "")
    ]
    assert {(each.status_code, each.json()["errors"][0]["field"]) for each in refused} == {
        (422, "return_url")
    }
    started = pay(wanted).json()

    assert bank.return_urls == [f"{app_link}?booking={order.code}"]
    qr_string = f"qr-of-{Payment.objects.get().pk}"
    nothing = {"qr_string": None, "deep_link": None, "snap_token": None}
    assert started["in_app"] == read(order, "/payments")[0]["in_app"]
    assert started["in_app"] == nothing | {"qr_string": qr_string}
    bank.pay(Payment.objects.get())
    assert read(order)["payments"][0]["in_app"] == nothing


def test_method_that_the_provider_does_not_have_is_refused(
    order: Booking, bank: FakeProvider
) -> None:
    answer = Client().post(
        address(order, "/payments"),
        {"provider": "paper", "method": "cheque"},
        content_type="application/json",
        headers={"X-Booking-Token": access_token(order)},
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "payment_method_unknown")
    assert (Payment.objects.count(), bank.asked) == (0, [])

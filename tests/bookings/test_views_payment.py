"""The return page after paying at the sandbox bank shows the bank's state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from bookings.models import Booking, Payment
from bookings.orders.access_tokens import access_token, return_key
from bookings.payments import registry
from bookings.settlement.expiry import expire_overdue_bookings
from movies.models import Showtime
from tests.bookings.browser import booking_url, checkout_url, send, take, visitor_of
from tests.bookings.fixtures import pass_time, seat_statuses
from tests.factories import make_booking, make_confirmed_booking, make_showtime, make_voucher

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("consistent_books")]


@pytest.fixture(autouse=True)
def _bank(live_server: LiveServer, settings: Any) -> Iterator[None]:
    settings.SITE_URL = live_server.url
    settings.SANDBOX_API_URL = f"{live_server.url}/sandbox/api"
    settings.SANDBOX_WEBHOOK_SECRET = "a secret that two companies share"
    yield
    # A connection kept open would keep a thread of the bank, and its database session.
    registry.provider("sandbox")._http.close()  # type: ignore[attr-defined]
    registry._instance.cache_clear()


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=5)


def order(client: Client, showtime: Showtime, count: int = 2) -> Booking:
    response = send(client, showtime, take(client, showtime, count))
    booking = Booking.objects.get()
    assert (response.status_code, response.headers["Location"]) == (
        303,
        booking.payments.get().redirect_url,
    )
    return booking


def at_the_bank(client: Client, booking: Booking, choice: str) -> Any:
    page = urlsplit(booking.payments.get().redirect_url).path
    return client.post(page, {"choice": choice})


def test_return_page_of_a_paid_booking_redirects_to_its_tickets(
    client: Client, showtime: Showtime
) -> None:
    booking = order(client, showtime)

    back = at_the_bank(client, booking, "pay")
    shown = client.get(booking_url(booking, "return/"), follow=True)

    assert urlsplit(back.headers["Location"]).path == return_path(booking)
    assert shown.redirect_chain == [(booking_url(booking), 302)]
    page = shown.content.decode()
    assert ("Enjoy the film!" in page, page.count("ticket-qr")) == (True, 2)
    assert seat_statuses(showtime)[:3] == ["sold", "sold", "available"]


def return_path(booking: Booking) -> str:
    return f"/en/b/{booking.code}/{return_key(booking)}/"


def test_return_link_works_in_another_browser_for_a_while(
    client: Client, showtime: Showtime
) -> None:
    booking = order(client, showtime)
    back = urlsplit(at_the_bank(client, booking, "pay").headers["Location"]).path
    other = Client()

    shown = other.get(back, follow=True)
    pass_time(301 + 15 * 60)
    later = Client().get(back)
    same_browser = client.get(back)

    assert access_token(booking) not in back
    assert [path for path, _status in shown.redirect_chain] == [
        booking_url(booking, "return/"),
        booking_url(booking),
    ]
    assert "Enjoy the film!" in shown.content.decode()
    assert later.status_code == 404
    assert same_browser.headers["Location"] == booking_url(booking, "return/")


def test_map_of_the_browser_that_chose_the_seats_links_the_booking_paid_in_another(
    client: Client, showtime: Showtime
) -> None:
    booking = order(client, showtime)
    hold_url, map_url = f"/en/showtimes/{showtime.pk}/hold/", f"/en/showtimes/{showtime.pk}/"
    unpaid = client.get(hold_url).json()["panel"]
    back = urlsplit(at_the_bank(Client(), booking, "pay").headers["Location"]).path
    Client().get(back, follow=True)

    panel = client.get(hold_url).json()["panel"]
    pages = [client.get(map_url), client.get(map_url + "?view=list")]
    stranger = Client().get(map_url).content.decode()

    assert "data-paid" not in unpaid
    for text in (panel, *(page.content.decode() for page in pages)):
        notice = text.partition("data-paid>")[2].partition("Choose")[0]
        assert f"Your booking {booking.code} is paid." in notice
        assert f'href="{booking_url(booking)}"' in notice
    assert "data-paid" not in stranger


def test_declined_payment_is_reported_and_allows_another(
    client: Client, showtime: Showtime
) -> None:
    booking = order(client, showtime)

    at_the_bank(client, booking, "decline")
    shown = client.get(booking_url(booking, "return/"), follow=True)
    second = client.post(booking_url(booking, "pay/"), {"provider": "sandbox"})
    page = urlsplit(second.headers["Location"]).path
    client.post(page, {"choice": "pay"})
    client.get(booking_url(booking, "return/"))

    assert shown.redirect_chain == [(booking_url(booking), 302)]
    assert "The payment did not go through. Your seats are still held" in shown.content.decode()
    assert list(booking.payments.values_list("status", flat=True)) == ["succeeded", "failed"]
    assert seat_statuses(showtime)[:3] == ["sold", "sold", "available"]


def test_declined_order_whose_hold_ended_offers_the_same_seats(
    client: Client, showtime: Showtime
) -> None:
    booking = order(client, showtime)

    at_the_bank(client, booking, "decline")
    pass_time(301)
    page = client.get(booking_url(booking, "return/"), follow=True).content.decode()

    assert "The payment did not go through" in page
    assert "Take the same seats again" in page
    assert set(seat_statuses(showtime)) == {"available"}


def test_guest_link_straight_after_paying_shows_the_tickets(
    client: Client, showtime: Showtime
) -> None:
    booking = order(client, showtime)
    at_the_bank(client, booking, "pay")

    shown = Client().get(f"/en/b/{booking.code}/{access_token(booking)}/", follow=True)

    assert [address for address, _status in shown.redirect_chain] == [
        booking_url(booking, "return/"),
        booking_url(booking),
    ]
    assert "Enjoy the film!" in shown.content.decode()


def test_return_page_before_the_outcome_waits_and_polls(client: Client, showtime: Showtime) -> None:
    booking = order(client, showtime)
    back = booking_url(booking, "return/")

    first = client.get(back)
    last = client.get(back + "?check=20")

    assert first.headers["Refresh"] == f"3;url={back}?check=1"
    assert "We are checking your payment" in first.content.decode()
    assert ("Refresh" in last.headers, "longer than usual" in last.content.decode()) == (
        False,
        True,
    )


@pytest.mark.parametrize("check", ["x", "-1", "²", "9" * 40])
def test_return_with_a_nonsense_count_starts_at_one(
    client: Client, showtime: Showtime, check: str
) -> None:
    booking = order(client, showtime)

    response = client.get(booking_url(booking, "return/"), {"check": check})

    assert response.headers["Refresh"].endswith("?check=1")


def test_return_by_an_outsider_is_not_found(client: Client, showtime: Showtime) -> None:
    booking = order(client, showtime)

    assert Client().get(booking_url(booking, "return/")).status_code == 404


def test_late_payment_for_taken_seats_shows_the_refund(client: Client, showtime: Showtime) -> None:
    booking = order(client, showtime)
    at_the_bank(client, booking, "pay")
    pass_time(301)
    expire_overdue_bookings(timezone.now())
    make_confirmed_booking(showtime, 2)

    client.get(booking_url(booking, "return/"))
    page = client.get(booking_url(booking)).content.decode()

    assert "Rp106,000 is on its way back to you" in page
    assert "Your payment arrived after the seats were open again." in page


def test_pay_continues_the_same_payment(client: Client, showtime: Showtime) -> None:
    booking = order(client, showtime)

    response = client.post(booking_url(booking, "pay/"))

    assert response.headers["Location"] == Payment.objects.get().redirect_url


def test_pay_by_an_outsider_is_not_found(client: Client, showtime: Showtime) -> None:
    booking = order(client, showtime)

    assert Client().post(booking_url(booking, "pay/")).status_code == 404
    assert Payment.objects.count() == 1


def test_pay_after_the_time_shows_the_order(client: Client, showtime: Showtime) -> None:
    booking = order(client, showtime)
    pass_time(301)

    response = client.post(booking_url(booking, "pay/"), follow=True)

    assert "The time to pay is over" in response.content.decode()
    assert Payment.objects.count() == 1


def test_pay_with_an_unknown_method_is_refused(
    client: Client, showtime: Showtime, settings: Any
) -> None:
    take(client, showtime)
    booking = make_booking(showtime, 1)
    booking.payments.all().delete()
    settings.PAYMENT_PROVIDERS = {
        **settings.PAYMENT_PROVIDERS,
        "other": "bookings.payments.sandbox.provider.SandboxProvider",
    }
    Booking.objects.filter(pk=booking.pk).update(visitor=visitor_of(client))

    response = client.post(booking_url(booking, "pay/"), {"provider": "cash"}, follow=True)

    assert "Please choose one of the payment methods." in response.content.decode()


def test_voucher_for_everything_leaves_the_fee_to_pay(client: Client, showtime: Showtime) -> None:
    make_voucher(code="GRATIS", kind="percent", value=100)
    with_fee = send(client, showtime, take(client, showtime), voucher="GRATIS")

    assert with_fee.status_code == 303
    assert Booking.objects.get().total_rupiah == 6_000
    assert checkout_url(showtime) not in with_fee.headers["Location"]

"""Checkout page: entries, prices, and a single booking for repeated submissions."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking
from bookings.orders.vouchers import REFUSED_CODES_BY_NETWORK
from movies.models import Showtime
from seating.models import Hold
from tests.bookings.browser import booking_url, checkout_url, entries, send, take, visitor_of
from tests.bookings.fake_provider import FakeProvider, Mood
from tests.bookings.fixtures import pass_time, seat_statuses
from tests.factories import PASSWORD, make_showtime, make_ticket_type, make_user, make_voucher
from tests.limits import use_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

NOBODY_THERE = "http://127.0.0.1:9/sandbox/api"


@pytest.fixture(autouse=True)
def _no_bank(settings: Any) -> None:
    """No bank: tests/bookings/test_views_payment.py has one."""
    settings.SANDBOX_API_URL = NOBODY_THERE


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=5)


def test_checkout_shows_seats_prices_and_is_kept_by_no_cache(
    client: Client, showtime: Showtime
) -> None:
    take(client, showtime)

    response = client.get(checkout_url(showtime))

    page = response.content.decode()
    assert ("Rp106,000" in page, "Rp6,000" in page, "Contains" in page) == (True, True, True)
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_checkout_knows_who_is_signed_in(client: Client, showtime: Showtime) -> None:
    user = make_user(name="Budi Santoso", phone="+6281298765432")
    client.login(email=user.email, password=PASSWORD)
    take(client, showtime)

    page = client.get(checkout_url(showtime)).content.decode()

    assert ('value="Budi Santoso"' in page, f'value="{user.email}"' in page) == (True, True)


def test_checkout_without_a_hold_redirects_to_the_map(client: Client, showtime: Showtime) -> None:
    response = client.get(checkout_url(showtime), follow=True)

    page = response.content.decode()
    assert response.redirect_chain == [(f"/en/showtimes/{showtime.pk}/?expired=1", 302)]
    assert "Your seats are not held any more." in page
    assert "Take the same seats again" not in page.partition("seat-page-data")[0]


def test_checkout_of_an_expired_hold_makes_no_order(client: Client, showtime: Showtime) -> None:
    ids = take(client, showtime)
    pass_time(301)

    response = send(client, showtime, ids)

    assert response.headers["Location"] == f"/en/showtimes/{showtime.pk}/?expired=1"
    assert Booking.objects.count() == 0


def test_checkout_makes_an_order_of_what_was_entered(client: Client, showtime: Showtime) -> None:
    ids = take(client, showtime)
    make_ticket_type("child", price_percent=75)
    make_voucher(code="HEMAT")

    send(client, showtime, ids, **{f"seat_{ids[1]}": "child", "voucher": "hemat"})

    booking = Booking.objects.get()
    assert (
        booking.contact_name,
        booking.contact_email,
        str(booking.contact_phone),
        booking.language,
        booking.visitor,
        booking.user,
        booking.seats_rupiah,
        booking.fee_rupiah,
        booking.discount_rupiah,
        booking.total_rupiah,
    ) == (
        "Siti Rahma",
        "siti@example.com",
        "+6281234567890",
        "en",
        visitor_of(client),
        None,
        87_500,
        6_000,
        10_000,
        83_500,
    )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("081234567890", "+6281234567890"),
        ("62 812-3456-7890", "+6281234567890"),
        ("+62 812 3456 7890", "+6281234567890"),
        ("", ""),
    ],
)
def test_checkout_keeps_phones_in_one_form(
    client: Client, showtime: Showtime, typed: str, kept: str
) -> None:
    send(client, showtime, take(client, showtime), phone=typed)

    assert str(Booking.objects.get().contact_phone) == kept


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Please tell us your name."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"email": ""}, "Please tell us where to send your tickets."),
        ({"email": "siti@"}, "This is not a complete email address."),
        ({"phone": "12"}, "This is not a phone number"),
        ({"voucher": "NOSUCH"}, "This voucher code is not valid."),
        ({"provider": "cash"}, "Please choose one of the payment methods."),
        ({"provider": ""}, "Please choose a payment method."),
    ],
)
def test_checkout_shows_errors_and_keeps_the_input(
    client: Client, showtime: Showtime, changes: dict[str, str], words: str
) -> None:
    ids = take(client, showtime)

    response = send(client, showtime, ids, **{"name": "Dewi & Ayu", **changes})

    page = response.content.decode()
    typed = "Dewi &amp; Ayu" if "name" not in changes else 'value="siti@example.com"'
    assert (response.status_code, words in page, typed in page) == (422, True, True)
    assert (Booking.objects.count(), Hold.objects.get().sealed_at) == (0, None)


def test_checkout_refuses_unknown_and_missing_ticket_types(
    client: Client, showtime: Showtime
) -> None:
    ids = take(client, showtime)

    for kind in ("free", ""):
        response = send(client, showtime, ids, **{f"seat_{ids[0]}": kind})
        assert "Please choose a ticket type for this seat." in response.content.decode()
    assert Booking.objects.count() == 0


def test_checkout_ignores_forged_price_user_status_and_foreign_seats(
    client: Client, showtime: Showtime
) -> None:
    victim = make_user()
    ids = take(client, showtime, 1)

    send(
        client,
        showtime,
        ids,
        total_rupiah="1",
        price_rupiah="1",
        user=str(victim.pk),
        status="confirmed",
        seat_987654="adult",
    )

    booking = Booking.objects.get()
    assert (booking.total_rupiah, booking.user, booking.status, booking.tickets.count()) == (
        53_000,
        None,
        "pending",
        1,
    )


def test_apply_reprices_and_loses_nothing(client: Client, showtime: Showtime) -> None:
    ids = take(client, showtime)
    make_voucher(code="HEMAT")

    page = send(
        client, showtime, ids, action="reprice", voucher="HEMAT", name="Dewi", email="half@"
    ).content.decode()

    assert ("Rp96,000" in page, 'value="Dewi"' in page, 'value="half@"' in page) == (True,) * 3
    assert ("field-error" in page, Booking.objects.count()) == (False, 0)


def test_reprice_for_the_pages_script_is_the_breakdown_alone(
    client: Client, showtime: Showtime
) -> None:
    ids = take(client, showtime)
    body = entries(ids, action="reprice", voucher="NOSUCH")

    response = client.post(checkout_url(showtime), body, headers={"X-Part": "breakdown"})

    page = response.content.decode()
    assert ("<html" in page, "Rp106,000" in page, "is not valid" in page) == (False, True, True)


def test_apply_too_often_is_rate_limited(client: Client, showtime: Showtime) -> None:
    ids = take(client, showtime, 1)

    assert send(client, showtime, ids, action="reprice", voucher="GUESS").status_code == 200
    use_up(REFUSED_CODES_BY_NETWORK)
    assert send(client, showtime, ids, action="reprice", voucher="GUESS").status_code == 429


def test_checkout_with_an_unreachable_bank_keeps_the_seats_held(
    client: Client, showtime: Showtime
) -> None:
    ids = take(client, showtime)

    response = send(client, showtime, ids)
    shown = client.get(response.headers["Location"]).content.decode()

    booking = Booking.objects.get()
    assert (response.status_code, response.headers["Location"]) == (
        303,
        f"/en/bookings/{booking.code}/",
    )
    assert "The payment service does not answer." in shown
    assert (booking.status, seat_statuses(showtime)[:2]) == ("pending", ["held", "held"])


def test_checkout_without_csrf_token_is_refused(showtime: Showtime) -> None:
    browser = Client()
    ids = take(browser, showtime)
    browser.handler.enforce_csrf_checks = True

    assert send(browser, showtime, ids).status_code == 403
    assert Booking.objects.count() == 0


def test_checkout_does_not_offer_a_provider_below_its_minimum(
    client: Client, showtime: Showtime, bank: FakeProvider
) -> None:
    bank.minimum_rupiah = 106_001
    seats = take(client, showtime)

    page = client.get(checkout_url(showtime)).content.decode()
    refused = send(client, showtime, seats, provider="paper", expected_total_rupiah="106000")

    assert ('value="sandbox"' in page, 'value="paper"' in page) == (True, False)
    assert refused.status_code == 422
    assert "takes payments of Rp106,001 or more" in refused.content.decode()
    assert (Booking.objects.count(), bank.asked) == (0, [])


@pytest.mark.parametrize(
    ("minimum_rupiah", "mood", "message", "asked"),
    [
        (106_001, "well", "takes payments of Rp106,001 or more", []),
        (1, "refusing", "refused this payment", ["create"]),
        (1, "away", "does not answer", ["create"]),
    ],
)
def test_payment_that_cannot_start_shows_the_reason_and_keeps_the_booking(
    client: Client,
    showtime: Showtime,
    bank: FakeProvider,
    minimum_rupiah: int,
    mood: Mood,
    message: str,
    asked: list[str],
) -> None:
    bank.minimum_rupiah, bank.mood = minimum_rupiah, mood

    shown = client.post(
        checkout_url(showtime), entries(take(client, showtime), provider="paper"), follow=True
    )

    booking = Booking.objects.get()
    assert shown.redirect_chain == [(booking_url(booking), 303)]
    assert message in shown.content.decode()
    assert (booking.status, bank.asked) == ("pending", asked)

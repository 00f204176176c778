"""The refund shown before a cancellation, over the API and on the page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bookings.models import Booking, Ticket
from bookings.orders.access_tokens import access_token
from bookings.refunds.goodwill import give_back
from tests.bookings.test_cancellation_terms import TERMS, money, paid, seats_of

JSON = "application/json"

pytestmark = pytest.mark.django_db


def api(booking: Booking) -> tuple[Client, str]:
    guest = Client(headers={"X-Booking-Token": access_token(booking)})
    return guest, f"/api/v1/bookings/{booking.code}/cancellation"


def test_cancellation_api_returns_the_offer_and_cancels_one_ticket() -> None:
    booking = paid(hours=3)
    guest, path = api(booking)
    seats = seats_of(booking)

    assert guest.get(path).json() == {
        "refund_rupiah": 75_000,
        "tickets": [{"seat": seat, "refund_rupiah": 25_000} for seat in seats],
        "rules": TERMS,
    }
    body = {"tickets": seats[:1], "expected_refund_rupiah": 25_000}
    answer = guest.post(path, body, content_type="application/json")

    assert (answer.status_code, answer.json()["status"]) == (201, "partly_cancelled")
    assert [ticket["status"] for ticket in answer.json()["tickets"]] == ["void", "valid", "valid"]
    assert money(booking) == ("partly_cancelled", 25_000, [25_000, 0, 0])


def test_api_refuses_what_cannot_be_cancelled() -> None:
    late, early = paid(hours=0.5), paid(hours=30)
    guest, path = api(late)
    assert guest.get(path).json()["code"] == "not_cancellable"
    everything = {"tickets": "all", "expected_refund_rupiah": 0}
    refused = guest.post(path, everything, content_type="application/json")
    assert refused.json()["code"] == "cancellation_too_late"
    guest, path = api(early)
    for tickets, code in (([1], "tickets_mismatch"), ([], "invalid")):
        body = everything | {"tickets": tickets}
        answer = guest.post(path, body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (422, code)


UNKNOWN_SEAT = 999_999  # 1 may be a seat of the booking in a new database


def test_api_names_the_seat_that_has_no_ticket_to_cancel() -> None:
    guest, path = api(paid(hours=30))
    answer = guest.post(
        path,
        {"tickets": [UNKNOWN_SEAT], "expected_refund_rupiah": 0},
        content_type="application/json",
        headers={"Accept-Language": "en"},
    )

    assert (answer.json()["detail"], answer.json()["seats"]) == (
        "A ticket that you chose is not of this booking, or cancelled already.",
        [UNKNOWN_SEAT],
    )


def test_api_cancels_nothing_without_an_explicit_choice_and_refund() -> None:
    booking = paid(hours=30)
    guest, path = api(booking)
    bodies: list[Any] = [None, {}, {"tickets": None}, {"tickets": "all"}]
    bodies += [{"tickets": "some", "expected_refund_rupiah": 159_000}]
    bodies += [{"tickets": None, "expected_refund_rupiah": 159_000}]
    bodies += [{"expected_refund_rupiah": 159_000}]

    empty = guest.post(path, content_type="application/json")
    answers = [guest.post(path, json.dumps(body), content_type=JSON) for body in bodies]

    assert {(a.status_code, a.json()["code"]) for a in (empty, *answers)} == {(422, "invalid")}
    assert money(booking) == ("confirmed", 0, [0, 0, 0])


def test_api_refuses_another_refund_than_agreed_and_names_it() -> None:
    booking = paid(hours=3)  # the tier with a full refund ended meanwhile
    guest, path = api(booking)

    stale = {"tickets": "all", "expected_refund_rupiah": 159_000}
    refused = guest.post(path, stale, content_type="application/json").json()
    unchanged = money(booking)
    agreed = stale | {"expected_refund_rupiah": refused["refund_rupiah"]}
    answer = guest.post(path, agreed, content_type="application/json")

    assert (refused["code"], refused["refund_rupiah"]) == ("refund_changed", 75_000)
    assert unchanged == ("confirmed", 0, [0, 0, 0])
    assert (answer.status_code, answer.json()["status"]) == (201, "cancelled")
    assert money(booking) == ("cancelled", 75_000, [25_000, 25_000, 25_000])


def test_api_cancels_what_it_offers_where_one_ticket_was_used() -> None:
    booking = paid(hours=30)
    used = booking.tickets.order_by("pk").first()
    Ticket.objects.filter(pk=used.pk).update(checked_in_at=timezone.now())  # type: ignore[union-attr]
    guest, path = api(booking)

    offered = guest.get(path).json()["refund_rupiah"]
    body = {"tickets": "all", "expected_refund_rupiah": offered}
    answer = guest.post(path, body, content_type="application/json")

    assert (answer.status_code, offered) == (201, 106_000)
    assert money(booking) == ("partly_cancelled", 106_000, [0, 53_000, 53_000])


def test_cancellation_page_with_a_changed_refund_is_shown_again(client: Client) -> None:
    booking = paid(hours=3)
    client.get(f"/en/b/{booking.code}/{access_token(booking)}/")
    path = f"/en/bookings/{booking.code}/cancel/"
    seats = seats_of(booking)
    shown = {f"refund_{seat}": "53000" for seat in seats}

    for stale in ({"seat": seats}, {**shown, "seat": seats}):
        page = client.post(path, stale, follow=True).content.decode()
        assert "The refund is now Rp75,000. Please check it and confirm again." in page
    assert money(booking) == ("confirmed", 0, [0, 0, 0])


def test_page_shows_the_rules_and_cancels_what_is_ticked(client: Client) -> None:
    booking = paid(hours=3)
    client.get(f"/en/b/{booking.code}/{access_token(booking)}/")
    page = client.get(f"/en/bookings/{booking.code}/").content.decode()
    assert "Until 24 hours before the show:" in page
    assert "50% of the ticket, not the service fee" in page
    assert "The tickets you choose become invalid at once." in page
    assert page.count("25,000 comes back") == 3
    assert "data-refund-total>Rp75,000<" in page

    path = f"/en/bookings/{booking.code}/cancel/"
    shown = {f"refund_{seat}": "25000" for seat in seats_of(booking)}
    assert all(f'name="{name}" value="25000"' in page for name in shown)
    none = client.post(path, shown, follow=True).content.decode()
    assert "Please choose the tickets to cancel." in none
    done = client.post(path, {**shown, "seat": seats_of(booking)[:2]}, follow=True)
    assert "The tickets are cancelled." in done.content.decode()
    assert money(booking) == ("partly_cancelled", 50_000, [25_000, 25_000, 0])


# ------------------------------------------------------------------ after staff gave money back
def paid_with_given_back(amount_rupiah: int) -> Booking:
    """Three tickets of 53,000, of whose payment staff gave back an amount."""
    booking = paid(hours=30)
    give_back(booking_id=booking.pk, amount_rupiah=amount_rupiah, actor="x", at=timezone.now())
    return booking


def test_api_offers_at_most_what_is_left_of_the_payment() -> None:
    booking = paid_with_given_back(100_000)
    guest, path = api(booking)
    seats = seats_of(booking)

    offered = guest.get(path).json()
    stale = {"tickets": "all", "expected_refund_rupiah": 159_000}
    refused = guest.post(path, stale, content_type="application/json").json()
    agreed = {"tickets": seats[2:], "expected_refund_rupiah": 53_000}
    answer = guest.post(path, agreed, content_type="application/json")

    assert (offered["refund_rupiah"], offered["tickets"]) == (
        59_000,
        [{"seat": seat, "refund_rupiah": 53_000} for seat in seats],
    )
    assert (refused["code"], refused["refund_rupiah"]) == ("refund_changed", 59_000)
    assert answer.status_code == 201
    assert money(booking) == ("partly_cancelled", 153_000, [0, 0, 53_000])


def test_page_promises_at_most_what_is_left_of_the_payment(client: Client) -> None:
    booking = paid_with_given_back(159_000 - 60_000)
    client.get(f"/en/b/{booking.code}/{access_token(booking)}/")
    page = client.get(f"/en/bookings/{booking.code}/").content.decode()
    path = f"/en/bookings/{booking.code}/cancel/"
    seats = seats_of(booking)
    shown = {f"refund_{seat}": "53000" for seat in seats}

    stale = client.post(path, {**shown, "refund_all": "159000", "seat": seats}, follow=True)
    unchanged = money(booking)
    client.post(path, {**shown, "refund_all": "60000", "seat": seats[:2]})

    assert 'name="refund_all" value="60000"' in page
    assert "data-refund-total>Rp60,000<" in page
    assert "The refund is now Rp60,000." in stale.content.decode()
    assert unchanged == ("confirmed", 99_000, [0, 0, 0])
    assert money(booking) == ("partly_cancelled", 159_000, [53_000, 7_000, 0])

"""What a customer is told before cancelling, over the API and on the page."""

from __future__ import annotations

import pytest
from django.test import Client

from bookings.models import Booking
from bookings.orders.access_tokens import access_token
from tests.bookings.test_cancellation_terms import TERMS, money, paid, seats_of

pytestmark = pytest.mark.django_db


def api(booking: Booking) -> tuple[Client, str]:
    guest = Client(headers={"X-Booking-Token": access_token(booking)})
    return guest, f"/api/v1/bookings/{booking.code}/cancellation"


def test_api_tells_what_would_come_back_and_cancels_one_ticket() -> None:
    booking = paid(hours=3)
    guest, path = api(booking)
    seats = seats_of(booking)

    assert guest.get(path).json() == {
        "refund_rupiah": 75_000,
        "tickets": [{"seat": seat, "refund_rupiah": 25_000} for seat in seats],
        "rules": TERMS,
    }
    body = {"tickets": seats[:1]}
    answer = guest.post(path, body, content_type="application/json")

    assert (answer.status_code, answer.json()["status"]) == (201, "partly_cancelled")
    assert [ticket["status"] for ticket in answer.json()["tickets"]] == ["void", "valid", "valid"]
    assert money(booking) == ("partly_cancelled", 25_000, [25_000, 0, 0])


def test_api_refuses_what_cannot_be_cancelled() -> None:
    late, early = paid(hours=0.5), paid(hours=30)
    guest, path = api(late)
    assert guest.get(path).json()["code"] == "not_cancellable"
    refused = guest.post(path, content_type="application/json")
    assert refused.json()["code"] == "cancellation_too_late"
    guest, path = api(early)
    for body, code in (({"tickets": [1]}, "tickets_mismatch"), ({"tickets": []}, "invalid")):
        answer = guest.post(path, body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_api_names_the_seat_that_has_no_ticket_to_cancel() -> None:
    guest, path = api(paid(hours=30))
    answer = guest.post(
        path, {"tickets": [1]}, content_type="application/json", headers={"Accept-Language": "en"}
    )

    assert (answer.json()["detail"], answer.json()["seats"]) == (
        "A ticket that you chose is not of this booking, or cancelled already.",
        [1],
    )


def test_page_shows_the_rules_and_cancels_what_is_ticked(client: Client) -> None:
    booking = paid(hours=3)
    client.get(f"/en/b/{booking.code}/{access_token(booking)}/")
    page = client.get(f"/en/bookings/{booking.code}/").content.decode()
    assert "Until 24 hours before the show:" in page
    assert "50% of the ticket, not the service fee" in page
    assert "75,000 is sent back to you" in page

    path = f"/en/bookings/{booking.code}/cancel/"
    none = client.post(path, {"chosen": "1"}, follow=True).content.decode()
    assert "Please choose the tickets to cancel." in none
    done = client.post(path, {"chosen": "1", "seat": seats_of(booking)[:2]}, follow=True)
    assert "The tickets are cancelled." in done.content.decode()
    assert money(booking) == ("partly_cancelled", 50_000, [25_000, 25_000, 0])

"""From a hold to a ticket over HTTP, with the sandbox bank answering over HTTP too."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import IdempotentRequest
from bookings.api.access import CALLERS_BY_NETWORK
from bookings.models import Booking, BookingStatus, Payment, Ticket
from bookings.orders.access_tokens import access_token
from bookings.orders.vouchers import REFUSED_CODES_BY_NETWORK
from bookings.payments.base import ProviderReport
from bookings.settlement.settle import settle
from bookings.tickets.codes import ticket_code
from movies.api.representations import cinema_in_brief, movie_in_brief, studio_in_brief
from tests.api.test_seats import APP, OTHER_APP, hold, post, sign_in
from tests.factories import (
    make_confirmed_booking,
    make_showtime,
    make_ticket_type,
    make_user,
    make_voucher,
)
from tests.limits import use_up
from tests.seating.test_holds import seat_ids, states

pytestmark = pytest.mark.django_db

CONTACT = {"name": "Siti Rahma", "email": "siti@example.com", "phone": "0812-3456-7890"}


def order(hold_id: str, seats: list[int], **changes: Any) -> dict[str, Any]:
    tickets = [{"seat": seat, "ticket_type": "adult"} for seat in seats]
    return {"hold": hold_id, "tickets": tickets, "contact": CONTACT} | changes


def pay(payment: Payment) -> None:
    report = ProviderReport(
        payment.reference or "ref", "succeeded", payment.amount_rupiah, "IDR", str(payment.pk)
    )
    settle(payment_id=payment.pk, report=report, at=timezone.now())


def test_order_answers_with_prices_tickets_and_the_guests_key() -> None:
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    held = hold(showtime, [first, second]).json()

    answer = post("bookings", order(held["id"], [first, second]))

    made = Booking.objects.get()
    line = {
        "ticket_type": "adult",
        "price_rupiah": 50_000,
        "fee_rupiah": 3_000,
        "discount_rupiah": 0,
        "status": "ordered",
        "code": None,
    }
    cinema = showtime.studio.cinema
    body = answer.json()
    assert answer.status_code == 201
    assert body == {
        "code": made.code,
        "status": "pending",
        "showtime": showtime.pk,
        "movie": movie_in_brief(showtime.movie) | {"poster_url": "", "posters": []},
        "cinema": cinema_in_brief(cinema) | {"address": cinema.address},
        "studio": studio_in_brief(showtime.studio),
        "starts_at": body["starts_at"],
        "film_ends_at": body["film_ends_at"],
        "business_date": showtime.business_date.isoformat(),
        "time_zone": "Asia/Jakarta",
        "tickets": [
            line | {"seat": first, "label": "A1"},
            line | {"seat": second, "label": "A2"},
        ],
        "currency": "IDR",
        "seats_rupiah": 100_000,
        "fee_rupiah": 6_000,
        "discount_rupiah": 0,
        "total_rupiah": 106_000,
        "tax_rupiah": 9_091,
        "created_at": body["created_at"],
        "expires_at": held["expires_at"],
        "contact": CONTACT | {"phone": "+6281234567890"},
        "payments": [],
        "refunds": [],
        "links": {"pdf": None, "ics": None, "page": body["links"]["page"]},
        "access_token": access_token(made),
    }
    assert answer["Cache-Control"] == "private, no-store"


def test_paid_order_gives_valid_tickets_to_the_bearer_of_its_token() -> None:
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=1)
    seats = seat_ids(showtime)
    booked = post("bookings", order(hold(showtime, seats).json()["id"], seats)).json()
    booking = Booking.objects.get()
    payment = Payment.objects.create(
        booking=booking,
        provider="sandbox",
        amount_rupiah=booking.total_rupiah,
        created_at=booking.created_at,
        expires_at=booking.expires_at,
    )
    pay(payment)

    guest = Client(headers={"X-Booking-Token": booked["access_token"]})
    seen = guest.get(f"/api/v1/bookings/{booking.code}").json()
    tickets = guest.get(f"/api/v1/bookings/{booking.code}/tickets").json()

    assert seen["status"] == "confirmed"
    assert [ticket["code"] for ticket in seen["tickets"]] == [tickets[0]["code"]]
    assert [(ticket["status"], ticket["code"]) for ticket in tickets] == [
        ("valid", ticket_code(Ticket.objects.get()))
    ]
    assert states(showtime) == [("sold", None, 2)]


def test_booking_of_another_customer_is_not_found() -> None:
    owner, stranger = make_user(), make_user()
    mine, other = make_confirmed_booking(user=owner), make_confirmed_booking()
    path = f"/api/v1/bookings/{mine.code}"
    outsiders = [
        {},
        sign_in(stranger),
        {"X-Booking-Token": access_token(other)},
        {"X-Booking-Token": "forged"},
        sign_in(owner) | {"X-Booking-Token": access_token(other)},
    ]

    for headers in outsiders:
        client = Client(headers=headers)
        answers = [
            client.get(path),
            client.get(f"{path}/tickets"),
            client.get(f"{path}/payments"),
            client.post(f"{path}/payments", {"provider": "sandbox"}, "application/json"),
            client.post(f"{path}/cancellation"),
        ]
        assert [(a.status_code, a.json()["code"]) for a in answers] == [
            (404, "booking_not_found")
        ] * 5
    assert Booking.objects.get(pk=mine.pk).status == BookingStatus.CONFIRMED
    for headers in (sign_in(owner), {"X-Booking-Token": access_token(mine)}):
        assert Client(headers=headers).get(path).json()["code"] == mine.code


def test_lists_show_a_customer_their_own_and_a_guest_nothing() -> None:
    owner, stranger = make_user(), make_user()
    mine = make_confirmed_booking(user=owner)
    headers = sign_in(owner)

    listed = Client(headers=headers).get("/api/v1/bookings").json()
    assert ([b["code"] for b in listed["results"]], listed["next"]) == ([mine.code], None)
    assert len(Client(headers=headers).get("/api/v1/tickets").json()["results"]) == 2
    for path in ("bookings", "tickets"):
        theirs = Client(headers=sign_in(stranger)).get(f"/api/v1/{path}").json()
        assert theirs == {"results": [], "next": None}
        refused = Client().get(f"/api/v1/{path}")
        assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")


def test_wrong_orders_are_named_and_make_nothing() -> None:
    make_ticket_type()
    make_voucher(code="USEDUP", max_uses=1, uses=1)
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, third = seat_ids(showtime)
    held = hold(showtime, [first, second], APP).json()["id"]
    both = [first, second]
    before = states(showtime)

    asked = [
        (order(held, [first]), "tickets_mismatch"),
        (order(held, [first, third]), "tickets_mismatch"),
        (order(held, [first, first]), "invalid"),
        (order(held, both, tickets=[]), "invalid"),
        (
            order(held, both, tickets=[{"seat": s, "ticket_type": "vip"} for s in both]),
            "ticket_type_unknown",
        ),
        (order(held, both, voucher="NOSUCH"), "voucher_unknown"),
        (order(held, both, voucher="USEDUP"), "voucher_used_up"),
        (order(held, both, contact=CONTACT | {"email": "nonsense"}), "invalid"),
        (order(held, both, contact=CONTACT | {"phone": "12"}), "invalid"),
        (order(held, both, contact={}), "invalid"),
        (order(held, both, total_rupiah=1), "invalid"),
        (order(held, both, status="confirmed"), "invalid"),
        (order(held, both, user=1), "invalid"),
        (order("not-a-uuid", both), "invalid"),
    ]
    got = [post("bookings", body, APP) for body, _code in asked]

    assert [(a.status_code, a.json()["code"]) for a in got] == [
        (422, code) for _body, code in asked
    ]
    assert post("bookings", order(held, both), OTHER_APP).json()["code"] == "hold_not_found"
    assert (Booking.objects.count(), states(showtime)) == (0, before)


def test_voucher_codes_cannot_be_guessed_through_quotes_and_orders() -> None:
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=1)
    seats = seat_ids(showtime)
    held = hold(showtime, seats, APP).json()["id"]
    tickets = [{"seat": seats[0], "ticket_type": "adult"}]

    def guess(number: int) -> str:
        code = f"GUESS{number}"
        if number % 2:
            return str(post("bookings", order(held, seats, voucher=code), APP).json()["code"])
        body = {"tickets": tickets, "voucher": code}
        return str(post(f"holds/{held}/quote", body, APP).json()["code"])

    assert [guess(0), guess(1)] == ["voucher_unknown", "voucher_unknown"]
    use_up(REFUSED_CODES_BY_NETWORK)
    assert [guess(2), guess(3)] == ["rate_limited", "rate_limited"]
    assert post("bookings", order(held, seats), APP).status_code == 201


def test_second_order_of_a_hold_names_the_first() -> None:
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=1)
    seats = seat_ids(showtime)
    held = hold(showtime, seats).json()["id"]
    first = post("bookings", order(held, seats)).json()

    again = post("bookings", order(held, seats))

    assert (again.status_code, again.json()["code"]) == (409, "hold_sealed")
    assert again.json()["booking"] == first["code"]
    assert Booking.objects.count() == 1


def test_order_is_refused_where_the_total_is_not_the_expected_one() -> None:
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=1)
    seats = seat_ids(showtime)
    held = hold(showtime, seats, APP).json()["id"]
    showtime.seats.update(price_rupiah=60_000)

    refused = post("bookings", order(held, seats, expected_total_rupiah=53_000), APP)
    made = Booking.objects.count()
    agreed = post("bookings", order(held, seats, expected_total_rupiah=63_000), APP)

    assert (refused.status_code, refused.json()["code"]) == (409, "total_changed")
    assert (refused.json()["total_rupiah"], made) == (63_000, 0)
    assert (agreed.status_code, agreed.json()["total_rupiah"]) == (201, 63_000)


def test_repeated_order_replays_its_token_and_a_lost_seat_is_not_replayed() -> None:
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=1)
    seats = seat_ids(showtime)
    rival = hold(showtime, seats, OTHER_APP).json()["id"]
    key = {"Idempotency-Key": "k-1"}
    holds = f"showtimes/{showtime.pk}/holds"

    lost = post(holds, {"seats": seats}, APP | key)
    Client(headers=OTHER_APP).delete(f"/api/v1/holds/{rival}")
    held = post(holds, {"seats": seats}, APP | key)
    first = post(
        "bookings", order(held.json()["id"], seats), APP | key | {"Idempotency-Key": "k-2"}
    )
    again = post(
        "bookings", order(held.json()["id"], seats), APP | key | {"Idempotency-Key": "k-2"}
    )

    assert (lost.json()["code"], held.status_code) == ("seat_taken", 201)
    assert (first.status_code, first.json()) == (201, again.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Cache-Control"] == "private, no-store"
    assert Booking.objects.count() == 1


def test_refused_and_anonymous_requests_store_no_idempotency_row() -> None:
    key = {"Idempotency-Key": "k-1"}
    missing = post("bookings/NOSUCH/abandon", {"keep_seats": False}, key)
    anonymous = post("check-ins", {"code": "x"}, key)
    use_up(CALLERS_BY_NETWORK)
    limited = post("bookings", {}, key)

    answers = [missing.status_code, anonymous.status_code, limited.status_code]
    assert (answers, IdempotentRequest.objects.count()) == ([404, 401, 429], 0)

"""An app from its first start to the deletion of the account, by the API alone.

Emails and the bank's page are read as a customer does; everything else is a request of the API.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from bookings.models import Booking, Payment
from bookings.refunds.refunds import send_due_refunds
from seating.models import SeatStatus, ShowtimeSeat
from tests.bookings.conftest import bank as bank  # a fixture
from tests.bookings.fake_provider import FakeProvider
from tests.factories import PASSWORD, make_showtime, make_ticket_type

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eager_tasks")]

EMAIL, NEW_PASSWORD = "sari@example.com", "another passphrase 8"
CODE = re.compile(r"^([A-Z0-9-]{6,})$", re.MULTILINE)
VISITOR = "an-installation-of-sari"


class App:
    """Keeps what a real app keeps: the secret of its installation and the token of its session."""

    def __init__(self) -> None:
        self.http = Client(headers={"Accept-Language": "en", "X-Visitor": VISITOR})
        self.token = ""

    def call(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent = {} if method == "get" else {"data": body or {}, "content_type": "application/json"}
        answer = getattr(self.http, method)(f"/api/v1/{path}", headers=headers, **sent)
        assert answer.status_code == status, (path, answer.content)
        document = answer.json() if answer.content else None
        if isinstance(document, dict) and "token" in document:
            self.token = document["token"]
        return document


def emailed_code() -> str:
    [code] = CODE.findall(str(mail.outbox[-1].body))
    return str(code)


def sign_up(app: App) -> None:
    new = {"email": EMAIL, "password": PASSWORD, "name": "Sari", "device": "Pixel 9"}
    assert app.call("post", "account", new, status=201)["status"] == "confirm_email"
    done = app.call("post", "account/confirmation", {"code": emailed_code()})
    assert (done["status"], done["user"]["email"]) == ("signed_in", EMAIL)


def hold_two_seats(app: App) -> dict[str, Any]:
    """As a guest, before there is an account."""
    [showtime] = app.call("get", "showtimes")["results"]
    seats = [seat["id"] for seat in app.call("get", f"showtimes/{showtime['id']}/seats")][:2]
    path = f"showtimes/{showtime['id']}/holds"
    held: dict[str, Any] = app.call("post", path, {"seats": seats}, status=201)
    return held


def book(app: App, hold: dict[str, Any]) -> str:
    [ticket_type] = app.call("get", f"ticket-types?showtime={hold['showtime']}")
    booking = app.call(
        "post",
        "bookings",
        {
            "hold": hold["id"],
            "tickets": [
                {"seat": seat["id"], "ticket_type": ticket_type["code"]} for seat in hold["seats"]
            ],
            "contact": {"name": "Sari", "email": EMAIL},
            "expected_total_rupiah": hold["total_rupiah"],
        },
        status=201,
    )
    return str(booking["code"])


def pay_at_the_second_attempt(app: App, code: str, bank: FakeProvider) -> None:
    path = f"bookings/{code}/payments"
    app.call("post", path, {"provider": "paper"}, status=201)
    bank.pay(Payment.objects.get(), status="failed", failure_code="declined")
    assert [each["status"] for each in app.call("get", path)] == ["failed"]
    assert app.call("get", f"bookings/{code}")["status"] == "pending"
    app.call("post", path, {"provider": "paper"}, status=201)
    bank.pay(Payment.objects.latest("created_at"))
    assert app.call("get", f"bookings/{code}")["status"] == "confirmed"


def cancel_one_ticket(app: App, code: str) -> int:
    """The refund in rupiah."""
    path = f"bookings/{code}/cancellation"
    one = app.call("get", path)["tickets"][0]
    body = {"tickets": [one["seat"]], "expected_refund_rupiah": one["refund_rupiah"]}
    assert app.call("post", path, body, status=201)["status"] == "partly_cancelled"
    return int(one["refund_rupiah"])


def reset_password(app: App) -> None:
    app.token = ""
    app.call("post", "account/password-reset", {"email": EMAIL}, status=201)
    body = {"code": emailed_code(), "password": NEW_PASSWORD}
    app.call("post", "account/password-reset/completion", body, status=204)
    app.token = ""
    body = {"email": EMAIL, "password": NEW_PASSWORD}
    assert app.call("post", "account/sessions", body, status=201)["status"] == "signed_in"


def test_app_from_its_first_start_to_the_deletion_of_the_account(
    bank: FakeProvider, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    showtime, app = make_showtime(rows="A", seats_per_row=4), App()
    make_ticket_type()
    assert app.call("get", "config")["languages"] == ["id", "en"]

    hold = hold_two_seats(app)
    sign_up(app)
    assert app.call("get", f"holds/{hold['id']}")["id"] == hold["id"]  # it is the account's now
    code = book(app, hold)
    pay_at_the_second_attempt(app, code, bank)
    tickets = app.call("get", "tickets")["results"]
    assert [each["booking"] for each in tickets] == [code, code]

    refund_rupiah = cancel_one_ticket(app, code)
    with django_capture_on_commit_callbacks(execute=True):
        send_due_refunds(timezone.now())
    [refund] = app.call("get", f"bookings/{code}")["refunds"]
    assert refund["amount_rupiah"] == refund_rupiah > 0
    assert sorted(
        ShowtimeSeat.objects.filter(showtime=showtime).values_list("status", flat=True)
    ) == sorted([SeatStatus.SOLD, *[SeatStatus.AVAILABLE] * 3])

    reset_password(app)
    [kept] = app.call("get", "bookings")["results"]
    assert (kept["code"], kept["status"]) == (code, "partly_cancelled")
    stored = app.call("get", "account/data")["sections"]
    assert (stored["account"]["email"], stored["sessions"][0]["kind"]) == (EMAIL, "app")

    refused = app.call("post", "account/deletion", {"password": NEW_PASSWORD}, status=409)
    assert (refused["code"], len(refused["obstacles"])) == ("account_not_deletable", 1)
    everything = app.call("get", f"bookings/{code}/cancellation")
    body = {"tickets": "all", "expected_refund_rupiah": everything["refund_rupiah"]}
    app.call("post", f"bookings/{code}/cancellation", body, status=201)
    send_due_refunds(timezone.now())
    app.call("post", "account/deletion", {"password": NEW_PASSWORD}, status=204)

    assert app.call("get", "me", status=401)["code"] == "authentication_failed"
    assert list(User.objects.values_list("name", "is_active")) == [("", False)]
    assert list(Booking.objects.values_list("contact_name", "contact_email")) == [("", "")]

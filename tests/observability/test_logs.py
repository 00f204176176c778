"""Log lines: request id and message, without personal data."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, Payment
from bookings.orders.access_tokens import access_token
from bookings.tickets.codes import ticket_code
from cinema_project.observability import logging as observability_logging
from cinema_project.observability import setup
from core.http import request_context
from notifications import delivery
from notifications.models import Message
from tests.api.test_bookings import order, pay
from tests.api.test_seats import hold, post
from tests.factories import (
    make_confirmed_booking,
    make_showtime,
    make_ticket_type,
    make_user,
)
from tests.seating.test_holds import seat_ids

NAME, EMAIL, PHONE = "Kenari Wulandari", "kenari.wulandari@example.org", "0812-7777-1234"
PASSWORD = "kuning-sekali-77"
CANARIES = ("Kenari", "Wulandari", "kenari", EMAIL, "7777", "1234", PASSWORD)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything the process logs, from DEBUG on, in the installation's format."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(observability_logging.formatter("json"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    observability_logging.connect()
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    logging.getLogger("django.request").setLevel(logging.ERROR)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_line_is_json_with_its_request_id(client: Client, written: io.StringIO) -> None:
    # django.request is enabled here; an installation logs only server errors.
    logging.getLogger("django.request").setLevel(logging.WARNING)
    client.get("/no-such-page/", headers={"X-Request-ID": "balancer-0001"})

    [line] = [line for line in lines(written) if line["logger"] == "django.request"]
    assert line == {
        "level": "warning",
        "logger": "django.request",
        "at": line["at"],
        "request_id": "balancer-0001",
        "message": "Not Found: /no-such-page/",
    }


@pytest.mark.django_db
def test_invalid_request_id_is_replaced(client: Client, written: io.StringIO) -> None:
    logging.getLogger("django.request").setLevel(logging.WARNING)
    client.get("/no-such-page/", headers={"X-Request-ID": "x y\tforged"})

    [line] = [line for line in lines(written) if line["logger"] == "django.request"]
    assert (len(line["request_id"]), line["request_id"].isalnum()) == (32, True)


@pytest.mark.django_db
def test_booking_leads_to_its_requests(client: Client, written: io.StringIO) -> None:
    booking = make_confirmed_booking()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    listing = reverse("admin:bookings_booking_changelist")
    chosen = {
        "action": "cancel_and_refund",
        "_selected_action": [str(booking.pk)],
        "is_confirmed": "1",
        "shown_rupiah": str(booking.total_rupiah),
        "reason": "No power",
    }
    client.post(listing, chosen, headers={"X-Request-ID": "balancer-0002"})

    page = client.get(reverse("admin:bookings_booking_change", args=[booking.pk]))

    cancelled = booking.events.filter(kind__in=["ticket_voided", "cancelled", "refund_due"])
    assert set(cancelled.values_list("origin", flat=True)) == {"balancer-0002"}
    assert "balancer-0002" in page.content.decode()
    logged = {line["request_id"] for line in lines(written) if line.get("booking") == booking.code}
    assert logged == {"balancer-0002"}


def test_next_request_and_task_have_no_booking_in_their_context() -> None:
    begins: list[Callable[[], None]] = [
        lambda: request_context.bind_request({}),
        lambda: request_context.bind_task(""),
    ]
    for begin in begins:
        request_context.bind_booking("ABCD2345")
        begin()
        assert request_context.booking_code() == ""


def test_origin_is_the_task_or_the_request() -> None:
    request_context.bind_request({"HTTP_X_REQUEST_ID": "balancer-0003"})
    request_context.bind_task("task-1")
    inside = request_context.origin()
    request_context.bind_task("")
    request = request_context.origin()
    request_context.bind_request(None)

    assert (inside, request, request_context.origin()) == ("task-1", "balancer-0003", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail to a.b+c@d-e.co.id failed", "mail to [email] failed"),
        ("sms to 0812 3456 7890.", "sms to [phone]."),
        ("sms to +62 812-3456-7890", "sms to [phone]"),
        ("sms to 6281234567890", "sms to [phone]"),
        ("GET /b/ABCD-12/secret-token/ 200", "GET /b/ABCD-12/[token]/ 200"),
        ("DETAIL: Failing row contains (7, Siti Rahma).", "DETAIL: [row]"),
        ("Authorization: Token abc", "Authorization: [secret]"),
        ("sent with Token abc", "sent with Token [secret]"),
        ("/en/accounts/confirm-email/MQ:1x:sig/ 200", "/en/accounts/confirm-email/[token]/ 200"),
        ("/accounts/password/reset/key/1-ab-c1/", "/accounts/password/reset/key/[token]/"),
        ("/en/accounts/invitation/5:1x:sig/ 404", "/en/accounts/invitation/[token]/ 404"),
        ("GET /tickets/a1b2c3/sig-nature/ 500", "GET /tickets/a1b2c3/[token]/ 500"),
        ("/bookings/7F3K2/tickets/a1b2c3/qr.svg", "/bookings/7F3K2/tickets/a1b2c3/qr.svg"),
        ("booking 7F3K-2 of 150000 rupiah at 10:35", "booking 7F3K-2 of 150000 rupiah at 10:35"),
    ],
)
def test_personal_data_is_masked(text: str, shown: str) -> None:
    assert observability_logging.without_personal_data(text) == shown


def refuse_a_row(booking: Booking) -> None:
    """The database's error message quotes the row."""
    try:
        with transaction.atomic():
            Booking.objects.filter(pk=booking.pk).update(total_rupiah=-1)
    except IntegrityError:
        logging.getLogger("bookings").exception("a row was refused")


@pytest.mark.django_db(transaction=True)
def test_booking_logs_no_personal_data(client: Client, written: io.StringIO, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # a closed port
    User.objects.create(name=NAME, email=EMAIL, phone=PHONE, password=make_password(PASSWORD))
    client.post("/en/accounts/login/", {"login": EMAIL, "password": PASSWORD + "x"})
    client.post("/en/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=2)
    seats = seat_ids(showtime)
    held = hold(showtime, seats).json()
    contact = {"name": NAME, "email": EMAIL, "phone": PHONE}
    post("bookings", order(held["id"], seats, contact=contact | {"email": "kenari.at.no.where"}))
    code = post("bookings", order(held["id"], seats, contact=contact)).json()["code"]
    booking = Booking.objects.get(code=code)
    asking = {"X-Booking-Token": access_token(booking)}
    post(f"bookings/{code}/payments", {"provider": "sandbox"}, asking)  # the bank is unavailable
    pay(Payment.objects.get())
    for message in Message.objects.all():
        delivery.deliver(message.pk, at=timezone.now())
    client.get(f"/b/{code}/{access_token(booking)}/")
    logging.getLogger("bookings").warning("scanned %s", ticket_code(booking.tickets.all()[0]))
    refuse_a_row(booking)

    text = written.getvalue()
    assert (Message.objects.count() > 0, "a row was refused" in text) == (True, True)
    assert [canary for canary in (*CANARIES, access_token(booking)) if canary in text] == []


def test_sentry_events_contain_no_personal_data() -> None:
    event = {
        "exception": {"values": [{"type": "X", "value": f"no mail to {EMAIL}"}]},
        "logentry": {"message": "to %s", "formatted": f"to {EMAIL}", "params": [EMAIL]},
        "request": {
            "url": "https://tickets.example/b/ABCD/secret/",
            "cookies": {"sessionid": "s"},
            "headers": {"Authorization": "Token t"},
            "data": {"email": EMAIL},
            "query_string": "q=1",
            "method": "POST",
        },
        "user": {"email": EMAIL},
        "breadcrumbs": [EMAIL],
    }

    assert setup.without_personal_data(event, {}) == {
        "exception": {"values": [{"type": "X", "value": "no mail to [email]"}]},
        "logentry": {"message": "to %s", "formatted": "to [email]"},
        "request": {"url": "https://tickets.example/b/ABCD/[token]/", "method": "POST"},
    }

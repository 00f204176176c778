"""The requests of a sale without Django: WSGI functions, plain psycopg, the same rows.

The same reads and writes in as many transactions, the same requests to the bank, pages as constant
bytes of the same size. No visitor, no limits, no validation, no prices, no notification of maps.
"""

from __future__ import annotations

import http.client
import os
import re
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import redis

from benchmarks.floors import hold
from benchmarks.floors import sale_statements as sql
from benchmarks.floors.sale_rows import Template, connection, insert

QUEUE = "floor:messages"
HOLD_TIME = timedelta(seconds=300)
Answer = tuple[str, list[tuple[str, str]], bytes]
Routes = list[tuple[re.Pattern[str], Callable[..., Answer]]]
_local = threading.local()


@cache
def template() -> Template:
    return Template()


@cache
def pages() -> dict[str, bytes]:
    """Constant bytes, each of the size of the product's page."""
    sizes: dict[str, int] = orjson.loads(os.environ["FLOOR_PAGES"])
    total = template().booking["total_rupiah"]
    starts = {
        "checkout page": f'name="expected_total_rupiah" value="{total}"'.encode(),
        "confirmation page": b'data-booking-status="confirmed"',
    }
    return {name: starts.get(name, b"").ljust(size, b"x") for name, size in sizes.items()}


@cache
def valkey() -> Any:
    return redis.Redis.from_url(os.environ["REDIS_URL"])


def page(name: str, *headers: tuple[str, str]) -> Answer:
    return "200 OK", [("Content-Type", "text/html"), *headers], pages()[name]


def redirect(status: str, location: str) -> Answer:
    return status, [("Location", location)], b""


def seat_map(_environ: dict[str, Any], _showtime_id: str) -> Answer:
    cookies = [("Set-Cookie", f"visitor={uuid.uuid4()}"), ("Set-Cookie", "csrftoken=none")]
    return page("seat map page", *cookies)


def tap(environ: dict[str, Any], showtime_id: str) -> Answer:
    visitor, [seat_id] = visitor_of(environ), orjson.loads(body_of(environ))["seats"]
    database = connection()
    mine = database.execute(sql.OPEN_HOLD, (visitor, int(showtime_id))).fetchone()
    with database.transaction():
        seats = database.execute(hold.LOCK, (int(showtime_id), [seat_id])).fetchall()
        now = seats[0][4]
        expires_at = mine[1] if mine else now + HOLD_TIME
        hold_id = mine[0] if mine else uuid.uuid4()
        if not mine:
            values = (hold_id, int(showtime_id), visitor, now, expires_at)
            database.execute(hold.INSERT, values)
        database.execute(hold.UPDATE, (hold_id, expires_at, [seats[0][0]]))
    return "201 Created", [("Content-Type", "application/json")], pages()["tap"]


def checkout(environ: dict[str, Any], showtime_id: str) -> Answer:
    database = connection()
    held = database.execute(sql.HELD, (visitor_of(environ), int(showtime_id))).fetchall()
    database.execute(sql.SHOWTIME, (int(showtime_id),)).fetchall()
    database.execute(sql.TICKET_TYPES).fetchall()
    database.execute(sql.TAX_RULES).fetchall()
    if environ["REQUEST_METHOD"] == "GET":
        return page("checkout page")
    email = parse_qs(body_of(environ).decode())["email"][0]
    at = datetime.now(UTC)
    code, booking_id = insert_booking(int(showtime_id), held, email, at)
    charge = start_payment(f"http://{environ['HTTP_HOST']}/b/{code}/key/", booking_id, at)
    return redirect("303 See Other", charge["payment_url"])


def insert_booking(
    showtime_id: int, held: list[Any], email: str, at: datetime
) -> tuple[str, uuid.UUID]:
    """The code and id of a booking of the seats of a hold."""
    code = uuid.uuid4().hex[:8].upper()
    booking_id, expires_at = uuid.uuid4(), at + HOLD_TIME
    database, made = connection(), template()
    with database.transaction():
        database.execute(sql.SEAL, (held[0][0],))
        insert(
            "bookings_booking",
            made.booking,
            **{"id": booking_id, "code": code, "hold_id": held[0][0], "visitor": held[0][1]},
            **{"showtime_id": showtime_id, "contact_email": email},
            **{"status": "pending", "confirmed_at": None},
            **{"created_at": at, "expires_at": expires_at},
        )
        for _hold_id, _visitor, showtime_seat_id, *_rest in held:
            insert(
                "bookings_ticket",
                made.ticket,
                booking_id=booking_id,
                showtime_seat_id=showtime_seat_id,
                serial=uuid.uuid4().hex,
                issued_at=None,
            )
        insert("bookings_bookingevent", made.events[0], booking_id=booking_id, at=at)
    return code, booking_id


def start_payment(return_url: str, booking_id: uuid.UUID, at: datetime) -> dict[str, Any]:
    """The bank's charge. Two transactions: the payment, then its page."""
    database, made, payment_id = connection(), template(), uuid.uuid4()
    expires_at = at + HOLD_TIME
    with database.transaction():
        insert(
            "bookings_payment",
            made.payment,
            **{"id": payment_id, "booking_id": booking_id, "status": "created"},
            **{"reference": None, "redirect_url": "", "captured_rupiah": 0},
            **{"settled_at": None, "applied_at": None, "poll_at": at, "created_at": at},
            expires_at=expires_at,
        )
    wanted = {
        "merchant_reference": str(payment_id),
        "amount": made.payment["amount_rupiah"],
        "expires_at": expires_at.isoformat(),
        "return_url": return_url,
    }
    charge = ask_bank("POST", "/charges", wanted)
    with database.transaction():
        database.execute(sql.STORE_PAGE, (charge["reference"], charge["payment_url"], payment_id))
        insert("bookings_bookingevent", made.events[1], booking_id=booking_id, at=at)
    return charge


def link(_environ: dict[str, Any], code: str) -> Answer:
    connection().execute(sql.BOOKING, (code,)).fetchone()
    insert("django_session", template().sessions[0], session_key=uuid.uuid4().hex)
    return redirect("302 Found", f"/bookings/{code}/return/")


def come_back(_environ: dict[str, Any], code: str) -> Answer:
    database = connection()
    booking = database.execute(sql.BOOKING, (code,)).fetchone()
    payment = database.execute(sql.PAYMENT, (booking[0],)).fetchone()  # type: ignore[index]
    ask_bank("GET", f"/charges/{payment[1]}", None)  # type: ignore[index]
    settle(booking[0])  # type: ignore[index]
    return redirect("302 Found", f"/bookings/{code}/")


def settle(booking_id: uuid.UUID) -> None:
    """Sell the seats, issue tickets and write messages in one transaction; then queue these."""
    made, at, waiting, database = template(), datetime.now(UTC), [], connection()
    with database.transaction():
        [hold_id, email] = database.execute(sql.LOCK_BOOKING, (booking_id,)).fetchone()  # type: ignore[misc]
        [payment_id, amount] = database.execute(sql.LOCK_PAYMENT, (booking_id,)).fetchone()  # type: ignore[misc]
        database.execute(sql.END_HOLD, (at, hold_id))
        database.execute(sql.SELL, (booking_id, hold_id))
        database.execute(sql.CONFIRM, {"at": at, "payment": payment_id, "amount": amount})
        for event in made.events[2:]:
            event_id = insert("bookings_bookingevent", event, booking_id=booking_id, at=at)
        for message in made.messages:
            waiting.append(str(uuid.uuid4()))
            recipient = email if message["channel"] == "email" else message["recipient"]
            insert(
                "notifications_message",
                message,
                **{"id": waiting[-1], "booking_id": booking_id, "event_id": event_id},
                **{"recipient": recipient, "status": "waiting", "attempts": 0},
                **{"created_at": at, "next_attempt_at": at, "sent_at": None},
                provider_reference="",
            )
    for message_id in waiting:
        valkey().lpush(QUEUE, message_id)


def confirmation(_environ: dict[str, Any], code: str) -> Answer:
    database = connection()
    booking = database.execute(sql.BOOKING, (code,)).fetchone()
    database.execute(sql.TICKETS, (booking[0],)).fetchall()  # type: ignore[index]
    database.execute(sql.PAYMENT, (booking[0],)).fetchall()  # type: ignore[index]
    return page("confirmation page")


def webhook(environ: dict[str, Any]) -> Answer:
    told, database = orjson.loads(body_of(environ)), connection()
    ask_bank("GET", f"/charges/{told['reference']}", None)
    with database.transaction():
        values = (told["reference"],)
        [payment_id, _id] = database.execute(sql.OF_REFERENCE, values).fetchone()  # type: ignore[misc]
        insert(
            "bookings_providerevent",
            template().notice,
            **{"event_id": told["event_id"], "payment_id": payment_id},
            received_at=datetime.now(UTC),
        )
    return "200 OK", [], b"ok"


ROUTES: Routes = [
    (re.compile(r"/"), lambda _environ: page("home")),
    (re.compile(r"/healthz"), lambda _environ: ("200 OK", [], b"ok")),
    (re.compile(r"/schedule/"), lambda _environ: page("schedule")),
    (re.compile(r"/showtimes/(\d+)/"), seat_map),
    (re.compile(r"/showtimes/(\d+)/hold/"), tap),
    (re.compile(r"/showtimes/(\d+)/checkout/"), checkout),
    (re.compile(r"/b/(\w+)/key/"), link),
    (re.compile(r"/bookings/(\w+)/return/"), come_back),
    (re.compile(r"/bookings/(\w+)/"), confirmation),
    (re.compile(r"/webhooks/sandbox/"), webhook),
]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    return answered(ROUTES, environ, start_response)


def answered(
    routes: Routes, environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    for route, view in routes:
        if found := route.fullmatch(environ["PATH_INFO"]):
            status, headers, body = view(environ, *found.groups())
            start_response(status, [*headers, ("Content-Length", str(len(body)))])
            return [body]
    start_response("404 Not Found", [("Content-Length", "0")])
    return [b""]


def visitor_of(environ: dict[str, Any]) -> str:
    return SimpleCookie(environ["HTTP_COOKIE"])["visitor"].value


def body_of(environ: dict[str, Any]) -> bytes:
    read: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return read


def ask_bank(method: str, path: str, document: object) -> dict[str, Any]:
    address = urlsplit(os.environ["FLOOR_BANK"])
    if not hasattr(_local, "bank"):
        _local.bank = http.client.HTTPConnection(address.netloc)
    body = orjson.dumps(document) if document else None
    try:
        _local.bank.request(method, address.path + path, body)
        read = _local.bank.getresponse().read()
    except ConnectionError:  # closed after a pause
        _local.bank.close()
        _local.bank.request(method, address.path + path, body)
        read = _local.bank.getresponse().read()
    answer: dict[str, Any] = orjson.loads(read)
    return answer

"""The four requests of an order over the API without Django: plain psycopg, the same rows.

The same reads and writes in as many transactions, and the same requests to the bank, as in
``benchmarks.floors.sale``. No limits, no validation, no prices, no notification of maps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import orjson

from benchmarks.floors import sale, sale_statements
from benchmarks.floors.hold import _hold
from benchmarks.floors.sale_rows import connection, insert

Answer = sale.Answer
JSON = [("Content-Type", "application/json")]


def hold(environ: dict[str, Any], showtime_id: str) -> Answer:
    seat_ids = orjson.loads(sale.body_of(environ))["seats"]
    made = _hold(int(showtime_id), seat_ids, environ["HTTP_X_VISITOR"])
    return ("201 Created", JSON, made) if made else ("409 Conflict", JSON, b"{}")


def book(environ: dict[str, Any]) -> Answer:
    wanted, database = orjson.loads(sale.body_of(environ)), connection()
    values = (wanted["hold"], environ["HTTP_X_VISITOR"])
    held = database.execute(sale_statements.OF_HOLD, values).fetchall()
    showtime_id = held[0][3]
    database.execute(sale_statements.SHOWTIME, (showtime_id,)).fetchall()
    database.execute(sale_statements.TICKET_TYPES).fetchall()
    database.execute(sale_statements.TAX_RULES).fetchall()
    email = wanted["contact"]["email"]
    code, booking_id = sale.insert_booking(showtime_id, held, email, datetime.now(UTC))
    return _created({"code": code, "access_token": str(booking_id)})


def pay(environ: dict[str, Any], code: str) -> Answer:
    booking = connection().execute(sale_statements.BOOKING, (code,)).fetchone()
    at = datetime.now(UTC)
    back = f"http://{environ['HTTP_HOST']}/b/{code}/key/"
    charge = sale.start_payment(back, booking[0], at)  # type: ignore[index]
    return _created({"reference": charge["reference"], "redirect_url": charge["payment_url"]})


def webhook(environ: dict[str, Any]) -> Answer:
    told, database = orjson.loads(sale.body_of(environ)), connection()
    sale.ask_bank("GET", f"/charges/{told['reference']}", None)
    values = (told["reference"],)
    [payment_id, booking_id] = database.execute(sale_statements.OF_REFERENCE, values).fetchone()  # type: ignore[misc]
    with database.transaction():
        insert(
            "bookings_providerevent",
            sale.template().notice,
            **{"event_id": told["event_id"], "payment_id": payment_id},
            received_at=datetime.now(UTC),
        )
        sale.settle(booking_id)
    return "200 OK", [], b"ok"


def _created(document: dict[str, str]) -> Answer:
    return "201 Created", JSON, orjson.dumps(document)


ROUTES: sale.Routes = [
    (re.compile(r"/healthz"), lambda _environ: ("200 OK", [], b"ok")),
    (re.compile(r"/api/v1/showtimes/(\d+)/holds"), hold),
    (re.compile(r"/api/v1/bookings"), book),
    (re.compile(r"/api/v1/bookings/(\w+)/payments"), pay),
    (re.compile(r"/webhooks/sandbox/"), webhook),
]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    return sale.answered(ROUTES, environ, start_response)

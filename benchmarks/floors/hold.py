"""The same hold without Django: a WSGI function, psycopg, four statements in one transaction.

No visitor, no limits, no validation, no notification of maps: only the rows that a hold must lock
and write, on the same server, connection kept open, statements prepared.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import orjson
import psycopg

HOLD_TIME = timedelta(seconds=300)

LOCK = """
SELECT s.id, s.seat_id, s.price_rupiah, s.version, statement_timestamp()
FROM seating_showtimeseat s
WHERE s.showtime_id = %s AND s.seat_id = ANY(%s)
  AND (s.status = 'available' OR (s.status = 'held' AND s.held_until <= statement_timestamp()))
ORDER BY s.seat_id
FOR NO KEY UPDATE OF s NOWAIT
"""
INSERT = """
INSERT INTO seating_hold (id, showtime_id, visitor, created_at, expires_at, "end")
VALUES (%s, %s, %s, %s, %s, '')
"""
UPDATE = """
UPDATE seating_showtimeseat
SET status = 'held', hold_id = %s, held_until = %s, version = version + 1
WHERE id = ANY(%s)
"""

_local = threading.local()


def _connection() -> psycopg.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    kept: psycopg.Connection = _local.connection
    return kept


def _hold(showtime_id: int, seat_ids: list[int], visitor: str = "app:nobody") -> bytes | None:
    connection = _connection()
    with connection.transaction(), connection.cursor() as cursor:
        seats = cursor.execute(LOCK, (showtime_id, seat_ids)).fetchall()
        if len(seats) != len(seat_ids):
            return None
        hold_id, now = uuid.uuid4(), seats[0][4]
        expires_at = now + HOLD_TIME
        cursor.execute(INSERT, (hold_id, showtime_id, visitor, now, expires_at))
        cursor.execute(UPDATE, (hold_id, expires_at, [seat[0] for seat in seats]))
    return orjson.dumps(
        {
            "id": hold_id,
            "expires_at": expires_at,
            "server_time": now,
            "seats": [{"id": seat[1], "price_rupiah": seat[2]} for seat in seats],
            "total_rupiah": sum(seat[2] for seat in seats),
        }
    )


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] == "GET":
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    # /api/v1/showtimes/<id>/holds
    showtime_id = int(environ["PATH_INFO"].split("/")[4])
    length = int(environ["CONTENT_LENGTH"])
    body = _hold(showtime_id, orjson.loads(environ["wsgi.input"].read(length))["seats"])
    status = "201 Created" if body else "409 Conflict"
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body or b"")))]
    start_response(status, headers)
    return [body or b""]

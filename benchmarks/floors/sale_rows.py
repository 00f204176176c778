"""Rows of a sale as a complete one of the product left them, written by plain psycopg.

Each ``INSERT`` names every column of its table, as the product's do; values that differ from sale
to sale are given, the others are those of the template.
"""

from __future__ import annotations

import os
import threading
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

Row = dict[str, Any]
GENERATED = {"bookings_ticket", "bookings_bookingevent", "notifications_deliveryattempt"}
GENERATED |= {"bookings_providerevent"}  # PostgreSQL numbers their rows

_local = threading.local()


def connection() -> psycopg.Connection[tuple[Any, ...]]:
    """This thread's, kept open; every statement is prepared."""
    if not hasattr(_local, "connection"):
        opened = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        opened.prepare_threshold = 0
        _local.connection = opened
    kept: psycopg.Connection[tuple[Any, ...]] = _local.connection
    return kept


class Template:
    """The rows of the booking FLOOR_TEMPLATE."""

    def __init__(self) -> None:
        booking_id = os.environ["FLOOR_TEMPLATE"]
        of_booking = "SELECT * FROM {} WHERE booking_id = %s ORDER BY {}"
        with psycopg.connect(os.environ["DATABASE_URL"], row_factory=dict_row) as database:

            def rows(statement: str, *values: object) -> list[Row]:
                return database.execute(statement, values).fetchall()

            [self.booking] = rows("SELECT * FROM bookings_booking WHERE id = %s", booking_id)
            self.ticket = rows(of_booking.format("bookings_ticket", "id"), booking_id)[0]
            self.events = rows(of_booking.format("bookings_bookingevent", "id"), booking_id)
            [self.payment] = rows(of_booking.format("bookings_payment", "id"), booking_id)
            messages = of_booking.format("notifications_message", "channel")
            self.messages = rows(messages, booking_id)
            self.attempts = rows(
                "SELECT * FROM notifications_deliveryattempt WHERE message_id = %s",
                self.messages[0]["id"],
            )
            self.sessions = rows("SELECT * FROM django_session LIMIT 1")
            self.notice = rows(
                "SELECT * FROM bookings_providerevent WHERE payment_id = %s", self.payment["id"]
            )[0]


def insert(table: str, template: Row, **changes: object) -> int | None:
    """Insert the template's row with ``changes``; the id that PostgreSQL gave it."""
    values = {**template, **changes}
    if table in GENERATED:
        del values["id"]
    columns = ", ".join(values)
    places = ", ".join(["%s"] * len(values))
    returning = " RETURNING id" if table in GENERATED else ""
    found = connection().execute(
        f"INSERT INTO {table} ({columns}) VALUES ({places}){returning}",
        [Jsonb(value) if isinstance(value, dict | list) else value for value in values.values()],
    )
    return found.fetchone()[0] if returning else None  # type: ignore[index]

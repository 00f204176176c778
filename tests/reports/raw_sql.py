"""Raw SQL that bypasses models and constraints."""

from __future__ import annotations

import uuid

from django.db import connection

SEATS, TICKETS = "seating_showtimeseat", "bookings_ticket"
BOOKINGS, PAYMENTS = "bookings_booking", "bookings_payment"
EVENTS, MESSAGES = "bookings_bookingevent", "notifications_message"


def sql(statement: str, *values: str | int | uuid.UUID | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def without(constraint: str, table: str) -> None:
    """Drop a constraint or unique index for the rest of the test's transaction."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # a table with deferred checks cannot be altered
    sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}")
    sql(f"DROP INDEX IF EXISTS {constraint}")


def rewrite_the_ledger(statement: str, *values: uuid.UUID) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql(f"ALTER TABLE {EVENTS} DISABLE TRIGGER booking_event_append_only")
    sql(statement, *values)

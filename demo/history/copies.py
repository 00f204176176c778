"""SQL statements that copy a week of the demo's showtimes and bookings to an earlier week.

Every column is copied, times are moved back, and columns with new values or references to new rows
are listed below. Columns added to a model later are copied automatically.
"""

# ruff: noqa: S608 (what is put into the statements are our own tables' and columns' names)
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models

from bookings.models import Booking, BookingEvent, Payment, Refund, Ticket
from bookings.models.booking import CODE_ALPHABET, CODE_LENGTH
from demo.programme import DAYS_BACK
from movies.models import Showtime
from notifications.models import Message
from sandbox_bank.models import Charge, ChargeRefund
from seating.models import Hold, ShowtimeSeat

REFERENCE = "chg_demo_"
CODE_STEP = 3_037_000_507  # coprime to the alphabet's length, so that codes never repeat
_PAID = "JOIN chosen_order o ON o.id = p.booking_id"
_CHARGE = "JOIN bookings_payment p ON p.reference = {}.reference " + _PAID
_ORDER = "JOIN chosen_order o ON o.id = r.booking_id"
# Which rows ``r`` of a table are copied, once a week's showtimes and orders are chosen.
JOINS: dict[type[models.Model], str] = {
    Showtime: "JOIN chosen_show s ON s.id = r.id",
    Hold: "JOIN chosen_order o ON o.hold_id = r.id",
    Booking: "JOIN chosen_order o ON o.id = r.id",
    ShowtimeSeat: "JOIN chosen_show s ON s.id = r.showtime_id"
    " LEFT JOIN chosen_order o ON o.id = r.sale",
    Ticket: _ORDER,
    Payment: _ORDER,
    Refund: "JOIN bookings_payment p ON p.id = r.payment_id " + _PAID,
    Charge: _CHARGE.format("r"),
    ChargeRefund: "JOIN sandbox_bank_charge c ON c.id = r.charge_id " + _CHARGE.format("c"),
    BookingEvent: _ORDER,
    Message: _ORDER,
}
NUMBERED = tuple(model for model in JOINS if isinstance(model._meta.pk, models.BigAutoField))


@dataclass(frozen=True)
class Week:
    """Offsets of a copy: number of weeks earlier, and increment of its ids.

    Random keys share a prefix within a week: its rows are adjacent in every index, and the
    hundredth week is written as fast as the first.
    """

    back: int
    added: dict[str, int]

    @property
    def mark(self) -> str:
        return f"{self.back:04x}"

    def number(self, model: type[models.Model], expression: str) -> str:
        return f"{expression} + {self.added[model._meta.db_table]}"

    def uuid(self, expression: str) -> str:
        return f"('{self.mark}' || {self._lot(expression)})::uuid"

    def text(self, prefix: str, expression: str) -> str:
        return f"'{prefix}{self.mark}' || left({self._lot(expression)}, 20)"

    def serial(self) -> str:
        """Derive unpredictable ticket numbers."""
        return f"'{self.mark}' || substr(replace(gen_random_uuid()::text, '-', ''), 5)"

    def _lot(self, expression: str) -> str:
        return f"substr(md5({expression}::text || ':{self.back}'), 5)"


def choose(
    cursor: Any, first_day: date, last_day: date, cinema_ids: Sequence[int], back: int
) -> None:
    """Choose showtimes and bookings to copy; bookings whose new code is in use are left out."""
    cursor.execute(
        "CREATE TEMP TABLE chosen_show AS SELECT show.id FROM movies_showtime show"
        " JOIN movies_studio studio ON studio.id = show.studio_id"
        " WHERE show.business_date BETWEEN %s AND %s AND show.cancelled_at IS NULL"
        " AND studio.cinema_id = ANY(%s)",
        [first_day, last_day, list(cinema_ids)],
    )
    size = len(CODE_ALPHABET)
    letters = " || ".join(
        f"substr('{CODE_ALPHABET}', ((n * {CODE_STEP} / {size**place}) %% {size})::int + 1, 1)"
        for place in range(CODE_LENGTH)
    )
    cursor.execute(
        "CREATE TEMP TABLE chosen_order AS SELECT id, hold_id, code FROM ("
        f"SELECT id, hold_id, {letters} AS code FROM ("
        "SELECT b.id, b.hold_id, %s::bigint * 1000000 + row_number() OVER (ORDER BY b.id) AS n"
        " FROM bookings_booking b JOIN chosen_show s ON s.id = b.showtime_id"
        " JOIN bookings_payment p ON p.booking_id = b.id AND starts_with(p.reference, %s)"
        " WHERE b.voucher_id IS NULL) numbered) coded"
        " WHERE NOT EXISTS (SELECT FROM bookings_booking taken WHERE taken.code = coded.code)",
        [back, REFERENCE],
    )
    cursor.execute("ANALYZE chosen_show")
    cursor.execute("ANALYZE chosen_order")


def reserve(cursor: Any, model: type[models.Model]) -> int:
    """Reserve ids and return the offset to add to the ids of this table."""
    table = model._meta.db_table
    cursor.execute(f"SELECT min(r.id), max(r.id) FROM {table} r {JOINS[model]}")
    least, most = cursor.fetchone()
    if least is None:
        return 0
    cursor.execute(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))")
    [free] = cursor.fetchone()
    highest = free + most - least
    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {highest})")
    added: int = free - least
    return added


def statements(week: Week) -> Iterator[str]:
    show = {"showtime_id": week.number(Showtime, "r.showtime_id")}
    order = {"booking_id": week.uuid("r.booking_id")}
    visit = {"visitor": week.text("web:", "r.visitor")}
    yield _copy(week, Showtime)
    yield _copy(week, Hold, **show, **visit)
    yield _copy(
        week,
        Booking,
        **show,
        **visit,
        code="o.code",
        hold_id=week.uuid("r.hold_id"),
    )
    yield _copy(
        week,
        ShowtimeSeat,
        **show,
        status="CASE WHEN o.id IS NOT NULL THEN 'sold'"
        " WHEN r.status = 'blocked' THEN r.status ELSE 'available' END",
        hold_id="NULL",
        held_until="NULL",
        sale=f"CASE WHEN o.id IS NOT NULL THEN {week.uuid('r.sale')} END",
    )
    yield _copy(
        week,
        Ticket,
        **order,
        showtime_seat_id=week.number(ShowtimeSeat, "r.showtime_seat_id"),
        serial=week.serial(),
    )
    reference = week.text(REFERENCE, "r.reference")
    yield _copy(week, Payment, **order, reference=reference)
    yield _copy(week, Refund, payment_id=week.uuid("r.payment_id"))
    yield from _bank(week, reference)
    yield _copy(week, BookingEvent, **order, facts=_facts(week))
    yield _copy(week, Message, **order, event_id=week.number(BookingEvent, "r.event_id"))


def _bank(week: Week, reference: str) -> Iterator[str]:
    payment = week.uuid("p.id") + "::text"
    yield _copy(
        week,
        Charge,
        reference=reference,
        idempotency_key=payment,
        merchant_reference=payment,
    )
    yield _copy(
        week,
        ChargeRefund,
        reference=week.text("rfd_demo_", "r.reference"),
        charge_id=week.number(Charge, "r.charge_id"),
        idempotency_key=week.uuid("r.idempotency_key") + "::text",
    )


def _facts(week: Week) -> str:
    """Rewrite the ids of payment, refund and ticket in the facts of events."""
    renamed = [
        f"CASE WHEN r.facts ? '{name}' THEN jsonb_build_object('{name}', {new}) ELSE '{{}}' END"
        for name, new in (
            ("payment", week.uuid("(r.facts->>'payment')")),
            ("refund", week.uuid("(r.facts->>'refund')")),
            ("ticket", week.number(Ticket, "(r.facts->>'ticket')::bigint")),
        )
    ]
    return " || ".join(["r.facts", *renamed])


def _copy(week: Week, model: type[models.Model], **changed: str) -> str:
    columns = {
        str(field.column): changed.get(str(field.column)) or _column(week, model, field)
        for field in model._meta.concrete_fields
    }
    table = model._meta.db_table
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f"INSERT INTO {table} ({names}) SELECT {', '.join(columns.values())}"
        f" FROM {table} r {JOINS[model]}"
    )


def _column(week: Week, model: type[models.Model], field: models.Field[Any, Any]) -> str:
    column = f'r."{field.column}"'
    if field.primary_key:
        return week.number(model, column) if model in NUMBERED else week.uuid(column)
    if isinstance(field, models.DateTimeField):
        return f"{column} - interval '{week.back * DAYS_BACK} days'"
    if isinstance(field, models.DateField):
        return f"{column} - {week.back * DAYS_BACK}"
    return column

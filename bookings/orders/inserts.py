"""Queries for a new booking, and the statement that inserts it with its tickets.

The queries are compiled once (core.db.prepared). Rows are model instances, so defaults apply.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from bookings.models import Booking, Ticket, TicketType
from bookings.models.booking import new_code
from core.db.prepared import CompiledQuery, execute_prepared, has_related, keep_related, pg_array

CODE_ATTEMPTS_MAX = 5  # with ten million bookings one code in a hundred thousand collides

INSERT = """
WITH booking AS (
    INSERT INTO bookings_booking (
        id, code, showtime_id, hold_id, user_id, visitor, contact_name, contact_email,
        contact_phone, language, status, currency, seats_rupiah, fee_rupiah, discount_rupiah,
        total_rupiah, tax_rupiah, tax_rule_id, voucher_id, cancellation_terms, created_at,
        expires_at
    ) VALUES (
        %(id)s, %(code)s, %(showtime_id)s, %(hold_id)s, %(user_id)s, %(visitor)s,
        %(contact_name)s, %(contact_email)s, %(contact_phone)s, %(language)s, %(status)s,
        %(currency)s, %(seats_rupiah)s, %(fee_rupiah)s, %(discount_rupiah)s, %(total_rupiah)s,
        %(tax_rupiah)s, %(tax_rule_id)s, %(voucher_id)s, %(terms)s::jsonb, %(created_at)s,
        %(expires_at)s
    )
    ON CONFLICT (code) DO NOTHING
    RETURNING id
), ticket AS (
    INSERT INTO bookings_ticket (
        booking_id, showtime_seat_id, ticket_type_id, serial, seat_price_rupiah, price_rupiah,
        fee_rupiah, discount_rupiah, tax_basis_points, tax_rupiah, refund_rupiah
    )
    SELECT booking.id, line.showtime_seat_id, line.ticket_type_id, line.serial,
           line.seat_price_rupiah, line.price_rupiah, line.fee_rupiah, line.discount_rupiah,
           %(tax_basis_points)s, line.tax_rupiah, 0
    FROM booking, unnest(
        %(showtime_seat_ids)s::bigint[], %(ticket_type_ids)s::bigint[], %(serials)s::text[],
        %(seat_prices)s::integer[], %(prices)s::integer[], %(fees)s::integer[],
        %(discounts)s::integer[], %(taxes)s::integer[]
    ) WITH ORDINALITY AS line (
        showtime_seat_id, ticket_type_id, serial, seat_price_rupiah, price_rupiah, fee_rupiah,
        discount_rupiah, tax_rupiah, place
    )
    ORDER BY line.place
    RETURNING id
)
SELECT id FROM ticket ORDER BY id
"""


class CodesUsedUp(Exception):
    """No unused booking code was found within CODE_ATTEMPTS_MAX."""


def _offered() -> QuerySet[TicketType]:
    return TicketType.objects.filter(is_offered=True)


def _lines(booking_id: UUID) -> QuerySet[Ticket]:
    lines = Ticket.objects.filter(booking=booking_id).order_by("pk")
    return lines.select_related("showtime_seat__seat", "ticket_type")


_PHONE: Any = Booking._meta.get_field("contact_phone")
_OFFERED_TYPES = CompiledQuery(_offered)
_LINES = CompiledQuery(_lines, UUID(int=1))


def offered_types() -> list[TicketType]:
    """Ticket types in display order."""
    return _OFFERED_TYPES.all()


def insert_order(booking: Booking, tickets: Sequence[Ticket]) -> None:
    """Insert a booking and its tickets in the given order, and set their primary keys.

    A code that is in use is generated again. Raises CodesUsedUp after CODE_ATTEMPTS_MAX.
    """
    lines = _columns_of_lines(tickets)
    for _attempt in range(CODE_ATTEMPTS_MAX):
        written = execute_prepared(INSERT, _columns_of(booking) | lines)
        if written:
            break
        booking.code = new_code()
    else:
        raise CodesUsedUp
    booking._state.adding = False
    for ticket, (pk,) in zip(tickets, written, strict=True):
        ticket.pk, ticket._state.adding = pk, False


def load_lines(booking: Booking) -> None:
    """Prefetch the booking's tickets as ``Booking.objects.with_details`` does, unless it did."""
    if not has_related(booking, "tickets"):
        keep_related(booking, "tickets", "booking", _LINES.all(booking.pk))


def _columns_of(booking: Booking) -> dict[str, Any]:
    return {
        "id": booking.pk,
        "code": booking.code,
        "showtime_id": booking.showtime_id,
        "hold_id": booking.hold_id,
        "user_id": booking.user_id,
        "visitor": booking.visitor,
        "contact_name": booking.contact_name,
        "contact_email": booking.contact_email,
        "contact_phone": _PHONE.get_prep_value(booking.contact_phone),
        "language": booking.language,
        "status": str(booking.status),
        "currency": booking.currency,
        "seats_rupiah": booking.seats_rupiah,
        "fee_rupiah": booking.fee_rupiah,
        "discount_rupiah": booking.discount_rupiah,
        "total_rupiah": booking.total_rupiah,
        "tax_rupiah": booking.tax_rupiah,
        "tax_rule_id": booking.tax_rule_id,
        "voucher_id": booking.voucher_id,
        "terms": json.dumps(booking.cancellation_terms),
        "created_at": booking.created_at,
        "expires_at": booking.expires_at,
    }


def _columns_of_lines(tickets: Sequence[Ticket]) -> dict[str, Any]:
    return {
        "showtime_seat_ids": pg_array(ticket.showtime_seat_id for ticket in tickets),
        "ticket_type_ids": pg_array(ticket.ticket_type_id for ticket in tickets),
        "serials": f"{{{','.join(ticket.serial for ticket in tickets)}}}",  # hex digits
        "seat_prices": pg_array(ticket.seat_price_rupiah for ticket in tickets),
        "prices": pg_array(ticket.price_rupiah for ticket in tickets),
        "fees": pg_array(ticket.fee_rupiah for ticket in tickets),
        "discounts": pg_array(ticket.discount_rupiah for ticket in tickets),
        "tax_basis_points": tickets[0].tax_basis_points,
        "taxes": pg_array(ticket.tax_rupiah for ticket in tickets),
    }

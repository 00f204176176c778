"""Notes stored with a provider from which a booking can be rebuilt after a restore.

A note contains booking, showtime, seats, prices and ticket serials, no personal data. It admits
nobody: ticket codes are signed with our own key.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from bookings.models import Payment

FORMAT = 1
# The smallest space of all providers: three fields of 255 characters at Midtrans.
NOTE_LENGTH_MAX = 3 * 255
READ_LENGTH_MAX = 4_000


@dataclass(frozen=True)
class NotedTicket:
    seat_id: int
    ticket_type: str
    serial: str
    seat_price_rupiah: int
    price_rupiah: int
    fee_rupiah: int
    discount_rupiah: int


@dataclass(frozen=True)
class OrderNote:
    booking_id: uuid.UUID
    code: str
    showtime_id: int
    language: str
    tax_rupiah: int
    voucher_id: int | None
    started_at: datetime  # of this payment
    tickets: tuple[NotedTicket, ...]

    @property
    def total_rupiah(self) -> int:
        return sum(
            ticket.price_rupiah + ticket.fee_rupiah - ticket.discount_rupiah
            for ticket in self.tickets
        )


def serialize(payment: Payment) -> str:
    """The note for a payment; empty if it is too long."""
    if payment.booking_id is None:  # not saved yet, whatever the types say
        return ""  # type: ignore[unreachable]
    booking = payment.booking
    tickets = booking.tickets.order_by("pk").values_list(
        "showtime_seat__seat_id",
        "ticket_type__code",
        "serial",
        "seat_price_rupiah",
        "price_rupiah",
        "fee_rupiah",
        "discount_rupiah",
    )
    fields = [
        FORMAT,
        _short(booking.pk.bytes),
        booking.code,
        booking.showtime_id,
        booking.language,
        booking.tax_rupiah,
        booking.voucher_id,
        int(payment.created_at.timestamp()),
        [
            [seat, kind, _short(bytes.fromhex(serial)), *sums]
            for seat, kind, serial, *sums in tickets
        ],
    ]
    note = json.dumps(fields, separators=(",", ":"))
    return note if len(note) <= NOTE_LENGTH_MAX else ""


def parse(text: str) -> OrderNote | None:
    """Parse a note; None if it is not one of ours."""
    if not text or len(text) > READ_LENGTH_MAX:
        return None
    try:
        kind, booking, code, showtime, language, tax, voucher, started, tickets = json.loads(text)
        if kind != FORMAT or not tickets:
            return None
        return OrderNote(
            booking_id=uuid.UUID(bytes=_long(booking)),
            code=str(code),
            showtime_id=int(showtime),
            language=str(language),
            tax_rupiah=int(tax),
            voucher_id=None if voucher is None else int(voucher),
            started_at=datetime.fromtimestamp(started, UTC),
            tickets=tuple(
                NotedTicket(int(seat), str(kind), _long(serial).hex(), *map(int, sums))
                for seat, kind, serial, *sums in tickets
            ),
        )
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def split(note: str, length: int) -> list[str]:
    return [note[start : start + length] for start in range(0, len(note), length)]


def join(fields: Iterable[object]) -> str:
    return "".join(field for field in fields if isinstance(field, str))


def _short(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _long(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

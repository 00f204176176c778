"""Factories of bookings, tickets, payments and refunds."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from bookings.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    EventKind,
    Payment,
    PaymentStatus,
    Refund,
    Ticket,
    TicketType,
    Voucher,
)
from movies.models import Showtime
from seating.models import Hold, HoldEnd, SeatStatus, ShowtimeSeat
from tests.factories.places import make_hold, make_showtime, numbers

FEE_RUPIAH = 3_000


def make_ticket_type(code: str = "adult", **fields: Any) -> TicketType:
    kind, _created = TicketType.objects.get_or_create(
        code=code, defaults={"name_id": "Dewasa", "name_en": "Adult"} | fields
    )
    return kind


def make_voucher(**fields: Any) -> Voucher:
    at = timezone.now()
    return Voucher.objects.create(
        **{
            "code": f"HEMAT{next(numbers)}",
            "kind": "fixed",
            "value": 10_000,
            "valid_from": at - timedelta(days=1),
            "valid_until": at + timedelta(days=30),
            "max_uses": 100,
        }
        | fields
    )


def _booking_defaults(hold: Hold, lines: Sequence[ShowtimeSeat], at: datetime) -> dict[str, Any]:
    seats_rupiah = sum(line.price_rupiah for line in lines)
    fee_rupiah = FEE_RUPIAH * len(lines)
    return {
        "showtime": hold.showtime,
        "hold": hold,
        "visitor": hold.visitor,
        "contact_name": "Siti Rahma",
        "contact_email": f"siti{next(numbers)}@example.com",
        "contact_phone": "+6281234567890",
        "seats_rupiah": seats_rupiah,
        "fee_rupiah": fee_rupiah,
        "total_rupiah": seats_rupiah + fee_rupiah,
        "tax_rupiah": 0,
        "created_at": at,
        "expires_at": hold.expires_at,
    }


def make_booking(
    showtime: Showtime | None = None,
    seats: Sequence[ShowtimeSeat] | int = 2,
    *,
    at: datetime | None = None,
    hold: Hold | None = None,
    **fields: Any,
) -> Booking:
    """A pending booking with a sealed hold, its tickets, and one started payment."""
    at = at or timezone.now()
    hold = hold or make_hold(showtime or make_showtime(at=at), seats, at=at)
    lines = list(hold.seats.order_by("seat_id"))
    booking = Booking.objects.create(**_booking_defaults(hold, lines, at) | fields)
    Hold.objects.filter(pk=hold.pk).update(sealed_at=at)
    adult = make_ticket_type()
    Ticket.objects.bulk_create(
        Ticket(
            booking=booking,
            showtime_seat=line,
            ticket_type=adult,
            seat_price_rupiah=line.price_rupiah,
            price_rupiah=line.price_rupiah,
            fee_rupiah=FEE_RUPIAH,
        )
        for line in lines
    )
    make_event(booking, EventKind.CREATED, at=at)
    make_payment(booking, at=at)
    return booking


def make_payment(booking: Booking, *, at: datetime | None = None, **fields: Any) -> Payment:
    at = at or timezone.now()
    payment = Payment.objects.create(
        **{
            "booking": booking,
            "provider": "sandbox",
            "reference": f"ref-{uuid.uuid4()}",
            "status": PaymentStatus.PENDING,
            "amount_rupiah": booking.total_rupiah,
            "redirect_url": "http://testserver/sandbox/pay/",
            "created_at": at,
            "expires_at": booking.expires_at,
        }
        | fields
    )
    make_event(booking, EventKind.PAYMENT_STARTED, at=at)
    return payment


def make_event(
    booking: Booking,
    kind: EventKind,
    *,
    amount_rupiah: int = 0,
    at: datetime | None = None,
    **facts: Any,
) -> BookingEvent:
    return BookingEvent.objects.create(
        booking=booking,
        kind=kind,
        at=at or timezone.now(),
        actor="test",
        amount_rupiah=amount_rupiah,
        facts=facts,
    )


def make_confirmed_booking(
    showtime: Showtime | None = None,
    seats: Sequence[ShowtimeSeat] | int = 2,
    *,
    at: datetime | None = None,
    **fields: Any,
) -> Booking:
    """A confirmed booking: tickets issued, payment applied, seats sold, the ledger in balance."""
    at = at or timezone.now()
    booking = make_booking(showtime, seats, at=at, **fields)
    capture(booking.payments.get(), at=at, applied_at=at)
    assert booking.hold is not None
    for seat in booking.hold.seats.all():
        seat.status, seat.sale = SeatStatus.SOLD, booking.pk
        seat.hold = seat.held_until = None
        seat.version += 1
        seat.save(update_fields=["status", "sale", "hold", "held_until", "version"])
    Hold.objects.filter(pk=booking.hold.pk).update(ended_at=at, end=HoldEnd.SOLD)
    booking.tickets.update(issued_at=at)
    booking.status, booking.confirmed_at = BookingStatus.CONFIRMED, at
    booking.save(update_fields=["status", "confirmed_at"])
    make_event(booking, EventKind.CONFIRMED, at=at)
    return booking


def capture(payment: Payment, *, at: datetime | None = None, **fields: Any) -> Payment:
    """Record that the provider captured the payment."""
    at = at or timezone.now()
    fields = {
        "status": PaymentStatus.SUCCEEDED,
        "captured_rupiah": payment.amount_rupiah,
        "settled_at": at,
    } | fields
    Payment.objects.filter(pk=payment.pk).update(**fields)
    payment.refresh_from_db()
    make_event(
        payment.booking,
        EventKind.PAYMENT_SUCCEEDED,
        amount_rupiah=payment.captured_rupiah,
        at=at,
        payment=payment.pk,
    )
    return payment


def make_refund(
    payment: Payment, *, reason: str = "late", at: datetime | None = None, **fields: Any
) -> Refund:
    """A due refund of a whole captured payment."""
    at = at or timezone.now()
    amount_rupiah = fields.pop("amount_rupiah", payment.captured_rupiah)
    refund = Refund.objects.create(
        payment=payment,
        amount_rupiah=amount_rupiah,
        reason=reason,
        created_at=at,
        next_attempt_at=at,
        **fields,
    )
    payment.refund_due_rupiah += amount_rupiah
    payment.save(update_fields=["refund_due_rupiah"])
    make_event(payment.booking, EventKind.REFUND_DUE, at=at, refund=refund.pk)
    return refund

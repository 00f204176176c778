"""Fixtures for bookings and payments: whole outcomes, invariants, and the passing of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from bookings.models import Booking, BookingEvent, Payment, PaymentStatus, Ticket
from bookings.orders.checkout import Contact, open_booking
from bookings.payments.base import ProviderReport, ReportStatus
from bookings.settlement.settle import settle
from movies.models import Showtime
from seating.holds import transitions
from seating.models import Hold, SeatStatus, ShowtimeSeat
from tests.factories import make_ticket_type

SITI, BUDI = "web:siti", "web:budi"
CONTACT = Contact("Siti Rahma", "siti@example.com", "+6281234567890")


@dataclass(frozen=True)
class Outcome:
    """Everything observable of a booking: status, seats, tickets, money and ledger.

    ``seats``: the state of each seat now; "ours" when it is sold to this booking.
    ``payments``: (status, captured, refund due, refunded, whether it was applied), oldest first.
    ``refunds``: (amount, reason, status), oldest first.
    """

    status: str
    seats: tuple[str, ...]
    tickets: tuple[str, ...]
    payments: tuple[tuple[str, int, int, int, bool], ...]
    ledger: tuple[str, ...]
    balance_rupiah: int
    refunds: tuple[tuple[int, str, str], ...] = ()
    hold: str = ""
    voucher_uses: int | None = None


def outcome(booking: Booking) -> Outcome:
    booking = Booking.objects.select_related("voucher", "hold").get(pk=booking.pk)
    tickets = list(booking.tickets.select_related("showtime_seat").order_by("pk"))
    payments = list(booking.payments.order_by("created_at", "pk"))
    return Outcome(
        status=booking.status,
        seats=tuple(_seat_state(ticket.showtime_seat, booking) for ticket in tickets),
        tickets=tuple(_ticket_state(ticket) for ticket in tickets),
        payments=tuple(
            (
                payment.status,
                payment.captured_rupiah,
                payment.refund_due_rupiah,
                payment.refunded_rupiah,
                payment.applied_at is not None,
            )
            for payment in payments
        ),
        ledger=tuple(booking.events.order_by("pk").values_list("kind", flat=True)),
        balance_rupiah=booking.events.aggregate(sum=Sum("amount_rupiah"))["sum"] or 0,
        refunds=tuple(
            (refund.amount_rupiah, refund.reason, refund.status)
            for payment in payments
            for refund in payment.refunds.order_by("created_at", "pk")
        ),
        hold=booking.hold.end if booking.hold else "",
        voucher_uses=booking.voucher.uses if booking.voucher else None,
    )


def _seat_state(seat: ShowtimeSeat, booking: Booking) -> str:
    return "ours" if seat.sale == booking.pk else seat.status


def _ticket_state(ticket: Ticket) -> str:
    if ticket.voided_at is not None:
        return "void"
    return "line" if ticket.issued_at is None else "live"


def report_on(payment: Payment, status: ReportStatus = "succeeded", **other: Any) -> ProviderReport:
    """A provider's correct report on ``payment``; ``other`` overrides fields."""
    honest = ProviderReport(
        reference=payment.reference or f"ref-{payment.pk}",
        status=status,
        amount_rupiah=payment.amount_rupiah,
        currency=payment.currency,
        merchant_reference=str(payment.pk),
        failure_code="" if status in ("pending", "succeeded") else f"because_{status}",
    )
    return replace(honest, **other)


def settle_as(payment: Payment, status: ReportStatus = "succeeded", **other: Any) -> Payment:
    """Settle ``payment`` now with a report of this status."""
    return settle(
        payment_id=payment.pk, report=report_on(payment, status, **other), at=timezone.now()
    )


def settle_at(
    payment: Payment, at: datetime, status: ReportStatus = "succeeded", **other: Any
) -> Payment:
    """As ``settle_as``, at another time."""
    return settle(payment_id=payment.pk, report=report_on(payment, status, **other), at=at)


def pass_time(seconds: float) -> None:
    """Make every hold, order and payment older, as if ``seconds`` had passed for the database."""
    elapsed = timedelta(seconds=seconds)
    Hold.objects.update(created_at=F("created_at") - elapsed, expires_at=F("expires_at") - elapsed)
    ShowtimeSeat.objects.filter(status=SeatStatus.HELD).update(held_until=F("held_until") - elapsed)
    for model in (Booking, Payment):
        model.objects.update(
            created_at=F("created_at") - elapsed, expires_at=F("expires_at") - elapsed
        )
    Payment.objects.update(poll_at=F("poll_at") - elapsed)


def seat_ids(showtime: Showtime) -> list[int]:
    return list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))


def seat_statuses(showtime: Showtime) -> list[str]:
    return list(showtime.seats.order_by("seat_id").values_list("status", flat=True))


def hold_of(showtime: Showtime, seats: Sequence[int], visitor: str = SITI) -> transitions.HeldSeats:
    return transitions.hold_seats(showtime_id=showtime.pk, visitor=visitor, seat_ids=seats)


def order_of(
    held: transitions.HeldSeats, *, visitor: str = SITI, at: datetime | None = None, **other: Any
) -> Booking:
    """A pending booking of all held seats, every ticket for an adult."""
    make_ticket_type()
    wanted: dict[str, Any] = {
        "hold_id": held.hold_id,
        "visitor": visitor,
        "user": None,
        "ticket_types": {seat.seat_id: "adult" for seat in held.seats},
        "contact": CONTACT,
        "language": "id",
        "at": at or timezone.now(),
    }
    return open_booking(**wanted | other)


def book_violations() -> list[str]:
    """One line for each row that breaks an invariant of bookings, money, seats or vouchers."""
    return [
        *_ledger_violations(),
        *_payment_violations(),
        *_seat_violations(),
        *_voucher_violations(),
    ]


def _ledger_violations() -> list[str]:
    written = dict(
        BookingEvent.objects.values("booking")
        .annotate(sum=Sum("amount_rupiah"))
        .values_list("booking", "sum")
    )
    moved = {
        booking: captured - refunded
        for booking, captured, refunded in Payment.objects.values("booking")
        .annotate(captured=Sum("captured_rupiah"), refunded=Sum("refunded_rupiah"))
        .values_list("booking", "captured", "refunded")
    }
    return [
        f"booking {booking}: ledger {written.get(booking, 0)}, payments {moved.get(booking, 0)}"
        for booking in written.keys() | moved.keys()
        if written.get(booking, 0) != moved.get(booking, 0)
    ]


def _payment_violations() -> list[str]:
    paid = Payment.objects.filter(status=PaymentStatus.SUCCEEDED).annotate(
        owed=Sum("refunds__amount_rupiah", default=0),
        given=Sum("refunds__amount_rupiah", filter=Q(refunds__status="refunded"), default=0),
    )
    neither = paid.filter(applied_at__isnull=True).exclude(refund_due_rupiah=F("captured_rupiah"))
    odd = paid.exclude(owed=F("refund_due_rupiah"), given=F("refunded_rupiah"))
    confirmed = Booking.objects.filter(status__in=["confirmed", "partly_cancelled"]).annotate(
        applied=Count("payments", filter=Q(payments__applied_at__isnull=False))
    )
    return [
        *(f"payment {payment.pk}: neither seats nor refund" for payment in neither),
        *(f"payment {payment.pk}: its refunds do not add up" for payment in odd),
        *(f"booking {booking.pk}: confirmed, unpaid" for booking in confirmed.exclude(applied=1)),
    ]


def _seat_violations() -> list[str]:
    live = set(Ticket.objects.live().values_list("showtime_seat_id", "booking_id"))
    sold = set(ShowtimeSeat.objects.filter(status="sold").values_list("pk", "sale"))
    unpaid = Ticket.objects.live().exclude(booking__status__in=["confirmed", "partly_cancelled"])
    return [
        *(f"seat {seat}: sold to {booking} without a ticket" for seat, booking in sold - live),
        *(f"seat {seat}: a live ticket of {booking}, not sold" for seat, booking in live - sold),
        *(f"ticket {ticket.pk}: live, its order is not" for ticket in unpaid),
    ]


def _voucher_violations() -> list[str]:
    used = (
        Booking.objects.filter(voucher__isnull=False)
        .values("voucher__code", "voucher__uses")
        .annotate(
            counted=Count("pk", filter=Q(status__in=["pending", "confirmed", "partly_cancelled"]))
        )
    )
    return [
        f"voucher {row['voucher__code']}: {row['voucher__uses']} uses, {row['counted']} orders"
        for row in used
        if row["voucher__uses"] != row["counted"]
    ]

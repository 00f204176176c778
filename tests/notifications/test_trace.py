"""`manage.py trace`: the history of a booking and the requests and tasks behind it."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bookings.models import Booking, BookingEvent, EventKind, ProviderEvent, Refund
from notifications.models import Message
from tests.factories import make_booking

AT = datetime.fromisoformat("2026-11-24T12:00:00Z")


def after(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


@pytest.fixture
def booking(db: None) -> Booking:
    """A booking that was paid, confirmed by email at the second attempt, and refunded."""
    booking = make_booking(code="K7PWQ2", at=AT, contact_email="sari@example.com")
    payment = booking.payments.get()
    payment.reference, payment.status, payment.settled_at = "ref-1", "succeeded", after(30)
    payment.captured_rupiah = payment.amount_rupiah
    payment.save(update_fields=["reference", "status", "settled_at", "captured_rupiah"])
    ProviderEvent.objects.create(
        provider="sandbox", event_id="evt-1", payment=payment, received_at=after(29), outcome="paid"
    )
    confirmed = BookingEvent.objects.create(
        booking=booking, kind=EventKind.CONFIRMED, at=after(31), actor="sandbox", origin="req-2"
    )
    message = Message.objects.create(
        booking=booking,
        event=confirmed,
        kind="booking_confirmed",
        channel="email",
        recipient="sari@example.com",
        language="id",
        status="sent",
        created_at=after(32),
        sent_at=after(40),
    )
    message.delivery_attempts.create(at=after(33), succeeded=False, detail="450 busy")
    message.delivery_attempts.create(at=after(40), succeeded=True, detail="<id>")
    Refund.objects.create(
        payment=payment,
        amount_rupiah=payment.amount_rupiah,
        reason="cancellation",
        status="refunded",
        created_at=after(50),
        refunded_at=after(60),
    )
    return booking


def lines_of(code: str) -> list[str]:
    output = StringIO()
    call_command("trace", code, stdout=output)
    return [" ".join(line.split()) for line in output.getvalue().splitlines()]


def test_trace_shows_everything_recorded_in_order_of_time(booking: Booking) -> None:
    total = f"Rp{booking.total_rupiah}"

    assert lines_of(" k7p-wq2") == [
        f"K7PWQ2 pending, showtime {booking.showtime_id}",
        "2026-11-24T12:00:00.000+00:00 ledger - created by test",
        "2026-11-24T12:00:00.000+00:00 ledger - payment_started by test",
        f"2026-11-24T12:00:00.000+00:00 payment - sandbox ref-1: {total} requested",
        "2026-11-24T12:00:29.000+00:00 webhook - sandbox event evt-1: paid",
        "2026-11-24T12:00:30.000+00:00 payment - sandbox ref-1: succeeded",
        "2026-11-24T12:00:31.000+00:00 ledger req-2 confirmed by sandbox",
        "2026-11-24T12:00:32.000+00:00 message - email booking_confirmed: queued, now sent",
        "2026-11-24T12:00:33.000+00:00 message - email booking_confirmed: failed: 450 busy",
        "2026-11-24T12:00:40.000+00:00 message - email booking_confirmed: delivered",
        f"2026-11-24T12:00:50.000+00:00 refund - sandbox ref-1: {total} (cancellation) due",
        f"2026-11-24T12:01:00.000+00:00 refund - sandbox ref-1: {total} (cancellation) refunded",
        "",
        'In the logs: every line with "booking": "K7PWQ2", and',
        "req-2",
    ]


def test_trace_of_an_unknown_code_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="There is no booking ABC123"):
        call_command("trace", "ABC123")

"""Expected outcomes of a booking, as whole values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.dispatch import Signal
from django.utils import timezone

from bookings import signals
from bookings.models import Booking
from bookings.settlement.expiry import expire_overdue_bookings
from tests.bookings.fixtures import Outcome, pass_time

TOTAL = 106_000  # two seats at 50,000 and two fees of 3,000
PAID = ("succeeded", TOTAL, 0, 0, True)
OWED = ("succeeded", TOTAL, TOTAL, 0, False)
STARTED = ("created", "payment_started")
CONFIRMED = Outcome(
    "confirmed",
    ("ours", "ours"),
    ("live", "live"),
    (PAID,),
    (*STARTED, "payment_succeeded", "confirmed"),
    TOTAL,
    hold="sold",
)


def refunded(
    status: str, reason: str, *, hold: str, ledger: tuple[str, ...], **other: Any
) -> Outcome:
    """The booking did not get its seats: the whole payment is to be refunded."""
    whole: dict[str, Any] = {
        "status": status,
        "seats": ("available", "available"),
        "tickets": ("line", "line"),
        "payments": (OWED,),
        "ledger": (*STARTED, *ledger),
        "balance_rupiah": TOTAL,
        "refunds": ((TOTAL, reason, "due"),),
        "hold": hold,
    }
    return Outcome(**whole | other)


def expire_and_sweep() -> None:
    pass_time(301)
    assert expire_overdue_bookings(timezone.now()) == 1


@contextmanager
def recorded_signals(*listened: Signal) -> Iterator[list[tuple[str, str]]]:
    """(booking status, event kind) of each signal sent inside the block."""
    sent: list[tuple[str, str]] = []

    def listen(sender: object, booking: Booking, event: Any, **_other: Any) -> None:
        sent.append((booking.status, event.kind))

    for signal in listened:
        signal.connect(listen)
    yield sent
    for signal in listened:
        signal.disconnect(listen)


ALL_SIGNALS = (
    signals.booking_confirmed,
    signals.booking_failed,
    signals.booking_expired,
    signals.booking_cancelled,
    signals.refund_due,
    signals.refund_completed,
)

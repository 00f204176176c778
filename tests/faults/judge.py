"""What must be true after a fault: read from the rows, the bank's books and the API."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.cluster.maps import OpenMap
from tests.faults.crowd import Buyer, GaveUp, Notes

if TYPE_CHECKING:
    from bookings.models import Payment

POLL_SECONDS = 0.2
# The sweeps come by every three seconds, the outbox's and the refunds' every ten.
SWEPT_WITHIN = timedelta(seconds=8)
SENT_WITHIN = timedelta(seconds=16)
SHOWN_MAX = 5


def wait_for(condition: Callable[[], bool], seconds: float) -> float | None:
    """How long it took; nothing if it did not happen."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            return None
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began


def is_tidy() -> bool:
    """Nothing waits longer than the background's rhythm explains."""
    from django.utils import timezone

    from bookings.models import Booking, BookingStatus
    from notifications.models import Message, MessageStatus
    from seating.models import Hold

    at = timezone.now()
    overdue = at - SWEPT_WITHIN
    return not (
        Hold.objects.open().filter(expires_at__lte=overdue).exists()
        or Booking.objects.filter(status=BookingStatus.PENDING, expires_at__lte=overdue).exists()
        or Message.objects.filter(
            status=MessageStatus.WAITING, next_attempt_at__lte=at - SENT_WITHIN
        ).exists()
    )


def paid_without_effect() -> list[str]:
    """Charges that the bank calls succeeded, and that we do not."""
    from bookings.models import PaymentStatus
    from sandbox_bank.models import ChargeStatus

    return [
        reference
        for reference, charge, payment in _books()
        if charge.status == ChargeStatus.SUCCEEDED
        and (payment is None or payment.status != PaymentStatus.SUCCEEDED)
    ]


def _books() -> list[tuple[str, Any, Payment | None]]:
    """Each charge of the bank with our payment."""
    from bookings.models import Payment
    from sandbox_bank.models import Charge

    ours = {str(payment.pk): payment for payment in Payment.objects.select_related("booking")}
    return [
        (charge.reference, charge, ours.get(charge.merchant_reference))
        for charge in Charge.objects.all()
    ]


def rows_of(showtime_id: int) -> dict[int, tuple[int, str]]:
    """Seat → version and status, as a viewer must see them now."""
    from django.db.models.functions import Now

    from seating.models import SeatStatus, ShowtimeSeat

    seen = {}
    rows = ShowtimeSeat.objects.filter(showtime_id=showtime_id)
    for seat, version, status, until, now in rows.values_list(
        "seat_id", "version", "status", "held_until", Now()
    ):
        is_over = status == SeatStatus.HELD and until <= now
        seen[seat] = (version, SeatStatus.AVAILABLE if is_over else status)
    return seen


def is_seen(maps: list[tuple[int, OpenMap]]) -> bool:
    """Whether every open map shows what the rows say."""
    return all(map_.statuses == rows_of(showtime_id) for showtime_id, map_ in maps)


def is_told(port: int, showtimes: list[int]) -> bool:
    """Whether the API's seats are those of the rows."""
    buyer = Buyer(port, Notes(), chance=None, patience_seconds=0)  # type: ignore[arg-type]  # it only reads
    try:
        for showtime_id in showtimes:
            seats = buyer.get(f"/api/v1/showtimes/{showtime_id}/seats", {})
            told = {seat["id"]: seat["status"] for seat in seats}
            if told != {seat: status for seat, (_, status) in rows_of(showtime_id).items()}:
                return False
    except GaveUp:
        return False
    finally:
        buyer.hang_up()
    return True


def what_is_wrong(port: int, notes: Notes) -> list[str]:
    """Nothing, or what the fault has broken for good."""
    from reports.monitoring.invariants import check_invariants

    broken = [
        f"invariant {found.invariant.name}: {found.subject} {found.facts}"
        for found in check_invariants()
    ]
    return broken[:SHOWN_MAX] + wrong_money() + _lost_answers(notes) + _untrue(port, notes)


def wrong_money() -> list[str]:
    """Paid means a confirmed order, or all of it due back; never more back than is due."""
    from sandbox_bank.models import ChargeStatus

    wrong = []
    for reference, charge, payment in _books():
        if charge.status != ChargeStatus.SUCCEEDED:
            continue
        if payment is None or payment.captured_rupiah != charge.captured_amount:
            wrong.append(f"{reference}: the bank has the money, we do not know of it")
        elif payment.applied_at is None and payment.refund_due_rupiah != charge.captured_amount:
            wrong.append(f"{reference}: paid, without seats, and not all of it due back")
        elif payment.applied_at and payment.booking.status not in ("confirmed", "cancelled"):
            wrong.append(f"{reference}: applied to an order that is {payment.booking.status}")
        elif not payment.refunded_rupiah <= charge.refunded_amount <= payment.refund_due_rupiah:
            wrong.append(f"{reference}: the bank gave back {charge.refunded_amount}")
    return wrong[:SHOWN_MAX]


def _lost_answers(notes: Notes) -> list[str]:
    """What was answered is in the rows."""
    from bookings.models import Booking
    from seating.models import Hold

    holds = Hold.objects.filter(pk__in=notes.holds).values_list("pk", flat=True)
    orders = Booking.objects.filter(code__in=notes.orders).values_list("code", flat=True)
    lost = sorted(set(notes.holds) - {str(hold) for hold in holds})
    lost += sorted(set(notes.orders) - set(orders))
    return [f"answered, and not in the rows: {one}" for one in lost[:SHOWN_MAX]]


def _untrue(port: int, notes: Notes) -> list[str]:
    """Each confirmation and cancellation that somebody was told of, asked for again."""
    from bookings.models import Ticket

    buyer = Buyer(port, Notes(), chance=None)  # type: ignore[arg-type]  # it only reads
    wrong = []
    for code, seats in notes.confirmed.items():
        if code in notes.cancelling and code not in notes.cancelled:
            continue  # asked for, and cut off before the answer: either may be
        token = {"X-Booking-Token": notes.orders[code]}
        status = buyer.get(f"/api/v1/bookings/{code}", token)["status"]
        live = Ticket.objects.live().filter(booking__code=code)
        found = set(live.values_list("showtime_seat__seat_id", flat=True))
        expected = ("cancelled", set()) if code in notes.cancelled else ("confirmed", seats)
        if (status, found) != expected:
            wrong.append(f"{code} was {expected}, is {(status, found)}")
    buyer.hang_up()
    return wrong[:SHOWN_MAX]

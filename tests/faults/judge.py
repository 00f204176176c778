"""What must be true after a fault, checked in the database, the bank's records and the API."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.cluster.maps import OpenMap
from tests.faults.customers import Buyer, GaveUp, Observations

if TYPE_CHECKING:
    from bookings.models import Payment

POLL_SECONDS = 0.2
# Sweeps run every three seconds, the outbox and refunds every ten.
SWEPT_WITHIN = timedelta(seconds=8)
SENT_WITHIN = timedelta(seconds=16)
SHOWN_MAX = 5


def wait_for(condition: Callable[[], bool], seconds: float) -> float | None:
    """Seconds until the condition was true; None on timeout."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            return None
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began


def background_is_idle() -> bool:
    """Whether nothing waits longer than the intervals of the background tasks."""
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


def unmatched_charges() -> list[str]:
    """Charges that succeeded at the bank but not in our records."""
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
    """Seat → version and status that a viewer must see now."""
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


def maps_are_current(maps: list[tuple[int, OpenMap]]) -> bool:
    """Whether every open map equals the database."""
    return all(map_.statuses == rows_of(showtime_id) for showtime_id, map_ in maps)


def api_is_current(port: int, showtimes: list[int]) -> bool:
    """Whether the API's seats equal the database."""
    buyer = Buyer(port, Observations(), chance=None, retry_seconds=0)  # type: ignore[arg-type]  # it only reads
    try:
        for showtime_id in showtimes:
            seats = buyer.get(f"/api/v1/showtimes/{showtime_id}/seats", {})
            shown = {seat["id"]: seat["status"] for seat in seats}
            if shown != {seat: status for seat, (_, status) in rows_of(showtime_id).items()}:
                return False
    except GaveUp:
        return False
    finally:
        buyer.disconnect()
    return True


def violations(port: int, observations: Observations) -> list[str]:
    """Lasting damage of the fault; empty if there is none."""
    from reports.monitoring.invariants import check_invariants

    broken = [
        f"invariant {found.invariant.name}: {found.subject} {found.facts}"
        for found in check_invariants()
    ]
    return (
        broken[:SHOWN_MAX]
        + money_violations()
        + _lost_answers(observations)
        + _untrue(port, observations)
    )


def money_violations() -> list[str]:
    """Violations of: paid means confirmed or fully refunded; never refunded beyond what is due."""
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


def _lost_answers(observations: Observations) -> list[str]:
    """Recorded responses that the database contradicts."""
    from bookings.models import Booking
    from seating.models import Hold

    holds = Hold.objects.filter(pk__in=observations.holds).values_list("pk", flat=True)
    orders = Booking.objects.filter(code__in=observations.orders).values_list("code", flat=True)
    lost = sorted(set(observations.holds) - {str(hold) for hold in holds})
    lost += sorted(set(observations.orders) - set(orders))
    return [f"answered, and not in the rows: {one}" for one in lost[:SHOWN_MAX]]


def _untrue(port: int, observations: Observations) -> list[str]:
    """Confirmations and cancellations that the API no longer reports."""
    from bookings.models import Ticket

    buyer = Buyer(port, Observations(), chance=None)  # type: ignore[arg-type]  # it only reads
    wrong = []
    for code, seats in observations.confirmed.items():
        if code in observations.cancelling and code not in observations.cancelled:
            continue  # asked for, and cut off before the answer: either may be
        token = {"X-Booking-Token": observations.orders[code]}
        status = buyer.get(f"/api/v1/bookings/{code}", token)["status"]
        live = Ticket.objects.live().filter(booking__code=code)
        found = set(live.values_list("showtime_seat__seat_id", flat=True))
        expected = ("cancelled", set()) if code in observations.cancelled else ("confirmed", seats)
        if (status, found) != expected:
            wrong.append(f"{code} was {expected}, is {(status, found)}")
    buyer.disconnect()
    return wrong[:SHOWN_MAX]

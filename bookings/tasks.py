"""Celery tasks; each calls one function."""

from celery import shared_task
from django.utils import timezone

from bookings.orders import tax_corrections
from bookings.refunds import refunds
from bookings.refunds.batches import batches
from bookings.settlement import expiry, polling, reconciliation
from bookings.showtimes import cancellation, undo
from bookings.tickets import finding
from bookings.waitlist import freed_seats, offers

RECONCILE_SECONDS_MAX = 50 * 60  # a provider without a list is queried payment by payment


@shared_task(name="bookings.tasks.sweep_bookings", ignore_result=True)
def sweep_bookings() -> int:
    return expiry.expire_overdue_bookings(timezone.now())


@shared_task(name="bookings.tasks.poll_payments", ignore_result=True)
def poll_payments() -> int:
    return polling.poll_payments(timezone.now())


@shared_task(name="bookings.tasks.send_refunds", ignore_result=True)
def send_refunds() -> int:
    return refunds.send_due_refunds(timezone.now())


@shared_task(
    name="bookings.tasks.reconcile_payments", ignore_result=True, time_limit=RECONCILE_SECONDS_MAX
)
def reconcile_payments() -> int:
    return len(reconciliation.reconcile_recent(timezone.now()))


@shared_task(name="bookings.tasks.cancel_bookings", ignore_result=True)
def cancel_bookings() -> int:
    return batches.work(timezone.now())


@shared_task(name="bookings.tasks.correct_taxes", ignore_result=True)
def correct_taxes() -> int:
    return tax_corrections.correct_taxes(timezone.now())


@shared_task(name="bookings.tasks.cancel_showtimes", ignore_result=True)
def cancel_showtimes() -> int:
    at = timezone.now()
    return undo.work(at) + cancellation.work(at)


@shared_task(name="bookings.tasks.offer_waitlists", ignore_result=True)
def offer_waitlists() -> int:
    return offers.work(timezone.now())


@shared_task(name=freed_seats.TASK, ignore_result=True)
def offer_waitlist(showtime_id: int) -> int:
    return offers.offer_freed_seats(showtime_id, timezone.now())


@shared_task(name=finding.TASK, ignore_result=True)
def send_found_tickets(code: str, contact: str) -> None:
    finding.send_found_tickets(code=code, contact=contact, at=timezone.now())

"""Recovery after a restore: rebuilds or refunds bookings paid since the backup.

Only the provider's record and the note in it (``payments.order_notes``) remain of such a booking.
It is rebuilt without the customer's name and settled like any late payment: the seats if all of
them are free, else a refund.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from bookings.models import (
    Booking,
    BookingStatus,
    EventKind,
    Payment,
    PaymentStatus,
    Refund,
    RefundReason,
    Ticket,
    TicketType,
    Voucher,
)
from bookings.orders import cancellation_terms, ledger
from bookings.orders.pricing import spread
from bookings.payments import order_notes, registry
from bookings.payments.base import Provider, ProviderRefused, ProviderReport, ProviderUnavailable
from bookings.payments.order_notes import OrderNote
from bookings.settlement import settle
from bookings.settlement.reconciliation import (
    Discrepancy,
    DiscrepancyKind,
    find_ours,
    provider_state,
)
from bookings.signals import payment_discrepancy
from movies.models import Showtime
from movies.models.tax_rule import applied_tax

logger = logging.getLogger(__name__)

RECOVERY_DAYS_MAX = 60
# Deterministic refund ids per lost payment, so a second run refunds nothing twice.
REFUND_KEYS = UUID("6c617961-7200-4000-8000-726566756e64")


def days_since(since: datetime, at: datetime) -> list[date]:
    """The UTC days from ``since`` to now; raises ValueError for more than RECOVERY_DAYS_MAX."""
    first, last = since.astimezone(UTC).date(), at.astimezone(UTC).date()
    count = (last - first).days + 1
    if not 0 < count <= RECOVERY_DAYS_MAX:
        raise ValueError(f"between now and {RECOVERY_DAYS_MAX} days ago")
    return [first + timedelta(days=number) for number in range(count)]


def recover_day(
    *, provider: str, day: date, refund_lost: bool, at: datetime
) -> Iterator[Discrepancy]:
    """Recover every payment of a UTC day that the provider captured and the database lacks.

    ``refund_lost``: also refund what cannot be rebuilt; else it is only reported.
    Raises ProviderUnknown, ProviderUnavailable.
    """
    gateway = registry.provider(provider)
    yield from _recover(gateway, gateway.listed(day) or (), day, refund_lost, at)


def recover_references(
    *, provider: str, references: Iterable[str], refund_lost: bool, at: datetime
) -> Iterator[Discrepancy]:
    """Recover the payments an operator names, for a provider without a list."""
    gateway = registry.provider(provider)
    asked = (gateway.fetch(reference) for reference in references)
    found = (report for report in asked if report is not None)
    yield from _recover(gateway, found, at.astimezone(UTC).date(), refund_lost, at)


def _recover(
    gateway: Provider,
    reports: Iterable[ProviderReport],
    day: date,
    refund_lost: bool,
    at: datetime,
) -> Iterator[Discrepancy]:
    for report in reports:
        is_back = report.refunded_rupiah == report.amount_rupiah
        if report.status != "succeeded" or is_back or find_ours(gateway.name, report):
            continue
        payment = None if report.refunded_rupiah else _rebuild_payment(gateway.name, report, at)
        if payment is not None:
            payment = settle.settle(payment_id=payment.pk, report=report, at=at)
            is_owed = payment.refund_due_rupiah > 0
            kind = DiscrepancyKind.OWED_BACK if is_owed else DiscrepancyKind.REBUILT
        else:
            kind = _send_back(gateway, report, refund_lost)
        yield _report(
            Discrepancy(
                kind,
                gateway.name,
                day,
                report.reference,
                payment.pk if payment else None,
                theirs=provider_state(report),
            ),
            at,
        )


@transaction.atomic
def _rebuild_payment(provider: str, report: ProviderReport, at: datetime) -> Payment | None:
    """Booking and payment as they were before the capture; None if they cannot be rebuilt."""
    note = order_notes.parse(report.note)
    payment_id = _uuid(report.merchant_reference)
    if note is None or payment_id is None:
        return None
    booking = Booking.objects.filter(pk=note.booking_id).first() or _rebuild_booking(
        note, report, at
    )
    if booking is None:
        return None
    payment = Payment.objects.create(
        pk=payment_id,
        booking=booking,
        provider=provider,
        reference=report.reference,
        status=PaymentStatus.PENDING,
        amount_rupiah=booking.total_rupiah,
        currency=booking.currency,
        created_at=note.started_at,
        expires_at=max(booking.expires_at, note.started_at),
        poll_at=at,
    )
    ledger.record(booking, EventKind.PAYMENT_STARTED, at, payment=str(payment.pk), by=provider)
    return payment


def _rebuild_booking(note: OrderNote, report: ProviderReport, at: datetime) -> Booking | None:
    """None if its showtime, a seat or a ticket type is not in the restored database."""
    showtime = Showtime.objects.with_places().filter(pk=note.showtime_id).first()
    if showtime is None:
        return None
    wanted = [ticket.seat_id for ticket in note.tickets]
    seats = dict(showtime.seats.filter(seat_id__in=wanted).values_list("seat_id", "pk"))
    kinds = {kind.code: kind for kind in TicketType.objects.all()}
    if set(wanted) - set(seats) or {ticket.ticket_type for ticket in note.tickets} - set(kinds):
        return None
    tickets = note.tickets
    booking = Booking.objects.create(
        pk=note.booking_id,
        code=note.code,
        showtime=showtime,
        contact_name="",
        contact_email=_valid_email(report.payer_email),
        language=note.language,
        status=BookingStatus.EXPIRED,
        currency=report.currency,
        seats_rupiah=sum(ticket.price_rupiah for ticket in tickets),
        fee_rupiah=sum(ticket.fee_rupiah for ticket in tickets),
        discount_rupiah=sum(ticket.discount_rupiah for ticket in tickets),
        total_rupiah=note.total_rupiah,
        tax_rupiah=note.tax_rupiah,
        voucher=Voucher.objects.filter(pk__in=[note.voucher_id or 0]).first(),
        cancellation_terms=cancellation_terms.snapshot(showtime.studio.cinema),
        created_at=note.started_at,
        expires_at=note.started_at,
        expired_at=at,
    )
    _rebuild_tickets(booking, note, seats, kinds)
    ledger.record(booking, EventKind.CREATED, at, rebuilt=True)
    return booking


def _rebuild_tickets(
    booking: Booking, note: OrderNote, seats: dict[int, int], kinds: dict[str, TicketType]
) -> None:
    showtime = booking.showtime
    applied = applied_tax(showtime.studio.cinema.city_slug, showtime.movie, showtime.business_date)
    paid = [ticket.price_rupiah - ticket.discount_rupiah for ticket in note.tickets]
    taxes = spread(note.tax_rupiah, paid)
    Ticket.objects.bulk_create(
        Ticket(
            booking=booking,
            showtime_seat_id=seats[ticket.seat_id],
            ticket_type=kinds[ticket.ticket_type],
            serial=ticket.serial,
            seat_price_rupiah=ticket.seat_price_rupiah,
            price_rupiah=ticket.price_rupiah,
            fee_rupiah=ticket.fee_rupiah,
            discount_rupiah=ticket.discount_rupiah,
            tax_basis_points=applied.basis_points,
            tax_rupiah=tax_rupiah,
        )
        for ticket, tax_rupiah in zip(note.tickets, taxes, strict=True)
    )


def _send_back(gateway: Provider, report: ProviderReport, refund_lost: bool) -> DiscrepancyKind:
    """Refund a payment that is ours by its note, or by the operator's decision (``refund_lost``).

    One that was partly refunded already is left to a person.
    """
    payment_id = _uuid(report.merchant_reference)
    is_ours = order_notes.parse(report.note) is not None or refund_lost
    if payment_id is None or report.refunded_rupiah or not is_ours:
        return DiscrepancyKind.UNKNOWN
    payment = Payment(
        pk=payment_id,
        provider=gateway.name,
        reference=report.reference,
        amount_rupiah=report.amount_rupiah,
        currency=report.currency,
    )
    refund = Refund(
        pk=uuid5(REFUND_KEYS, str(payment_id)),
        payment=payment,
        amount_rupiah=report.amount_rupiah,
        reason=RefundReason.LATE,
    )
    try:
        answer = gateway.refund(refund, reference=report.reference)
    except (ProviderUnavailable, ProviderRefused) as problem:
        logger.warning("lost payment %s not refunded: %s", payment_id, problem)
        return DiscrepancyKind.UNKNOWN
    return DiscrepancyKind.UNKNOWN if answer.status == "failed" else DiscrepancyKind.SENT_BACK


def _report(found: Discrepancy, at: datetime) -> Discrepancy:
    logger.warning("after a restore: %s", found.fingerprint)
    with transaction.atomic():
        payment_discrepancy.send(Payment, discrepancy=found, at=at)
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _valid_email(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email

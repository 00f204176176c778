"""Cancellation of paid bookings: voids tickets, reopens seats and creates the refund.

A customer cancels all or single tickets under the terms stored on the booking
(bookings.orders.cancellation_terms); staff refund in full. The voucher's use is returned with the
last ticket only: until then its discount is still in use.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings.errors import (
    CancellationTooLate,
    CoupleSeatsTogether,
    NotCancellable,
    RefundChanged,
    TicketsMismatch,
)
from bookings.models import (
    Booking,
    BookingStatus,
    EventKind,
    Payment,
    RefundReason,
    Ticket,
)
from bookings.orders import ledger, vouchers
from bookings.orders.cancellation_terms import Tier, tier_at
from bookings.orders.inserts import load_lines
from bookings.orders.locks import lock_booking, lock_payment
from bookings.refunds.goodwill import refundable_rupiah
from bookings.refunds.refunds import create_refund
from bookings.signals import booking_cancelled
from bookings.tickets.formatting import shown_tickets
from seating.holds import sales
from seating.models import Seat, SeatCategory


@dataclass(frozen=True)
class Offer:
    """The refund that cancelling now would give, in all and for each ticket alone.

    After staff gave an amount back, the tickets of a choice give their sum or ``refund_rupiah``,
    whichever is less.
    """

    tier: Tier
    tickets: tuple[tuple[Ticket, int], ...]
    refund_rupiah: int


def offer(booking: Booking, at: datetime) -> Offer | None:
    """The offer for the unused tickets; None if the customer cannot cancel any."""
    tier = tier_at(booking, at) if booking.is_paid else None
    if tier is None:
        return None
    unused = _unused(_shown_live(booking))
    if not unused:
        return None
    left_rupiah = refundable_rupiah(booking)
    refunds = [tier.refund_rupiah(ticket) for ticket in unused]
    alone = (min(refund_rupiah, left_rupiah) for refund_rupiah in refunds)
    return Offer(tier, tuple(zip(unused, alone, strict=True)), sum(_within(refunds, left_rupiah)))


def live_tickets(booking: Booking) -> list[Ticket]:
    """By seat; none of a booking that is not paid."""
    return _live(booking) if booking.is_paid else []


def cancellable_tickets(booking: Booking) -> list[Ticket]:
    """The live tickets that may be cancelled, by seat."""
    return _unused(_live(booking)) if booking.is_paid else []


@transaction.atomic
def cancel_booking(
    *,
    booking_id: UUID,
    actor: str,
    at: datetime,
    seat_ids: Collection[int] | None = None,
    expected_refund_rupiah: int | None = None,
) -> Booking:
    """Cancel every ticket of the offer, or those of ``seat_ids``, under the booking's terms.

    ``expected_refund_rupiah``: the refund that the customer accepted; the actual one is at most
    what is left of the payment. Locks booking, payment, seats, voucher. Raises BookingNotFound,
    NotCancellable, CancellationTooLate, TicketsMismatch, CoupleSeatsTogether, RefundChanged.
    """
    booking = lock_booking(booking_id)
    if not booking.is_paid or booking.showtime.starts_at <= at:
        raise NotCancellable()
    tier = tier_at(booking, at)
    if tier is None:
        raise CancellationTooLate()
    chosen = _select_tickets(_live(booking), seat_ids)
    payment = _lock_applied_payment(booking)
    asked = [tier.refund_rupiah(ticket) for ticket in chosen]
    refunds = _within(asked, payment.refundable_rupiah)
    if expected_refund_rupiah not in (None, sum(refunds)):
        raise RefundChanged(sum(refunds))
    _cancel(booking, payment, chosen, refunds, RefundReason.CANCELLATION, actor, at)
    return booking


@transaction.atomic
def cancel_in_full(
    *,
    booking_id: UUID,
    actor: str,
    reason: RefundReason = RefundReason.CANCELLATION,
    seat_ids: Collection[int] | None = None,
    keeps_fee: bool = False,
    includes_used: bool = False,
    at: datetime,
) -> Booking:
    """Cancel tickets for staff with a full refund, whatever the terms.

    All unused tickets, or those of ``seat_ids``; with the showtime (``RefundReason.SHOWTIME``) or
    ``includes_used`` used tickets as well. ``keeps_fee``: less the service fee. Locks and raises as
    ``cancel_booking``.
    """
    booking = lock_booking(booking_id)
    if not booking.is_paid:
        raise NotCancellable()
    live = _live(booking)
    is_showtime = reason == RefundReason.SHOWTIME
    chosen = live if is_showtime else _select_tickets(live, seat_ids)
    payment = _lock_applied_payment(booking)
    asked = [refund_of(ticket, keeps_fee=keeps_fee) for ticket in chosen]
    refunds = _within(asked, payment.refundable_rupiah)
    may_be_used = is_showtime or includes_used
    _cancel(booking, payment, chosen, refunds, reason, actor, at, may_be_used=may_be_used)
    return booking


def refund_of(ticket: Ticket, *, keeps_fee: bool) -> int:
    fee_rupiah = min(ticket.fee_rupiah, ticket.paid_rupiah) if keeps_fee else 0
    return ticket.paid_rupiah - fee_rupiah


def _shown_live(booking: Booking) -> list[Ticket]:
    """As ``_live``, from what the booking has loaded: not for a caller that has locked it."""
    load_lines(booking)
    return [ticket for ticket in shown_tickets(booking) if ticket.is_live()]


def _live(booking: Booking) -> list[Ticket]:
    seats = booking.tickets.live().select_related("showtime_seat__seat")
    return list(seats.order_by("showtime_seat__seat__line", "showtime_seat__seat__column"))


def _unused(live: Sequence[Ticket]) -> list[Ticket]:
    """Tickets that may be cancelled: neither they nor the other half of their seat was used."""
    used = {ticket.showtime_seat.seat_id for ticket in live if ticket.checked_in_at is not None}
    return [
        ticket
        for ticket in live
        if ticket.showtime_seat.seat_id not in used
        and _other_half_id(ticket.showtime_seat.seat) not in used
    ]


def _other_half_id(seat: Seat) -> int | None:
    return seat.partner_id if seat.category == SeatCategory.COUPLE else None


def _select_tickets(live: Sequence[Ticket], seat_ids: Collection[int] | None) -> list[Ticket]:
    """The tickets of these seats, or all unused ones; halves of a couple seat only together."""
    if seat_ids is None:
        if not (unused := _unused(live)):
            raise NotCancellable()
        return unused
    by_seat = {ticket.showtime_seat.seat_id: ticket for ticket in live}
    if not seat_ids:
        raise TicketsMismatch(_("Please choose the tickets to cancel."))
    if unknown := set(seat_ids) - by_seat.keys():
        words = _("A ticket that you chose is not of this booking, or cancelled already.")
        raise TicketsMismatch(words, seats=sorted(unknown))
    chosen = [ticket for seat_id, ticket in by_seat.items() if seat_id in seat_ids]
    for ticket in chosen:
        seat = ticket.showtime_seat.seat
        other = _other_half_id(seat)
        if other is not None and other in by_seat and other not in seat_ids:
            labels = [seat.label, by_seat[other].showtime_seat.seat.label]
            raise CoupleSeatsTogether(seats=sorted(labels))
    return chosen


def _lock_applied_payment(booking: Booking) -> Payment:
    applied = booking.payments.values_list("pk", flat=True).get(applied_at__isnull=False)
    return lock_payment(applied, booking)


def _cancel(
    booking: Booking,
    payment: Payment,
    chosen: Sequence[Ticket],
    refunds_rupiah: Sequence[int],
    reason: RefundReason,
    actor: str,
    at: datetime,
    *,
    may_be_used: bool = False,
) -> None:
    seats = [ticket.showtime_seat_id for ticket in chosen]
    sales.reopen_sold(showtime_seat_ids=seats, sale=booking.pk)
    if booking.showtime.cancelled_at is not None:
        sales.block_seats(showtime_seat_ids=seats)
    for ticket, refund_rupiah in zip(chosen, refunds_rupiah, strict=True):
        _void(ticket, refund_rupiah, may_be_used=may_be_used, at=at)
        ledger.record(booking, EventKind.TICKET_VOIDED, at, actor=actor, ticket=ticket.pk)
    is_whole = not booking.tickets.live().exists()
    if is_whole:
        vouchers.return_use(booking.voucher_id)
    booking.status = BookingStatus.CANCELLED if is_whole else BookingStatus.PARTLY_CANCELLED
    booking.cancelled_at = at
    booking.save(update_fields=["status", "cancelled_at"])
    owed = sum(refunds_rupiah)
    event = ledger.record(
        booking,
        EventKind.CANCELLED if is_whole else EventKind.PARTLY_CANCELLED,
        at,
        actor=actor,
        paid=True,
        cause=reason.value,
        refund_rupiah=owed,
        seats=[ticket.showtime_seat.seat.label for ticket in chosen],
    )
    booking_cancelled.send(Booking, booking=booking, event=event)
    create_refund(booking, payment, owed, reason, at, actor=actor)


def _within(refunds_rupiah: Sequence[int], left_rupiah: int) -> list[int]:
    """The refunds, at most what is left of the payment after earlier amounts given back."""
    capped_rupiah = []
    for refund_rupiah in refunds_rupiah:
        capped_rupiah.append(min(refund_rupiah, left_rupiah))
        left_rupiah -= capped_rupiah[-1]
    return capped_rupiah


def _void(ticket: Ticket, refund_rupiah: int, *, may_be_used: bool, at: datetime) -> None:
    """Void one ticket. Raises NotCancellable if it was used, even concurrently."""
    unused = Ticket.objects.live().filter(pk=ticket.pk)
    if not may_be_used:
        unused = unused.filter(checked_in_at__isnull=True)
    if unused.update(voided_at=at, refund_rupiah=refund_rupiah) != 1:
        raise NotCancellable()

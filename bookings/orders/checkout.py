"""Checkout: turns held seats into a booking that waits for its payment.

Lock order: booking, payment, hold, seats by id, voucher (docs/locking.md). No network call is
made inside a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.policies.pages import agreed_versions
from bookings.errors import AgeNotConfirmed, BookingClosed, TicketsMismatch, TotalChanged
from bookings.models import (
    Booking,
    BookingStatus,
    EventKind,
    Ticket,
    TicketType,
    Voucher,
)
from bookings.orders import cancellation_terms, inserts, ledger, vouchers
from bookings.orders.locks import lock_booking
from bookings.orders.pricing import Quote, QuoteLine, quote
from bookings.orders.ticket_types import chosen_types
from bookings.signals import booking_cancelled
from movies.errors import ShowtimeClosed
from movies.models import Showtime, showtime_with_places
from movies.models.tax_rule import AppliedTax, applied_tax
from seating.holds import transitions
from seating.holds.transitions import HeldSeats
from seating.models import HoldEnd


@dataclass(frozen=True)
class Contact:
    name: str
    email: str
    phone: str = ""


def quote_hold(
    *,
    hold: HeldSeats,
    ticket_types: Mapping[int, str],
    voucher_code: str = "",
    at: datetime,
) -> Quote:
    """Price of the held seats. ``ticket_types``: seat id → ticket type code.

    Raises TicketTypeUnknown, TicketTypeNotAllowed, TicketsMismatch, VoucherRefused.
    """
    showtime = showtime_with_places(hold.showtime_id)
    chosen = _chosen_types(hold, showtime, ticket_types)
    voucher = vouchers.find_voucher(voucher_code, showtime, at)
    return _quote(hold, showtime, chosen, voucher, _tax(showtime))


@transaction.atomic
def open_booking(
    *,
    hold_id: UUID,
    visitor: str,
    user: User | None,
    ticket_types: Mapping[int, str],
    contact: Contact,
    language: str,
    voucher_code: str = "",
    expected_total_rupiah: int | None = None,
    is_age_confirmed: bool = False,
    at: datetime,
) -> Booking:
    """Create a pending booking of all the hold's seats and seal the hold for it.

    Prices are computed here, from the locked rows, and stored on the booking. Raises HoldNotFound,
    HoldExpired, HoldSealed (``booking``: the code of its booking), ShowtimeClosed,
    TicketTypeUnknown, TicketTypeNotAllowed, TicketsMismatch, VoucherRefused; AgeNotConfirmed if the
    film needs a proof of age; TotalChanged if prices changed since the customer accepted
    ``expected_total_rupiah``. The ledger records the versions of terms and privacy page in force.
    """
    held = transitions.seal_hold(hold_id=hold_id, visitor=visitor)
    showtime = showtime_with_places(held.showtime_id)
    if showtime.cancelled_at is not None:
        raise ShowtimeClosed()
    confirmed = _age_confirmation(showtime, is_age_confirmed)
    chosen = _chosen_types(held, showtime, ticket_types)
    voucher = vouchers.find_voucher(voucher_code, showtime, at)
    tax = _tax(showtime)
    priced = _quote(held, showtime, chosen, voucher, tax)
    if expected_total_rupiah not in (None, priced.total_rupiah):
        raise TotalChanged(priced.total_rupiah)
    if voucher is not None:
        user_id, phone = user.pk if user else None, str(contact.phone or "")
        vouchers.redeem(voucher, vouchers.Customer(user_id, contact.email, phone))
    booking = _booking(held, showtime, visitor, user, contact, language, voucher, priced, tax, at)
    inserts.insert_order(booking, _lines(booking, held, chosen, priced))
    agreed: dict[str, Any] = {"agreed": agreed_versions()}
    ledger.record(booking, EventKind.CREATED, at, actor=visitor, **agreed, **confirmed)
    return booking


@transaction.atomic
def abandon_booking(
    *,
    booking_id: UUID,
    keep_seats: bool = False,
    actor: str = ledger.SYSTEM,
    cause: str = "",
    at: datetime,
) -> Booking:
    """Cancel an unpaid booking. ``keep_seats``: its hold remains and may be changed again.

    A payment that still arrives for it is refunded. Locks booking, hold, seats, voucher.
    Raises BookingNotFound, BookingClosed.
    """
    booking = lock_booking(booking_id)
    if not booking.is_pending or booking.hold_id is None:
        raise BookingClosed()
    booking.payments.unsettled().update(poll_at=at)  # polling closes their payment pages
    hold = transitions.lock_hold(booking.hold_id)
    if keep_seats and hold.is_live(hold.now):
        transitions.unseal_hold(hold)
    else:
        transitions.end_hold(hold, HoldEnd.RELEASED)
    vouchers.return_use(booking.voucher_id)
    booking.status, booking.cancelled_at = BookingStatus.CANCELLED, at
    booking.save(update_fields=["status", "cancelled_at"])
    event = ledger.record(booking, EventKind.CANCELLED, at, actor=actor, paid=False, cause=cause)
    booking_cancelled.send(Booking, booking=booking, event=event)
    return booking


def _chosen_types(
    hold: HeldSeats, showtime: Showtime, ticket_types: Mapping[int, str]
) -> dict[int, TicketType]:
    """Seat id → ticket type, exactly one for each held seat."""
    if not hold.seats or set(ticket_types) != {seat.seat_id for seat in hold.seats}:
        raise TicketsMismatch()
    types = chosen_types(showtime, ticket_types.values())
    return {seat_id: types[code] for seat_id, code in ticket_types.items()}


def _age_confirmation(showtime: Showtime, is_confirmed: bool) -> dict[str, bool]:
    """Fact of the ledger for films that need a proof of age. Raises AgeNotConfirmed."""
    if not showtime.movie.needs_age_proof:
        return {}
    if not is_confirmed:
        raise AgeNotConfirmed()
    return {"age_confirmed": True}


def _tax(showtime: Showtime) -> AppliedTax:
    return applied_tax(showtime.studio.cinema.city_slug, showtime.movie, showtime.business_date)


def _quote(
    hold: HeldSeats,
    showtime: Showtime,
    chosen: Mapping[int, TicketType],
    voucher: Voucher | None,
    tax: AppliedTax,
) -> Quote:
    priced = quote(
        [QuoteLine(seat.price_rupiah, chosen[seat.seat_id].price_percent) for seat in hold.seats],
        fee_rupiah=settings.SERVICE_FEE_RUPIAH,
        voucher=vouchers.terms(voucher),
        tax_basis_points=tax.basis_points,
    )
    vouchers.check_order(voucher, priced)
    return priced


def _booking(
    held: HeldSeats,
    showtime: Showtime,
    visitor: str,
    user: User | None,
    contact: Contact,
    language: str,
    voucher: Voucher | None,
    priced: Quote,
    tax: AppliedTax,
    at: datetime,
) -> Booking:
    return Booking(
        showtime=showtime,
        hold_id=held.hold_id,
        user=user,
        visitor=visitor,
        contact_name=contact.name,
        contact_email=contact.email,
        contact_phone=contact.phone,
        language=language,
        currency=settings.CURRENCY,
        seats_rupiah=priced.seats_rupiah,
        fee_rupiah=priced.fee_rupiah,
        discount_rupiah=priced.discount_rupiah,
        total_rupiah=priced.total_rupiah,
        tax_rupiah=priced.tax_rupiah,
        tax_rule_id=tax.rule_id,
        voucher=voucher,
        cancellation_terms=cancellation_terms.snapshot(showtime.studio.cinema),
        created_at=at,
        expires_at=held.expires_at,
    )


def _lines(
    booking: Booking, held: HeldSeats, chosen: Mapping[int, TicketType], priced: Quote
) -> list[Ticket]:
    return [
        Ticket(
            booking=booking,
            showtime_seat_id=seat.showtime_seat_id,
            ticket_type=chosen[seat.seat_id],
            seat_price_rupiah=ticket.seat_price_rupiah,
            price_rupiah=ticket.price_rupiah,
            fee_rupiah=ticket.fee_rupiah,
            discount_rupiah=ticket.discount_rupiah,
            tax_basis_points=priced.tax_basis_points,
            tax_rupiah=ticket.tax_rupiah,
        )
        for seat, ticket in zip(held.seats, priced.tickets, strict=True)
    ]

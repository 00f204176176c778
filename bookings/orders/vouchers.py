"""Redeems vouchers. The voucher row is the last lock of every transition (docs/locking.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from bookings.errors import (
    VoucherBelowMinimum,
    VoucherCustomerLimit,
    VoucherNotHere,
    VoucherNotYetValid,
    VoucherOtherDay,
    VoucherOtherFilm,
    VoucherOver,
    VoucherTooFewTickets,
    VoucherUnknown,
    VoucherUsedUp,
)
from bookings.models import Booking, BookingStatus, Voucher, VoucherKind
from bookings.orders.pricing import Quote, VoucherTerms
from core.db.mailbox import Mailbox, mailbox_of
from core.decorators import enforce, require_left
from core.ratelimit import RateLimit
from movies.models import Showtime

# Every tried code counts for its hold: a limit on wrong ones alone would reveal the correct one.
# Holds are limited per visitor, which also limits an attacker with many addresses.
CODES_BY_HOLD = RateLimit("voucher_hold", 30, 300)
# Refused codes only: a whole town of honest customers may share one network.
REFUSED_CODES_BY_NETWORK = RateLimit("voucher_refused_network", 300, 300)
# Bookings in these states count as a use of their voucher.
USING = [BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED]


@dataclass(frozen=True)
class Customer:
    """Customer for whom uses are counted: one account, mailbox or phone."""

    user_id: int | None
    email: str
    phone: str

    @classmethod
    def of(cls, booking: Booking) -> Customer:
        return cls(booking.user_id, booking.contact_email, str(booking.contact_phone or ""))

    def uses_of(self, voucher_id: int) -> int:
        is_theirs = Q(mailbox=mailbox_of(self.email)) if self.email else Q(pk__in=[])
        if self.user_id is not None:
            is_theirs |= Q(user=self.user_id)
        if self.phone:
            is_theirs |= Q(contact_phone=self.phone)
        used = Booking.objects.filter(voucher=voucher_id, status__in=USING)
        return used.alias(mailbox=Mailbox("contact_email")).filter(is_theirs).count()


def enforce_code_limits(hold_id: UUID, network: str) -> None:
    """Call before a code is tried. Raises TooManyRequests."""
    require_left(REFUSED_CODES_BY_NETWORK, network)
    enforce(CODES_BY_HOLD, str(hold_id))


def record_refused_code(network: str) -> None:
    REFUSED_CODES_BY_NETWORK.record(network)


def find_voucher(code: str, showtime: Showtime, at: datetime) -> Voucher | None:
    """The voucher of this code for this showtime; None for an empty code.

    Raises a subclass of VoucherRefused. ``showtime`` is loaded with its studio.
    """
    code = code.strip()
    if not code:
        return None
    voucher = Voucher.objects.filter(code__iexact=code).first()
    if voucher is None:
        raise VoucherUnknown()
    if at < voucher.valid_from:
        raise VoucherNotYetValid()
    if at >= voucher.valid_until:
        raise VoucherOver()
    if voucher.uses >= voucher.max_uses:
        raise VoucherUsedUp()
    _check_showtime(voucher, showtime)
    return voucher


def terms(voucher: Voucher | None) -> VoucherTerms | None:
    if voucher is None:
        return None
    if voucher.kind == VoucherKind.PERCENT:
        return VoucherTerms(percent=voucher.value)
    if voucher.kind == VoucherKind.BUY_GET:
        return VoucherTerms(free_after=voucher.value)
    return VoucherTerms(fixed_rupiah=voucher.value)


def check_order(voucher: Voucher | None, priced: Quote) -> None:
    """Raises VoucherBelowMinimum or VoucherTooFewTickets."""
    if voucher is None:
        return
    if priced.seats_rupiah < voucher.min_seats_rupiah:
        raise VoucherBelowMinimum(minimum_rupiah=voucher.min_seats_rupiah)
    needed = voucher.value + 1
    if voucher.kind == VoucherKind.BUY_GET and len(priced.tickets) < needed:
        raise VoucherTooFewTickets(tickets_needed=needed)


def redeem(voucher: Voucher, customer: Customer) -> None:
    """Redeem one use for a booking that is about to be inserted. Locks the voucher.

    Raises VoucherUsedUp, VoucherCustomerLimit; the caller's transaction is then undone.
    """
    if not take_use(voucher.pk):
        raise VoucherUsedUp()
    # After the lock: concurrent uses have committed, so the count includes them.
    limit = voucher.max_uses_per_customer
    if limit is not None and customer.uses_of(voucher.pk) >= limit:
        raise VoucherCustomerLimit(uses_max=limit)


def redeem_again(booking: Booking) -> bool:
    """Redeem a use for an ended booking that is paid late; False if none is left."""
    if booking.voucher_id is None:
        return True
    if not take_use(booking.voucher_id):
        return False
    limit = Voucher.objects.values_list("max_uses_per_customer", flat=True).get(
        pk=booking.voucher_id
    )
    return limit is None or Customer.of(booking).uses_of(booking.voucher_id) < limit


def take_use(voucher_id: int) -> bool:
    """Count one use unless the limit is reached. Locks the voucher."""
    usable = Voucher.objects.filter(pk=voucher_id, uses__lt=F("max_uses"))
    return usable.update(uses=F("uses") + 1) == 1


def return_use(voucher_id: int | None) -> None:
    """Count one use less, never below 0 (staff may have reset the count)."""
    if voucher_id is not None:
        Voucher.objects.filter(pk=voucher_id, uses__gt=0).update(uses=F("uses") - 1)


def _check_showtime(voucher: Voucher, showtime: Showtime) -> None:
    cinemas = set(voucher.cinemas.values_list("pk", flat=True))
    if cinemas and showtime.studio.cinema_id not in cinemas:
        raise VoucherNotHere()
    movies = set(voucher.movies.values_list("pk", flat=True))
    if movies and showtime.movie_id not in movies:
        raise VoucherOtherFilm()
    if voucher.weekdays and showtime.business_date.isoweekday() not in voucher.weekdays:
        raise VoucherOtherDay(weekdays=sorted(voucher.weekdays))

"""Database rows of many sales, collected and written in bulk."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F

from bookings.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    Payment,
    PaymentStatus,
    Refund,
    RefundReason,
    RefundStatus,
    Ticket,
    Voucher,
)
from bookings.models.booking import CODE_ALPHABET, CODE_LENGTH
from bookings.orders import pricing, vouchers
from bookings.orders.pricing import Quote
from demo.history.bank import BankRows
from demo.history.events import events_of
from demo.history.sale import Outcome, Sale
from movies.models import Role, StaffPost
from movies.models.tax_rule import AppliedTax, applied_tax
from notifications.dispatch import backfill_sent
from seating.models import Hold, HoldEnd, SeatStatus, ShowtimeSeat

FIRST_CODE = "DMSTRT22"
PROVIDER = "sandbox"
BATCH_ROWS = 1_000
SEED = "layar demo rows"
VERSIONS_SOLD = 2  # held, sold
VERSIONS_REOPENED = {"expired": 2, "failed": 2, "refunded": 3}


@dataclass(slots=True)
class SoldRows:
    """Rows of one sale."""

    sale: Sale
    hold: Hold
    booking: Booking
    tickets: list[Ticket]
    payment: Payment
    refund: Refund | None


@dataclass
class SaleRows:
    at: datetime
    sold: list[SoldRows] = field(default_factory=list)
    tickets_sold: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(SEED)
        posts = StaffPost.objects.filter(role=Role.MANAGER, cinema__isnull=False)
        self.manager_ids = dict(posts.order_by("-user").values_list("cinema", "user"))

    def add(self, sale: Sale) -> None:
        window = timedelta(seconds=settings.HOLD_SECONDS)
        ordered_at = sale.began_at + window * self.chance.uniform(0.1, 0.3)
        settled_at = sale.began_at + window * self.chance.uniform(0.5, 0.9)
        if sale.outcome is Outcome.EXPIRED:
            settled_at = sale.began_at + window
        hold = self._hold(sale, sale.began_at + window, ordered_at, settled_at)
        quote = _quote(sale)
        booking = self._booking(sale, quote, hold, ordered_at, settled_at)
        tickets = self._tickets(sale, quote, booking, settled_at)
        payment = self._payment(sale, booking, settled_at)
        refund = None
        if sale.outcome is Outcome.REFUNDED:
            refund = self._cancel(sale, booking, tickets, payment)
        self.sold.append(SoldRows(sale, hold, booking, tickets, payment, refund))
        if sale.outcome is Outcome.PAID:
            self.tickets_sold += len(tickets)

    def write(self) -> None:
        """Insert all rows in the order of their references."""
        Hold.objects.bulk_create((row.hold for row in self.sold), batch_size=BATCH_ROWS)
        Booking.objects.bulk_create((row.booking for row in self.sold), batch_size=BATCH_ROWS)
        Ticket.objects.bulk_create(
            (ticket for row in self.sold for ticket in row.tickets), batch_size=BATCH_ROWS
        )
        Payment.objects.bulk_create((row.payment for row in self.sold), batch_size=BATCH_ROWS)
        Refund.objects.bulk_create(row.refund for row in self.sold if row.refund is not None)
        bank = BankRows()
        for row in self.sold:
            bank.add(row.booking, row.payment, row.refund)
        bank.write()
        events = [event for row in self.sold for event in self._events(row)]
        events.sort(key=lambda event: event.at)
        BookingEvent.objects.bulk_create(events, batch_size=BATCH_ROWS)
        backfill_sent(events)
        self._write_seats()
        self._count_vouchers()

    def _hold(
        self, sale: Sale, expires_at: datetime, sealed_at: datetime, ended_at: datetime
    ) -> Hold:
        end = {
            Outcome.PAID: HoldEnd.SOLD,
            Outcome.REFUNDED: HoldEnd.SOLD,
            Outcome.EXPIRED: HoldEnd.EXPIRED,
            Outcome.FAILED: HoldEnd.RELEASED,
        }[sale.outcome]
        return Hold(
            id=self._uuid(),
            showtime=sale.showtime,
            visitor=f"web:{self._uuid()}",
            created_at=sale.began_at,
            expires_at=expires_at,
            sealed_at=sealed_at,
            ended_at=ended_at,
            end=end,
        )

    def _booking(
        self, sale: Sale, quote: Quote, hold: Hold, ordered_at: datetime, settled_at: datetime
    ) -> Booking:
        status, moment = {
            Outcome.PAID: (BookingStatus.CONFIRMED, "confirmed_at"),
            Outcome.REFUNDED: (BookingStatus.CONFIRMED, "confirmed_at"),  # until it is cancelled
            Outcome.EXPIRED: (BookingStatus.EXPIRED, "expired_at"),
            Outcome.FAILED: (BookingStatus.FAILED, "failed_at"),
        }[sale.outcome]
        return Booking(
            id=self._uuid(),
            code=self._code(),
            showtime=sale.showtime,
            hold=hold,
            user=sale.buyer.user,
            visitor=hold.visitor,
            contact_name=sale.buyer.name,
            contact_email=sale.buyer.email,
            contact_phone=sale.buyer.phone,
            language=sale.buyer.language,
            currency=settings.CURRENCY,
            seats_rupiah=quote.seats_rupiah,
            fee_rupiah=quote.fee_rupiah,
            discount_rupiah=quote.discount_rupiah,
            total_rupiah=quote.total_rupiah,
            tax_rupiah=quote.tax_rupiah,
            tax_rule_id=_tax(sale).rule_id,
            voucher=sale.voucher,
            created_at=ordered_at,
            expires_at=hold.expires_at,
            status=status,
            **{moment: settled_at},
        )

    def _tickets(
        self, sale: Sale, quote: Quote, booking: Booking, settled_at: datetime
    ) -> list[Ticket]:
        checked_in_at = self._checked_in_at(sale)
        cinema_id = sale.showtime.studio.cinema_id
        usher_id = self.manager_ids.get(cinema_id) if checked_in_at else None
        return [
            Ticket(
                booking=booking,
                showtime_seat_id=seat.showtime_seat_id,
                ticket_type=kind,
                seat_price_rupiah=priced.seat_price_rupiah,
                price_rupiah=priced.price_rupiah,
                fee_rupiah=priced.fee_rupiah,
                discount_rupiah=priced.discount_rupiah,
                tax_basis_points=quote.tax_basis_points,
                tax_rupiah=priced.tax_rupiah,
                issued_at=settled_at if sale.is_paid else None,
                checked_in_at=checked_in_at,
                checked_in_by_id=usher_id,
            )
            for seat, kind, priced in zip(sale.seats, sale.ticket_types, quote.tickets, strict=True)
        ]

    def _checked_in_at(self, sale: Sale) -> datetime | None:
        if (
            sale.outcome is not Outcome.PAID
            or not sale.was_admitted
            or sale.showtime.starts_at > self.at
        ):
            return None
        return sale.showtime.starts_at - timedelta(minutes=self.chance.uniform(1, 10))

    def _payment(self, sale: Sale, booking: Booking, settled_at: datetime) -> Payment:
        payment = Payment(
            id=self._uuid(),
            booking=booking,
            provider=PROVIDER,
            reference=f"chg_demo_{self._uuid().hex[:24]}",
            amount_rupiah=booking.total_rupiah,
            currency=booking.currency,
            created_at=booking.created_at + timedelta(seconds=1),
            expires_at=booking.expires_at,
            settled_at=settled_at,
        )
        if sale.outcome is Outcome.EXPIRED:
            payment.status, payment.failure_code = PaymentStatus.EXPIRED, "session_expired"
        elif sale.outcome is Outcome.FAILED:
            payment.status, payment.failure_code = PaymentStatus.FAILED, "declined_by_payer"
        else:
            payment.status = PaymentStatus.SUCCEEDED
            payment.captured_rupiah, payment.applied_at = payment.amount_rupiah, settled_at
        return payment

    def _cancel(
        self, sale: Sale, booking: Booking, tickets: list[Ticket], payment: Payment
    ) -> Refund:
        """Cancellation in time with an immediate refund."""
        paid_at = payment.applied_at or booking.created_at
        cancelled_at = paid_at + (min(self.at, sale.showtime.starts_at) - paid_at) * 0.2
        booking.status, booking.cancelled_at = BookingStatus.CANCELLED, cancelled_at
        for ticket in tickets:
            ticket.voided_at, ticket.refund_rupiah = cancelled_at, ticket.paid_rupiah
        payment.refund_due_rupiah = payment.refunded_rupiah = payment.captured_rupiah
        return Refund(
            id=self._uuid(),
            payment=payment,
            amount_rupiah=payment.captured_rupiah,
            reason=RefundReason.CANCELLATION,
            status=RefundStatus.REFUNDED,
            attempts=1,
            created_at=cancelled_at,
            refunded_at=cancelled_at + timedelta(seconds=8),
        )

    def _events(self, row: SoldRows) -> list[BookingEvent]:
        return events_of(row.booking, row.tickets, row.payment, row.refund)

    def _write_seats(self) -> None:
        """Mark seats as sold; raises, rolling everything back, if one was taken meanwhile."""
        wanted = {seat.showtime_seat_id: row for row in self.sold for seat in row.sale.seats}
        locked = list(
            ShowtimeSeat.objects.select_for_update(of=("self",), no_key=True)
            .filter(pk__in=wanted, status=SeatStatus.AVAILABLE)
            .order_by("seat_id")
        )
        if len(locked) != len(wanted):
            raise RuntimeError("a seat was sold while the demo's history was being written")
        for seat in locked:
            row = wanted[seat.pk]
            if row.sale.outcome is Outcome.PAID:
                seat.status, seat.sale = SeatStatus.SOLD, row.booking.pk
                seat.version += VERSIONS_SOLD
            else:
                seat.version += VERSIONS_REOPENED[row.sale.outcome.value]
        ShowtimeSeat.objects.bulk_update(locked, ["status", "sale", "version"], BATCH_ROWS)

    def _count_vouchers(self) -> None:
        used = Counter(
            row.sale.voucher.pk
            for row in self.sold
            if row.sale.voucher is not None and row.sale.outcome is Outcome.PAID
        )
        for voucher_id, uses in used.items():
            Voucher.objects.filter(pk=voucher_id).update(uses=F("uses") + uses)

    def _uuid(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def _code(self) -> str:
        if not self.sold:
            return FIRST_CODE
        return "".join(self.chance.choices(CODE_ALPHABET, k=CODE_LENGTH))


def _tax(sale: Sale) -> AppliedTax:
    showtime = sale.showtime
    return applied_tax(showtime.studio.cinema.city_slug, showtime.movie, showtime.business_date)


def _quote(sale: Sale) -> Quote:
    lines = [
        pricing.QuoteLine(seat.price_rupiah, kind.price_percent)
        for seat, kind in zip(sale.seats, sale.ticket_types, strict=True)
    ]
    return pricing.quote(
        lines,
        fee_rupiah=settings.SERVICE_FEE_RUPIAH,
        voucher=vouchers.terms(sale.voucher),
        tax_basis_points=_tax(sale).basis_points,
    )

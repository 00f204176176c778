"""Models of bookings, tickets, payments, refunds and vouchers."""

from bookings.models.booking import (
    Booking,
    BookingEvent,
    BookingQuerySet,
    BookingStatus,
    EventKind,
)
from bookings.models.cancellation import CancellationTier, ShowtimeCancellation
from bookings.models.move import ShowtimeMove
from bookings.models.payment import (
    Payment,
    PaymentQuerySet,
    PaymentStatus,
    ProviderEvent,
    Refund,
    RefundReason,
    RefundStatus,
)
from bookings.models.payout import ManualPayout
from bookings.models.ticket import Ticket, TicketQuerySet, TicketType
from bookings.models.voucher import Voucher, VoucherKind

__all__ = [
    "Booking",
    "BookingEvent",
    "BookingQuerySet",
    "BookingStatus",
    "CancellationTier",
    "EventKind",
    "ManualPayout",
    "Payment",
    "PaymentQuerySet",
    "PaymentStatus",
    "ProviderEvent",
    "Refund",
    "RefundReason",
    "RefundStatus",
    "ShowtimeCancellation",
    "ShowtimeMove",
    "Ticket",
    "TicketQuerySet",
    "TicketType",
    "Voucher",
    "VoucherKind",
]

"""Orders, tickets, and the money that moves for them."""

from bookings.models.booking import (
    Booking,
    BookingEvent,
    BookingQuerySet,
    BookingStatus,
    EventKind,
)
from bookings.models.payment import (
    Payment,
    PaymentQuerySet,
    PaymentStatus,
    ProviderEvent,
    Refund,
    RefundReason,
    RefundStatus,
)
from bookings.models.ticket import Ticket, TicketQuerySet, TicketType
from bookings.models.voucher import Voucher, VoucherKind

__all__ = [
    "Booking",
    "BookingEvent",
    "BookingQuerySet",
    "BookingStatus",
    "EventKind",
    "Payment",
    "PaymentQuerySet",
    "PaymentStatus",
    "ProviderEvent",
    "Refund",
    "RefundReason",
    "RefundStatus",
    "Ticket",
    "TicketQuerySet",
    "TicketType",
    "Voucher",
    "VoucherKind",
]

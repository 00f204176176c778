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
from bookings.models.note import BookingNote
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
from bookings.models.refund_batch import RefundBatch, RefundBatchItem
from bookings.models.ticket import Ticket, TicketQuerySet, TicketType
from bookings.models.voucher import Voucher, VoucherKind
from bookings.models.waitlist import (
    EntryEnd,
    Waitlist,
    WaitlistEntry,
    WaitlistEntryQuerySet,
)
from bookings.models.waitlist_offer import (
    OfferEnd,
    SkipReason,
    WaitlistEvent,
    WaitlistEventKind,
    WaitlistOffer,
)

__all__ = [
    "Booking",
    "BookingEvent",
    "BookingNote",
    "BookingQuerySet",
    "BookingStatus",
    "CancellationTier",
    "EntryEnd",
    "EventKind",
    "ManualPayout",
    "OfferEnd",
    "Payment",
    "PaymentQuerySet",
    "PaymentStatus",
    "ProviderEvent",
    "Refund",
    "RefundBatch",
    "RefundBatchItem",
    "RefundReason",
    "RefundStatus",
    "ShowtimeCancellation",
    "ShowtimeMove",
    "SkipReason",
    "Ticket",
    "TicketQuerySet",
    "TicketType",
    "Voucher",
    "VoucherKind",
    "Waitlist",
    "WaitlistEntry",
    "WaitlistEntryQuerySet",
    "WaitlistEvent",
    "WaitlistEventKind",
    "WaitlistOffer",
]

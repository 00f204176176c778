"""Errors of bookings.

LayarError
├── NotFound
│   ├── BookingNotFound      404  unknown, or not accessible
│   └── TicketUnknown        404  signed by us, but not in the database
├── Refused
│   ├── BookingClosed        409  it is not pending
│   ├── PaymentRunning       409  another payment of this booking is running
│   ├── PaymentRefused       409  the provider refused to start it
│   ├── TotalChanged         409  not the accepted total; ``total_rupiah`` is the new one
│   ├── NotCancellable       409  begun, used, or never paid
│   │   └── CancellationTooLate  its terms refund nothing any more
│   ├── RefundChanged        409  not the accepted refund; ``refund_rupiah`` is the new one
│   ├── PayoutResolved       409  already paid out
│   ├── PayoutNotPossible    409  the provider may still refund it
│   ├── RefundNotRetryable   409  refunded, or paid by hand
│   ├── RefundNotDecidable   409  decided already, or by its requester
│   ├── NoTicketsToSend      409  never paid, cancelled, or over
│   ├── CorrectionOver       409  the time for the buyer to correct it is over
│   └── NotAdmitted          409  a genuine ticket that is refused here and now
│       ├── TicketNotIssued      its booking was never paid
│       ├── TicketVoid           cancelled
│       ├── TicketUsed           already used at ``checked_in_at``
│       ├── WrongCinema          ``cinema`` names the right one
│       ├── WrongShowtime        ``film``, ``studio``, ``starts_at`` name the right one
│       ├── ShowtimeOff          the showtime was cancelled
│       └── OutsideDoorTimes     too early or too late; ``doors_open_at``, ``ends_at``
├── InvalidInput
│   ├── TicketTypeUnknown    422
│   ├── TicketTypeNotAllowed 422  not for this film's age class; ``allowed_ticket_types``
│   ├── AgeNotConfirmed      422  the buyer has not confirmed the film's age rule
│   ├── TicketsMismatch      422  the tickets are not one for each held seat
│   ├── CoupleSeatsTogether  422  half of a couple seat cannot be cancelled
│   ├── NoteMissing          422  the payout has no note
│   ├── VoucherRefused       422  each reason has its own code
│   │   ├── VoucherUnknown            no voucher has this code
│   │   ├── VoucherNotYetValid        before its first day
│   │   ├── VoucherOver               after its last day
│   │   ├── VoucherUsedUp             all of its uses are redeemed
│   │   ├── VoucherCustomerLimit      this customer has redeemed all of theirs
│   │   ├── VoucherNotHere            valid in other cinemas only
│   │   ├── VoucherOtherFilm          valid for other films only
│   │   ├── VoucherOtherDay           valid on other weekdays only
│   │   ├── VoucherBelowMinimum       the tickets cost too little
│   │   └── VoucherTooFewTickets      not enough tickets for a free one
│   ├── ProviderUnknown      422
│   ├── AmountBelowMinimum   422  the provider takes ``minimum_rupiah`` or more
│   └── TicketCodeInvalid    422  not a code signed by us
└── Unavailable
    └── PaymentUnavailable   503  the payment provider did not answer

``waitlist`` has those of the waitlist, ``payment_methods`` those of methods without a page,
``staff`` those of the office.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from bookings.errors.vouchers import (
    VoucherBelowMinimum as VoucherBelowMinimum,
)
from bookings.errors.vouchers import (
    VoucherCustomerLimit as VoucherCustomerLimit,
)
from bookings.errors.vouchers import (
    VoucherNotHere as VoucherNotHere,
)
from bookings.errors.vouchers import (
    VoucherNotYetValid as VoucherNotYetValid,
)
from bookings.errors.vouchers import (
    VoucherOtherDay as VoucherOtherDay,
)
from bookings.errors.vouchers import (
    VoucherOtherFilm as VoucherOtherFilm,
)
from bookings.errors.vouchers import (
    VoucherOver as VoucherOver,
)
from bookings.errors.vouchers import (
    VoucherRefused as VoucherRefused,
)
from bookings.errors.vouchers import (
    VoucherTooFewTickets as VoucherTooFewTickets,
)
from bookings.errors.vouchers import (
    VoucherUnknown as VoucherUnknown,
)
from bookings.errors.vouchers import (
    VoucherUsedUp as VoucherUsedUp,
)
from core.errors import InvalidInput, NotFound, Refused, Unavailable
from core.templatetags.money import rupiah


class BookingNotFound(NotFound):
    code = "booking_not_found"
    message = _("We could not find that booking.")


class BookingClosed(Refused):
    code = "booking_closed"
    message = _("This booking is closed. Please choose your seats again.")


class PaymentRunning(Refused):
    code = "payment_running"
    message = _("A payment for this booking is already under way.")


class PaymentRefused(Refused):
    code = "payment_refused"
    message = _(
        "The payment service refused this payment. Your seats are still held; please try another"
        " payment method."
    )


class TotalChanged(Refused):
    code = "total_changed"

    def __init__(self, total_rupiah: int) -> None:
        super().__init__(
            _("The total is now %(amount)s. Please check it before you pay.")
            % {"amount": rupiah(total_rupiah)},
            total_rupiah=total_rupiah,
        )


class NotCancellable(Refused):
    code = "not_cancellable"
    message = _("This booking can no longer be cancelled.")


class NotClaimable(Refused):
    code = "not_claimable"
    message = _(
        "This booking was made with another email address. Confirm that address in your account"
        " first."
    )


class CancellationTooLate(NotCancellable):
    code = "cancellation_too_late"
    message = _("It is too late to cancel: nothing would come back any more.")


class RefundChanged(Refused):
    code = "refund_changed"

    def __init__(self, refund_rupiah: int) -> None:
        super().__init__(
            _("The refund is now %(amount)s. Please check it and confirm again.")
            % {"amount": rupiah(refund_rupiah)},
            refund_rupiah=refund_rupiah,
        )


class PayoutResolved(Refused):
    code = "payout_resolved"
    message = _("This has been paid out already.")


class PayoutNotPossible(Refused):
    code = "payout_not_possible"
    message = _("The payment provider may still send this refund.")


class RefundNotRetryable(Refused):
    code = "refund_not_retryable"
    message = _("This refund is done already, or is paid out by hand.")


class TicketUnknown(NotFound):
    code = "ticket_unknown"
    message = _("The signature is ours, but we know no such ticket.")


class RefundNotDecidable(Refused):
    code = "refund_not_decidable"
    message = _("This refund request needs no decision any more.")


class NoTicketsToSend(Refused):
    code = "no_tickets_to_send"
    message = _("This booking has no tickets that could be sent.")


class CorrectionOver(Refused):
    code = "correction_over"
    message = _("The time to correct the address is over. Please contact the cinema.")


class NotAdmitted(Refused):
    """A genuine ticket that does not admit; each reason has its own code."""


class TicketNotIssued(NotAdmitted):
    code = "ticket_not_issued"
    message = _("This booking was never paid.")


class TicketVoid(NotAdmitted):
    code = "ticket_void"
    message = _("This ticket was cancelled.")


class TicketUsed(NotAdmitted):
    code = "ticket_used"
    message = _("Somebody is already in with this ticket.")


class WrongCinema(NotAdmitted):
    code = "wrong_cinema"
    message = _("This ticket is for another cinema.")


class WrongShowtime(NotAdmitted):
    code = "wrong_showtime"
    message = _("This ticket is for another showtime.")


class ShowtimeOff(NotAdmitted):
    code = "showtime_cancelled"
    message = _("This showtime was cancelled.")


class OutsideDoorTimes(NotAdmitted):
    code = "outside_door_times"
    message = _("The doors are not open for this showtime.")


class TicketTypeUnknown(InvalidInput):
    code = "ticket_type_unknown"
    message = _("Please choose a ticket type for each seat.")


class TicketTypeNotAllowed(InvalidInput):
    code = "ticket_type_not_allowed"

    def __init__(self, name: str, classification: str, allowed: Iterable[str]) -> None:
        super().__init__(
            _("“%(ticket_type)s” tickets are not sold for %(classification)s films.")
            % {"ticket_type": name, "classification": classification},
            classification=classification,
            allowed_ticket_types=list(allowed),
        )


class AgeNotConfirmed(InvalidInput):
    code = "age_not_confirmed"
    message = _("Please confirm the film’s age rule.")


class TicketsMismatch(InvalidInput):
    code = "tickets_mismatch"
    message = _("There must be exactly one ticket for each seat you hold.")


class CoupleSeatsTogether(InvalidInput):
    code = "couple_seats_together"
    message = _("The two halves of a couple seat can only be cancelled together.")


class NoteMissing(InvalidInput):
    code = "note_missing"
    message = _("Please note how it was paid.")


class ProviderUnknown(InvalidInput):
    code = "provider_unknown"
    message = _("Please choose one of the payment methods.")


class AmountBelowMinimum(InvalidInput):
    code = "amount_below_minimum"

    def __init__(self, minimum_rupiah: int) -> None:
        super().__init__(
            _("This payment method takes payments of %(amount)s or more. Please choose another.")
            % {"amount": rupiah(minimum_rupiah)},
            minimum_rupiah=minimum_rupiah,
        )


class TicketCodeInvalid(InvalidInput):
    code = "ticket_code_invalid"
    message = _("This is not a ticket of ours.")


class PaymentUnavailable(Unavailable):
    code = "payment_unavailable"
    message = _("The payment service does not answer. Your seats are still held; please try again.")

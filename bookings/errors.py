"""Errors of bookings.

LayarError
├── NotFound
│   ├── BookingNotFound      404  unknown, or not accessible
│   └── TicketUnknown        404  signed by us, but not in the database
├── Refused
│   ├── BookingClosed        409  it is not pending
│   ├── PaymentRunning       409  another payment of this booking is running
│   ├── PaymentRefused       409  the provider refused to start it
│   ├── TotalChanged         409  not the total that was agreed; ``total_rupiah`` is the new one
│   ├── NotCancellable       409  begun, used, or never paid
│   │   └── CancellationTooLate  its terms refund nothing any more
│   ├── RefundChanged        409  not the refund that was agreed; ``refund_rupiah`` is the new one
│   ├── PayoutResolved       409  already paid out
│   ├── PayoutNotPossible    409  the provider may still refund it
│   ├── RefundNotRetryable   409  refunded, or paid by hand
│   ├── NoTicketsToSend      409  never paid, cancelled, or over
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
│   ├── TicketsMismatch      422  the tickets are not one for each held seat
│   ├── CoupleSeatsTogether  422  half of a couple seat cannot be cancelled
│   ├── NoteMissing          422  the payout has no note
│   ├── VoucherRefused       422  each reason has its own code
│   │   ├── VoucherUnknown            no voucher has this code
│   │   ├── VoucherNotYetValid        before its first day
│   │   ├── VoucherOver               after its last day
│   │   ├── VoucherUsedUp             all of its uses are taken
│   │   ├── VoucherCustomerLimit      this customer has taken all of theirs
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
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput, NotFound, Refused, Unavailable
from core.templatetags.money import rupiah


class BookingNotFound(NotFound):
    code = "booking_not_found"
    message = _("We could not find that booking.")


class BookingClosed(Refused):
    code = "booking_closed"
    message = _("This order is closed. Please choose your seats again.")


class PaymentRunning(Refused):
    code = "payment_running"
    message = _("A payment for this order is already under way.")


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


class NoTicketsToSend(Refused):
    code = "no_tickets_to_send"
    message = _("This booking has no tickets that could be sent.")


class NotAdmitted(Refused):
    """A genuine ticket that does not admit; each reason has its own code."""


class TicketNotIssued(NotAdmitted):
    code = "ticket_not_issued"
    message = _("This order was never paid.")


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


class TicketsMismatch(InvalidInput):
    code = "tickets_mismatch"
    message = _("There must be exactly one ticket for each seat you hold.")


class CoupleSeatsTogether(InvalidInput):
    code = "couple_seats_together"
    message = _("The two halves of a couple seat can only be cancelled together.")


class NoteMissing(InvalidInput):
    code = "note_missing"
    message = _("Please note how it was paid.")


class VoucherRefused(InvalidInput):
    code = "voucher_refused"
    message = _("This voucher code is not valid.")


class VoucherUnknown(VoucherRefused):
    code = "voucher_unknown"
    message = _("This voucher code is not valid.")


class VoucherNotYetValid(VoucherRefused):
    code = "voucher_not_yet_valid"
    message = _("This voucher is not valid yet.")


class VoucherOver(VoucherRefused):
    code = "voucher_over"
    message = _("This voucher is no longer valid.")


class VoucherUsedUp(VoucherRefused):
    code = "voucher_used_up"
    message = _("This voucher has been used up.")


class VoucherCustomerLimit(VoucherRefused):
    code = "voucher_customer_limit"
    message = _("You have used this voucher as often as one person may.")


class VoucherNotHere(VoucherRefused):
    code = "voucher_not_here"
    message = _("This voucher is not for this cinema.")


class VoucherOtherFilm(VoucherRefused):
    code = "voucher_other_film"
    message = _("This voucher is not for this film.")


class VoucherOtherDay(VoucherRefused):
    code = "voucher_other_day"
    message = _("This voucher is not for this day of the week.")


class VoucherBelowMinimum(VoucherRefused):
    code = "voucher_below_minimum"

    def __init__(self, minimum_rupiah: int) -> None:
        super().__init__(
            _("This voucher is for tickets of %(minimum)s or more.")
            % {"minimum": rupiah(minimum_rupiah)},
            minimum_rupiah=minimum_rupiah,
        )


class VoucherTooFewTickets(VoucherRefused):
    code = "voucher_too_few_tickets"

    def __init__(self, tickets_needed: int) -> None:
        super().__init__(
            _("This voucher needs %(tickets)d tickets or more in one order.")
            % {"tickets": tickets_needed},
            tickets_needed=tickets_needed,
        )


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

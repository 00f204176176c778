"""What bookings refuse.

LayarError
├── NotFound
│   └── BookingNotFound      404  no such booking, or not yours
├── Refused
│   ├── BookingClosed        409  it is not waiting for a payment (any more)
│   ├── PaymentRunning       409  another payment of this booking is under way
│   └── NotCancellable       409  it began, was used, or was never paid
├── InvalidInput
│   ├── TicketTypeUnknown    422
│   ├── TicketsMismatch      422  the tickets are not one for each held seat
│   ├── VoucherRefused       422  unknown, over, or used up
│   ├── ProviderUnknown      422
│   └── TicketCodeInvalid    422  not a code that we signed
└── Unavailable
    └── PaymentUnavailable   503  the payment provider did not answer
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from movies.errors import InvalidInput, NotFound, Refused, Unavailable


class BookingNotFound(NotFound):
    code = "booking_not_found"
    message = _("We could not find that booking.")


class BookingClosed(Refused):
    code = "booking_closed"
    message = _("This order is closed. Please choose your seats again.")


class PaymentRunning(Refused):
    code = "payment_running"
    message = _("A payment for this order is already under way.")


class NotCancellable(Refused):
    code = "not_cancellable"
    message = _("This booking can no longer be cancelled.")


class TicketTypeUnknown(InvalidInput):
    code = "ticket_type_unknown"
    message = _("Please choose a ticket type for each seat.")


class TicketsMismatch(InvalidInput):
    code = "tickets_mismatch"
    message = _("There must be exactly one ticket for each seat you hold.")


class VoucherRefused(InvalidInput):
    code = "voucher_refused"
    message = _("This voucher code is not valid.")


class ProviderUnknown(InvalidInput):
    code = "provider_unknown"
    message = _("Please choose one of the payment methods.")


class TicketCodeInvalid(InvalidInput):
    code = "ticket_code_invalid"
    message = _("This is not a ticket of ours.")


class PaymentUnavailable(Unavailable):
    code = "payment_unavailable"
    message = _("The payment service does not answer. Your seats are still held; please try again.")

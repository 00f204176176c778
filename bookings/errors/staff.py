"""Errors of what staff do with one booking.

LayarError
├── Refused
│   ├── BatchNotUndoable   409  it was undone before
│   ├── RefundableChanged  409  more or less is left than was shown; ``left_rupiah``
│   ├── RefundWaiting      409  an amount of the booking waits for a second person
│   ├── TicketsChanged     409  moved or admitted since their refund was requested
│   └── TicketsNotMovable  409  never paid, admitted, or the show is over
└── InvalidInput
    ├── AmountTooLarge     422  more than is left of the payment; ``left_rupiah``
    └── SeatsNotFitting    422  not one free seat for each ticket; the message says why
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput, Refused
from core.templatetags.money import rupiah


class BatchNotUndoable(Refused):
    code = "batch_not_undoable"
    message = _("This batch was undone before.")


class RefundableChanged(Refused):
    code = "refundable_changed"

    def __init__(self, left_rupiah: int) -> None:
        super().__init__(
            _(
                "What is left to refund changed since this page was opened: it is now %(amount)s."
                " Please look at it again."
            )
            % {"amount": rupiah(left_rupiah)},
            left_rupiah=left_rupiah,
        )


class RefundWaiting(Refused):
    code = "refund_waiting"
    message = _("An amount of this booking waits for a second person already.")


class TicketsChanged(Refused):
    code = "tickets_changed"
    message = _("A ticket was admitted or moved since the request.")


class TicketsNotMovable(Refused):
    code = "tickets_not_movable"
    message = _("These tickets cannot be moved any more.")


class AmountTooLarge(InvalidInput):
    code = "amount_too_large"

    def __init__(self, left_rupiah: int) -> None:
        super().__init__(
            _("Between Rp1 and %(amount)s can be given back.") % {"amount": rupiah(left_rupiah)},
            left_rupiah=left_rupiah,
        )


class SeatsNotFitting(InvalidInput):
    code = "seats_not_fitting"
    message = _("Choose one free seat for each ticket.")

"""Errors of vouchers: each reason has its own code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.templatetags.money import rupiah


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
            _("This voucher needs %(tickets)d tickets or more in one booking.")
            % {"tickets": tickets_needed},
            tickets_needed=tickets_needed,
        )

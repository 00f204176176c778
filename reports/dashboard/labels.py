"""Labels and definitions of the dashboard's figures, shared by page and guide."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise


class Definition(NamedTuple):
    label: StrPromise
    meaning: StrPromise


DEFINITIONS: dict[str, Definition] = {
    "tickets_sold": Definition(
        _("Tickets sold"),
        _("Tickets of the bookings confirmed today that have not been voided since."),
    ),
    "revenue": Definition(
        _("Revenue"),
        _("Payments received today less refunds paid back today: the sum of today’s ledger."),
    ),
    "occupancy": Definition(
        _("Occupancy"),
        _("Sold seats of today’s showtimes as a share of all their seats."),
    ),
    "seats_held_now": Definition(
        _("Seats held now"),
        _("Seats that somebody is choosing or paying for at this moment, for any day."),
    ),
    "failed_payments": Definition(
        _("Failed transactions"),
        _("Payments that ended today without money: declined, expired or cancelled."),
    ),
    "refunds_due": Definition(
        _("Refunds due"),
        _("Refunds owed to buyers that the payment provider has not paid back yet."),
    ),
    "incidents": Definition(
        _("Open incidents"),
        _("Problems found that nobody has resolved yet."),
    ),
}
HOURS = Definition(
    _("Received by hour"),
    _("Payments received in each hour, beside the same weekday last week."),
)
FILMS = Definition(
    _("Tickets by film"),
    _("The tickets sold today, whatever day their showtime is."),
)
METHODS = Definition(
    _("Received by payment method"),
    _("Payments received today, by the provider that took them."),
)
SHOWTIMES = Definition(
    _("Today’s showtimes"),
    _("Remaining seats are neither sold, held nor blocked."),
)

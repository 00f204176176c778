"""Columns shared by several reports."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports.figures.report import Column, Kind

DAY = Column(
    "day",
    _("Day"),
    _("The cinema’s business day, from 05:00 there: a 00:30 show is the evening before."),
    Kind.DATE,
)
CINEMA = Column("cinema", _("Cinema"), _("Where the showtime is."), Kind.TEXT)
CITY = Column("city", _("City"), _("The cinema’s city, whose tax it is."), Kind.TEXT)
FILM = Column("film", _("Film"), _("What is shown."), Kind.TEXT)
STARTS = Column(
    "starts", _("Begins"), _("The showtime’s beginning, in the cinema’s time."), Kind.TEXT
)
STUDIO = Column("studio", _("Studio"), _("The studio within the cinema."), Kind.TEXT)
DISTRIBUTOR = Column(
    "distributor", _("Distributor"), _("Who lends the film, as written on it."), Kind.TEXT
)

TICKETS_SOLD = Column(
    "tickets_sold",
    _("Tickets sold"),
    _("Tickets of the bookings that were paid and confirmed, also those cancelled later."),
    Kind.COUNT,
)
TICKETS_CANCELLED = Column(
    "tickets_cancelled",
    _("Tickets cancelled"),
    _("Tickets that were voided: cancelled by their buyer, by staff or with their showtime."),
    Kind.COUNT,
)
GROSS = Column(
    "gross_rupiah",
    _("Gross"),
    _("Prices of the tickets sold, before vouchers and without the service fee."),
    Kind.RUPIAH,
)
DISCOUNT = Column(
    "discount_rupiah", _("Discount"), _("What vouchers took off the tickets sold."), Kind.RUPIAH
)
FEE = Column("fee_rupiah", _("Service fee"), _("Service fees of the tickets sold."), Kind.RUPIAH)
SOLD = Column(
    "sold_rupiah",
    _("Sales"),
    _("Gross less discount plus service fee: what buyers paid for what they got."),
    Kind.RUPIAH,
)
TAX = Column(
    "tax_rupiah",
    _("Tax contained"),
    _(
        "Entertainment tax (PBJT) contained in gross less discount, as worked out for each booking"
        " when it was made. It is part of the sales, not added to them; refunds do not lower it."
    ),
    Kind.RUPIAH,
)
UNSOLD = Column(
    "unsold_rupiah",
    _("Received without a sale"),
    _("Payments that came too late, twice or wrong: they bought nothing and are owed back."),
    Kind.RUPIAH,
)
REFUNDS = Column(
    "refunds_rupiah",
    _("Refunds"),
    _("Money that was paid back, by the provider or by hand; what is only owed is not in it."),
    Kind.RUPIAH,
)
NET = Column(
    "net_rupiah",
    _("Net"),
    _(
        "Sales plus what was received without a sale, less refunds: the sum of the ledger’s events."
        " Tax and service fee are contained in it."
    ),
    Kind.RUPIAH,
)
MONEY = (
    TICKETS_SOLD,
    TICKETS_CANCELLED,
    GROSS,
    DISCOUNT,
    FEE,
    SOLD,
    TAX,
    UNSOLD,
    REFUNDS,
    NET,
)

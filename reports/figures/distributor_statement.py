"""Statement for distributors: live tickets by cinema, day, showtime and ticket type."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Count, F, Sum
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from bookings.models import Ticket, TicketType
from movies.models import Showtime
from reports.figures import admissions, columns
from reports.figures.labels import showtime_labels
from reports.figures.report import NOT_NAMED, Chart, Column, Kind, Report
from reports.figures.sales_by_ticket_type import TYPE
from reports.figures.scope import Basis, ReportScope

TAX = Column(
    "tax_rupiah",
    _("Tax contained"),
    _("Entertainment tax contained in the box office, as these tickets were sold."),
    Kind.RUPIAH,
)
NET = Column(
    "net_box_office_rupiah",
    _("Box office without tax"),
    _("Box office less the tax contained: what is shared with the distributor."),
    Kind.RUPIAH,
)


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    """One row for each ticket type sold for a showtime, in chronological order."""
    sold = _sold(scope)
    names = {kind.pk: kind.name for kind in TicketType.objects.all()}
    showtimes = Showtime.objects.filter(pk__in=sold)
    distributors = dict(showtimes.values_list("pk", "movie__distributor"))
    rows = [
        {
            **labels,
            "distributor": distributors[showtime] or str(NOT_NAMED),
            "ticket_type": names[kind],
            **figures,
        }
        for showtime, labels in showtime_labels(showtimes)
        for kind, figures in sold[showtime]
    ]
    return sorted(rows, key=lambda row: (row["distributor"], row["film"], row["cinema"]))


def _sold(scope: ReportScope) -> dict[int, list[tuple[int, dict[str, int]]]]:
    """Showtime id → (ticket type id, figures), by ticket type."""
    paid = Cast(F("price_rupiah") - F("discount_rupiah"), BigIntegerField())
    tickets = (
        scope.narrow(Ticket.objects.live(), "booking__", "issued_at")
        .values_list("booking__showtime", "ticket_type")
        .annotate(count=Count("pk"), paid=Sum(paid), tax=Sum(Cast("tax_rupiah", BigIntegerField())))
        .order_by("booking__showtime", "ticket_type__position", "ticket_type")
    )
    found: dict[int, list[tuple[int, dict[str, int]]]] = {}
    for showtime, kind, count, paid_rupiah, tax_rupiah in tickets:
        figures = {
            "tickets": count,
            "box_office_rupiah": paid_rupiah,
            "tax_rupiah": tax_rupiah,
            "net_box_office_rupiah": paid_rupiah - tax_rupiah,
        }
        found.setdefault(showtime, []).append((kind, figures))
    return found


REPORT = Report(
    slug="distributor-statement",
    title=_("Statement for distributors"),
    meaning=_(
        "Tickets and box office of each showtime by ticket type, distributor by distributor."
    ),
    columns=(
        columns.DISTRIBUTOR,
        columns.FILM,
        columns.CINEMA,
        columns.DAY,
        columns.STARTS,
        columns.STUDIO,
        TYPE,
        admissions.TICKETS,
        admissions.BOX_OFFICE,
        TAX,
        NET,
    ),
    bases=(Basis.SHOW,),
    query=_rows,
    label="film",
    chart=Chart("bar", ("box_office_rupiah",), by="film"),
)

"""Sales of each ticket type: adult, student, senior…

Refunds are attributed to the tickets voided for them. Amounts without a
ticket (payments that bought nothing, their refunds, and what staff gave
back without cancelling a ticket) have a row of their own, so that this
report adds up to the ledger as well.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Sum
from django.utils.translation import gettext_lazy as _

from bookings.models import BookingEvent, Refund, RefundStatus, Ticket, TicketType
from reports.figures import columns, money
from reports.figures.report import Chart, Column, Kind, Report
from reports.figures.scope import Basis, ReportScope

TYPE = Column("ticket_type", _("Ticket type"), _("Adult, student, senior…"), Kind.TEXT)
KEYS = (
    "tickets_sold",
    "tickets_cancelled",
    "gross_rupiah",
    "discount_rupiah",
    "fee_rupiah",
    "unsold_rupiah",
    "refunds_rupiah",
)


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    kinds = list(TicketType.objects.all())
    types = {kind.pk: dict.fromkeys(KEYS, 0) for kind in kinds}
    for query in (_sold, _cancelled, _refunded):
        for pk, figures in query(scope):
            types[pk] |= figures
    rest = dict.fromkeys(KEYS, 0)
    for row in money.money(scope, money.field("showtime__studio__cinema")).values():
        rest["unsold_rupiah"] += row["unsold_rupiah"]
        rest["refunds_rupiah"] += row["refunds_rupiah"]
    rest["refunds_rupiah"] -= sum(row["refunds_rupiah"] for row in types.values())
    named = [
        {"ticket_type": kind.name, **types[kind.pk]}
        for kind in kinds
        if any(types[kind.pk].values())
    ]
    if any(rest.values()):
        named.append({"ticket_type": str(_("(no ticket)")), **rest})
    return [_completed(row) for row in named]


def _completed(row: dict[str, Any]) -> dict[str, Any]:
    row["sold_rupiah"] = row["gross_rupiah"] - row["discount_rupiah"] + row["fee_rupiah"]
    row["net_rupiah"] = row["sold_rupiah"] + row["unsold_rupiah"] - row["refunds_rupiah"]
    return row


def _sold(scope: ReportScope) -> list[tuple[int, dict[str, int]]]:
    confirmed = BookingEvent.objects.filter(money.CONFIRMED, booking__tickets__isnull=False)
    found: Any = (
        scope.narrow(confirmed, *money.EVENTS)
        .values(kind_of_ticket=F("booking__tickets__ticket_type"))
        .annotate(
            tickets_sold=Count("booking__tickets"),
            gross_rupiah=Sum("booking__tickets__price_rupiah"),
            discount_rupiah=Sum("booking__tickets__discount_rupiah"),
            fee_rupiah=Sum("booking__tickets__fee_rupiah"),
        )
    )
    return [(row.pop("kind_of_ticket"), dict(row)) for row in found]


def _cancelled(scope: ReportScope) -> list[tuple[int, dict[str, int]]]:
    voided = scope.narrow(
        Ticket.objects.filter(voided_at__isnull=False), "booking__", "voided_at"
    ).values_list("ticket_type")
    return [(pk, {"tickets_cancelled": n}) for pk, n in voided.annotate(n=Count("pk"))]


def _refunded(scope: ReportScope) -> list[tuple[int, dict[str, int]]]:
    """Refunds paid within the scope, by the tickets voided when they were created."""
    paid_back = scope.narrow(
        Refund.objects.filter(money.OF_TICKETS, status=RefundStatus.REFUNDED), *money.REFUNDS
    )
    mine = paid_back.filter(payment__booking=OuterRef("booking"), created_at=OuterRef("voided_at"))
    tickets = Ticket.objects.filter(Exists(mine), refund_rupiah__gt=0).order_by()
    sums = tickets.values_list("ticket_type").annotate(back=Sum("refund_rupiah"))
    return [(pk, {"refunds_rupiah": back}) for pk, back in sums]


REPORT = Report(
    slug="sales-by-ticket-type",
    title=_("Sales by ticket type"),
    meaning=_(
        "What each ticket type sold and got back. A row without ticket holds the payments that"
        " bought nothing, their refunds, and amounts that staff gave back."
    ),
    columns=(
        TYPE,
        columns.TICKETS_SOLD,
        columns.TICKETS_CANCELLED,
        columns.GROSS,
        columns.DISCOUNT,
        columns.FEE,
        columns.SOLD,
        columns.UNSOLD,
        columns.REFUNDS,
        columns.NET,
    ),
    bases=(Basis.SALE, Basis.SHOW),
    query=_rows,
    label="ticket_type",
    chart=Chart("doughnut", ("tickets_sold",)),
    ledger="net_rupiah",
)

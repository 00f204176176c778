"""Entertainment tax per city."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from reports.figures import columns, money
from reports.figures.report import Chart, Column, Kind, Report
from reports.figures.scope import Basis, ReportScope

BASE = Column(
    "base_rupiah",
    _("Taxed sales"),
    _("Gross less discount of the tickets sold, tax contained; service fees are not taxed."),
    Kind.RUPIAH,
)
BACK = Column(
    "tax_back_rupiah",
    _("Tax in refunds"),
    _(
        "For each refund of cancelled tickets, the same share of the order’s tax as it is of"
        " the order’s total, rounded down to the rupiah."
    ),
    Kind.RUPIAH,
)
DUE = Column("tax_due_rupiah", _("Tax due"), _("Tax contained less tax in refunds."), Kind.RUPIAH)


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    found = money.money(scope, money.field("showtime__studio__cinema__city"))
    nothing = dict.fromkeys(money.SUMMED, 0)
    rows: list[dict[str, Any]] = [
        {"city": city, **found.get((city,), nothing)}
        for city in sorted({cinema.city for cinema in scope.cinemas})
    ]
    for row in rows:
        row["base_rupiah"] = row["gross_rupiah"] - row["discount_rupiah"]
        row["tax_due_rupiah"] = row["tax_rupiah"] - row["tax_back_rupiah"]
    return rows


REPORT = Report(
    slug="tax-by-city",
    title=_("Tax by city"),
    meaning=_("The local entertainment tax (PBJT) contained in what each city’s cinemas sold."),
    columns=(columns.CITY, columns.TICKETS_SOLD, BASE, columns.TAX, BACK, DUE),
    bases=(Basis.SALE, Basis.SHOW),
    query=_rows,
    label="city",
    chart=Chart("bar", ("tax_due_rupiah",)),
)

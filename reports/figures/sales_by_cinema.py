"""Sales of each cinema."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from reports.figures import columns, money
from reports.figures.report import Chart, Report
from reports.figures.scope import Basis, ReportScope


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    """Every cinema of the scope, including those without sales."""
    found = money.money(scope, money.field("showtime__studio__cinema"))
    nothing = dict.fromkeys(money.SUMMED, 0)
    return [
        {"cinema": cinema.name, "city": cinema.city, **found.get((cinema.pk,), nothing)}
        for cinema in scope.cinemas
    ]


REPORT = Report(
    slug="sales-by-cinema",
    title=_("Sales by cinema"),
    meaning=_("What each cinema sold, cancelled, received and paid back."),
    columns=(columns.CINEMA, columns.CITY, *columns.MONEY),
    bases=(Basis.SALE, Basis.SHOW),
    query=_rows,
    label="cinema",
    chart=Chart("bar", ("sold_rupiah", "refunds_rupiah")),
    ledger="net_rupiah",
    ranked_by="sold_rupiah",
)

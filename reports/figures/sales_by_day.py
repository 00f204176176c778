"""Sales of each business day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from reports.figures import columns, money
from reports.figures.report import Chart, Report
from reports.figures.scope import Basis, ReportScope


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    """Every day of the scope, including empty ones."""
    found = money.money(scope, money.day(scope))
    nothing = dict.fromkeys(money.SUMMED, 0)
    days = [scope.first + timedelta(days=number) for number in range(scope.days)]
    return [{"day": day, **found.get((day,), nothing)} for day in days]


REPORT = Report(
    slug="sales-by-day",
    title=_("Sales by day"),
    meaning=_("What was sold, cancelled, received and paid back on each business day."),
    columns=(columns.DAY, *columns.MONEY),
    bases=(Basis.SALE, Basis.SHOW),
    query=_rows,
    label="day",
    chart=Chart("bar", ("sold_rupiah", "refunds_rupiah")),
    ledger="net_rupiah",
)

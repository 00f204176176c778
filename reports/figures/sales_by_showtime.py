"""Sales of each showtime."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from movies.models import Showtime
from reports.figures import columns, money
from reports.figures.labels import showtime_labels
from reports.figures.report import Chart, Report
from reports.figures.scope import Basis, ReportScope


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    """Chronological; showtimes without bookings are omitted."""
    found = money.money(scope, money.field("showtime"))
    shown = Showtime.objects.filter(pk__in=[showtime for (showtime,) in found])
    return [place | found[pk,] for pk, place in showtime_labels(shown)]


REPORT = Report(
    slug="sales-by-showtime",
    title=_("Sales by showtime"),
    meaning=_("What each showtime with bookings sold, cancelled, received and paid back."),
    columns=(
        columns.DAY,
        columns.STARTS,
        columns.CINEMA,
        columns.STUDIO,
        columns.FILM,
        *columns.MONEY,
    ),
    bases=(Basis.SALE, Basis.SHOW),
    query=_rows,
    label="film",
    chart=Chart("bar", ("sold_rupiah", "refunds_rupiah"), by="day"),
    ledger="net_rupiah",
)

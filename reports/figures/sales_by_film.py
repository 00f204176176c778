"""Sales of each film."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from movies.models import Movie
from reports.figures import columns, money
from reports.figures.report import Chart, Report
from reports.figures.scope import Basis, ReportScope


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    found = money.money(scope, money.field("showtime__movie"))
    films = Movie.objects.in_bulk([movie for (movie,) in found])
    return [{"film": films[movie].title, **row} for (movie,), row in found.items()]


REPORT = Report(
    slug="sales-by-film",
    title=_("Sales by film"),
    meaning=_("What each film sold, cancelled, received and paid back."),
    columns=(columns.FILM, *columns.MONEY),
    bases=(Basis.SALE, Basis.SHOW),
    query=_rows,
    label="film",
    chart=Chart("bar", ("sold_rupiah", "refunds_rupiah")),
    ledger="net_rupiah",
    ranked_by="sold_rupiah",
)

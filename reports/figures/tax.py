"""Entertainment tax per authority: the monthly statement of each city."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from movies.models import FilmOrigin, TaxRule
from movies.models.tax_rule import CEILING
from reports.figures import columns, money
from reports.figures.report import Chart, Column, Kind, Report
from reports.figures.scope import Basis, ReportScope

ORIGIN = Column("origin", _("Films"), _("National or imported films."), Kind.TEXT)
RATE = Column("rate", _("Rate"), _("Rate of the rule that applied to the sale."), Kind.TEXT)
RULE = Column(
    "rule",
    _("Legal reference"),
    _("The rule that applied to the sale; without one, the highest rate of the law."),
    Kind.TEXT,
)
BASE = Column(
    "base_rupiah",
    _("Taxed sales"),
    _("Gross less discount of the tickets sold, tax contained; service fees are not taxed."),
    Kind.RUPIAH,
)
CORRECTED = Column(
    "tax_corrected_rupiah",
    _("Corrections"),
    _("Differences for what was sold before its rule was written, on the day of the correction."),
    Kind.RUPIAH,
)
BACK = Column(
    "tax_back_rupiah",
    _("Tax in refunds"),
    _(
        "For each refund of cancelled tickets, and each amount given back by staff, the same share"
        " of the booking’s tax as it is of the booking’s total, rounded down to the rupiah."
    ),
    Kind.RUPIAH,
)
DUE = Column(
    "tax_due_rupiah",
    _("Tax due"),
    _("Tax contained plus corrections less tax in refunds."),
    Kind.RUPIAH,
)
BASIS_POINTS_PER_PERCENT = 100


def _naming(booking: str, moment: str) -> list[Any]:
    paths = ("showtime__studio__cinema__city", "showtime__movie__is_indonesian", "tax_rule")
    return [name for path in paths for name in money.field(path)(booking, moment)]


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    """One row for each city, origin and rule; a city without sales has one row of zeros."""
    found = money.money(scope, _naming)
    sold_in = {city for city, _national, _rule in found}
    nothing = dict.fromkeys(money.SUMMED, 0)
    for city in {cinema.city for cinema in scope.cinemas} - sold_in:
        found[(city, None, None)] = nothing
    rules = TaxRule.objects.in_bulk()
    rows = [
        {"city": city, **_named(is_national, rules.get(rule)), **found[city, is_national, rule]}
        for city, is_national, rule in sorted(found, key=lambda key: tuple(map(str, key)))
    ]
    for row in rows:
        row["base_rupiah"] = row["gross_rupiah"] - row["discount_rupiah"]
        corrected = row["tax_rupiah"] + row["tax_corrected_rupiah"]
        row["tax_due_rupiah"] = corrected - row["tax_back_rupiah"]
    return rows


def _named(is_national: bool | None, rule: TaxRule | None) -> dict[str, str]:
    if is_national is None:
        return {"origin": "", "rate": "", "rule": ""}
    origin = FilmOrigin.NATIONAL if is_national else FilmOrigin.IMPORTED
    basis_points = CEILING.basis_points if rule is None else rule.basis_points
    return {
        "origin": str(origin.label),
        "rate": f"{basis_points / BASIS_POINTS_PER_PERCENT:g} %",
        "rule": CEILING.legal_reference if rule is None else rule.legal_reference,
    }


REPORT = Report(
    slug="tax-by-city",
    title=_("Tax by city"),
    meaning=_("The local entertainment tax (PBJT) contained in what each city’s cinemas sold."),
    columns=(
        columns.CITY,
        ORIGIN,
        RATE,
        RULE,
        columns.TICKETS_SOLD,
        BASE,
        columns.TAX,
        CORRECTED,
        BACK,
        DUE,
    ),
    bases=(Basis.SALE, Basis.SHOW),
    query=_rows,
    label="city",
    chart=Chart("bar", ("tax_due_rupiah",), by="city"),
)

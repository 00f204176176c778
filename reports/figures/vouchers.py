"""Voucher use and discounts."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models import Voucher
from reports.figures import columns, money
from reports.figures.report import Chart, Column, Kind, Report
from reports.figures.scope import Basis, ReportScope

VOUCHER = Column("voucher", _("Voucher"), _("The voucher’s code."), Kind.TEXT)
ORDERS = Column(
    "orders",
    _("Orders"),
    _("Orders with the voucher that were paid and confirmed, also those cancelled later."),
    Kind.COUNT,
)


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    found = money.money(scope, money.field("voucher"), only=Q(voucher__isnull=False))
    codes = Voucher.objects.in_bulk([pk for (pk,) in found])
    return [{"voucher": codes[pk].code, **row} for (pk,), row in found.items() if row["orders"]]


REPORT = Report(
    slug="vouchers",
    title=_("Vouchers"),
    meaning=_("The orders in which each voucher was used."),
    columns=(
        VOUCHER,
        ORDERS,
        columns.TICKETS_SOLD,
        columns.GROSS,
        columns.DISCOUNT,
        columns.FEE,
        columns.SOLD,
    ),
    bases=(Basis.SALE, Basis.SHOW),
    query=_rows,
    label="voucher",
    chart=Chart("bar", ("discount_rupiah",)),
    ranked_by="discount_rupiah",
)

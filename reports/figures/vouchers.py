"""Voucher use and discounts."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models import Voucher
from reports.figures import columns, money
from reports.figures.report import Chart, Column, Kind, Report
from reports.figures.scope import Basis, ReportScope

VOUCHER = Column(
    "voucher",
    _("Voucher"),
    _("The voucher’s code; shortened for users who may not change prices."),
    Kind.TEXT,
)
ORDERS = Column(
    "orders",
    _("Bookings"),
    _("Bookings with the voucher that were paid and confirmed, also those cancelled later."),
    Kind.COUNT,
)


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    found = money.money(scope, money.field("voucher"), only=Q(voucher__isnull=False))
    vouchers = Voucher.objects.in_bulk([pk for (pk,) in found])
    names = {
        pk: voucher.code if scope.sees_voucher_codes else str(voucher)
        for pk, voucher in vouchers.items()
    }
    return [{"voucher": names[pk], **row} for (pk,), row in found.items() if row["orders"]]


REPORT = Report(
    slug="vouchers",
    title=_("Vouchers"),
    meaning=_("The bookings in which each voucher was used."),
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

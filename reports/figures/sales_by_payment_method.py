"""Payments and refunds by provider."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import BigIntegerField, Count, F, Sum
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from bookings.errors import ProviderUnknown
from bookings.models import BookingEvent, EventKind, Refund, RefundStatus
from bookings.payments import registry
from reports.figures import columns, money
from reports.figures.report import Chart, Column, Kind, Report
from reports.figures.scope import Basis, ReportScope

METHOD = Column("method", _("Payment method"), _("The provider that took the payment."), Kind.TEXT)
PAYMENTS = Column("payments", _("Payments"), _("Payments received."), Kind.COUNT)
RECEIVED = Column(
    "received_rupiah",
    _("Received"),
    _("Payments received, also those that bought nothing and are owed back."),
    Kind.RUPIAH,
)
NET = Column(
    "net_rupiah",
    _("Net"),
    _("Received less refunds: the sum of the ledger’s events."),
    Kind.RUPIAH,
)


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    keys = ("payments", "received_rupiah", "refunds_rupiah")
    methods: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(keys, 0))
    received = BookingEvent.objects.filter(kind=EventKind.PAYMENT_SUCCEEDED)
    sums: dict[str, Any] = {
        "payments": Count("pk"),
        "received_rupiah": Sum(Cast("amount_rupiah", BigIntegerField())),
    }
    for (name,), row in money.grouped(scope, received, money.EVENTS, _actor, sums):
        methods[name] |= row
    back: dict[str, Any] = {"refunds_rupiah": Sum(Cast("amount_rupiah", BigIntegerField()))}
    refunds = Refund.objects.filter(status=RefundStatus.REFUNDED)
    for (name,), row in money.grouped(scope, refunds, money.REFUNDS, _provider, back):
        methods[name] |= row
    return [
        {
            "method": _title(name),
            **row,
            "net_rupiah": row["received_rupiah"] - row["refunds_rupiah"],
        }
        for name, row in methods.items()
    ]


def _actor(_booking: str, _moment: str) -> list[Any]:
    """The actor of a payment_succeeded event is its provider."""
    return [F("actor")]


def _provider(_booking: str, _moment: str) -> list[Any]:
    return [F("payment__provider")]


def _title(name: str) -> str:
    try:
        return str(registry.provider(name).title)
    except ProviderUnknown:
        return name.capitalize()  # removed from the settings meanwhile


REPORT = Report(
    slug="sales-by-payment-method",
    title=_("Sales by payment method"),
    meaning=_("What each payment provider took and gave back."),
    columns=(METHOD, PAYMENTS, RECEIVED, columns.REFUNDS, NET),
    bases=(Basis.SALE, Basis.SHOW),
    query=_rows,
    label="method",
    chart=Chart("doughnut", ("received_rupiah",)),
    ledger="net_rupiah",
    ranked_by="received_rupiah",
)

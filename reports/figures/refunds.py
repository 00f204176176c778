"""Refunds by reason."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import BigIntegerField, Count, F, Q, Sum
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from bookings.models import Refund, RefundReason, RefundStatus
from reports.figures import money
from reports.figures.report import Chart, Column, Kind, Report
from reports.figures.scope import Basis, ReportScope

REASON = Column("reason", _("Reason"), _("Why the money goes back."), Kind.TEXT)
ORDERED = Column("ordered", _("Refunds ordered"), _("Refunds that became due."), Kind.COUNT)
ORDERED_RUPIAH = Column("ordered_rupiah", _("Ordered"), _("Their amounts."), Kind.RUPIAH)
OPEN_RUPIAH = Column(
    "open_rupiah",
    _("Still owed"),
    _("What of the refunds ordered is not paid back at this moment."),
    Kind.RUPIAH,
)
DONE = Column(
    "done",
    _("Refunds done"),
    _("Refunds paid back, by the provider or by hand, whenever they were ordered."),
    Kind.COUNT,
)
DONE_RUPIAH = Column(
    "done_rupiah",
    _("Paid back"),
    _("Their amounts: what the ledger’s refund events add up to."),
    Kind.RUPIAH,
)
KEYS = ("ordered", "ordered_rupiah", "open_rupiah", "done", "done_rupiah")
IS_DONE = Q(status=RefundStatus.REFUNDED)


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    reasons: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KEYS, 0))
    amount = Cast("amount_rupiah", BigIntegerField())
    ordered: dict[str, Any] = {
        "ordered": Count("pk"),
        "ordered_rupiah": Sum(amount),
        "open_rupiah": Sum(amount, filter=~IS_DONE, default=0),
    }
    done: dict[str, Any] = {"done": Count("pk"), "done_rupiah": Sum(amount)}
    orders = ("payment__booking__", "created_at")
    for (reason,), row in money.grouped(scope, Refund.objects.all(), orders, _reason, ordered):
        reasons[reason] |= row
    paid_back = Refund.objects.filter(IS_DONE)
    for (reason,), row in money.grouped(scope, paid_back, money.REFUNDS, _reason, done):
        reasons[reason] |= row
    return [{"reason": str(RefundReason(reason).label), **row} for reason, row in reasons.items()]


def _reason(_booking: str, _moment: str) -> list[Any]:
    return [F("reason")]


REPORT = Report(
    slug="refunds",
    title=_("Refunds"),
    meaning=_("Money that became due back, was paid back, and is still owed, by reason."),
    columns=(REASON, ORDERED, ORDERED_RUPIAH, OPEN_RUPIAH, DONE, DONE_RUPIAH),
    bases=(Basis.SALE, Basis.SHOW),
    query=_rows,
    label="reason",
    chart=Chart("bar", ("ordered_rupiah", "done_rupiah")),
    ranked_by="ordered_rupiah",
)

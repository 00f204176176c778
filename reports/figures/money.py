"""Money and tickets of a scope by day, cinema, film or showtime, in three queries.

Receipts come from ledger events, sales from the bookings they confirm, and refunds
from refund rows paid at the time of their event. The sum of every row's
``net_rupiah`` therefore equals the sum of the scope's events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Q, Sum, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, NullIf

from bookings.models import BookingEvent, EventKind, Refund, RefundReason, RefundStatus
from reports.figures.scope import ReportScope

EVENTS, REFUNDS = ("booking__", "at"), ("payment__booking__", "refunded_at")
CONFIRMED = Q(kind=EventKind.CONFIRMED)
RECEIVED = Q(kind=EventKind.PAYMENT_SUCCEEDED)
VOIDED = Q(kind=EventKind.TICKET_VOIDED)
CORRECTED = Q(kind=EventKind.TAX_CORRECTED)
# Refunds of cancelled tickets.
OF_TICKETS = Q(reason__in=[RefundReason.CANCELLATION, RefundReason.SHOWTIME])
# Refunds of sales: an amount that staff gave back lowers the price paid, and the tax in it. Others
# return payments that were never applied.
OF_SALES = OF_TICKETS | Q(reason=RefundReason.GOODWILL)

Key = tuple[Any, ...]
# Expressions that group rows, given the path to the booking and the timestamp field.
Naming = Callable[[str, str], list[Any]]

SUMMED = (
    "orders",
    "tickets_sold",
    "tickets_cancelled",
    "gross_rupiah",
    "discount_rupiah",
    "fee_rupiah",
    "sold_rupiah",
    "received_rupiah",
    "unsold_rupiah",
    "refunds_rupiah",
    "net_rupiah",
    "tax_rupiah",
    "tax_corrected_rupiah",
    "tax_back_rupiah",
)


def field(path: str) -> Naming:
    """Group by a field of the booking, such as ``showtime__movie``."""
    return lambda booking, _moment: [F(f"{booking}{path}")]


def day(scope: ReportScope) -> Naming:
    return lambda booking, moment: [scope.day(booking, moment)]


def money(
    scope: ReportScope, naming: Naming, *, only: Q | None = None
) -> dict[Key, dict[str, int]]:
    """Every figure of SUMMED by key. ``only`` filters bookings."""
    rows: defaultdict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(SUMMED, 0))
    for query in (_events, _tickets, _refunds):
        for key, figures in query(scope, naming, only):
            rows[key].update(figures)
    for row in rows.values():
        row["sold_rupiah"] = row["gross_rupiah"] - row["discount_rupiah"] + row["fee_rupiah"]
        row["unsold_rupiah"] = row["received_rupiah"] - row["sold_rupiah"]
        row["net_rupiah"] = row["received_rupiah"] - row["refunds_rupiah"]
    return dict(rows)


def _events(scope: ReportScope, naming: Naming, only: Q | None) -> list[tuple[Key, dict[str, int]]]:
    events = BookingEvent.objects.filter(CONFIRMED | RECEIVED | VOIDED | CORRECTED)
    sums = {
        "orders": Count("pk", filter=CONFIRMED),
        "gross_rupiah": _sum(F("booking__seats_rupiah"), CONFIRMED),
        "discount_rupiah": _sum(F("booking__discount_rupiah"), CONFIRMED),
        "fee_rupiah": _sum(F("booking__fee_rupiah"), CONFIRMED),
        "tax_rupiah": _sum(F("booking__tax_rupiah"), CONFIRMED),
        "tax_corrected_rupiah": _sum(
            Cast(KeyTextTransform("difference_rupiah", "facts"), BigIntegerField()), CORRECTED
        ),
        "received_rupiah": _sum(F("amount_rupiah"), RECEIVED),
        "tickets_cancelled": Count("pk", filter=VOIDED),
    }
    return grouped(scope, events, EVENTS, naming, sums, only)


def _tickets(
    scope: ReportScope, naming: Naming, only: Q | None
) -> list[tuple[Key, dict[str, int]]]:
    """Separate from events, which a join would count once per ticket."""
    confirmed = BookingEvent.objects.filter(CONFIRMED)
    sums = {"tickets_sold": Count("booking__tickets")}
    return grouped(scope, confirmed, EVENTS, naming, sums, only)


def _refunds(
    scope: ReportScope, naming: Naming, only: Q | None
) -> list[tuple[Key, dict[str, int]]]:
    """The tax share of a refund is rounded down, so it never exceeds the tax received."""
    big = BigIntegerField()
    total = NullIf(F("payment__booking__total_rupiah"), Value(0))
    tax = Cast("amount_rupiah", big) * F("payment__booking__tax_rupiah") / total
    sums = {
        "refunds_rupiah": Sum(Cast("amount_rupiah", big), default=0),
        "tax_back_rupiah": _sum(tax, OF_SALES),
    }
    paid_back = Refund.objects.filter(status=RefundStatus.REFUNDED)
    return grouped(scope, paid_back, REFUNDS, naming, sums, only)


def grouped(
    scope: ReportScope,
    rows: Any,
    where: tuple[str, str],
    naming: Naming,
    sums: dict[str, Any],
    only: Q | None = None,
) -> list[tuple[Key, dict[str, int]]]:
    """Aggregate ``rows`` within the scope; returns (key, figures) pairs."""
    booking, moment = where
    names = {f"name_{place}": one for place, one in enumerate(naming(booking, moment))}
    if only is not None:
        rows = rows.filter(_from(booking, only))
    found = scope.narrow(rows, booking, moment).annotate(**names).values(*names).annotate(**sums)
    return [
        (tuple(row[name] for name in names), {key: row[key] for key in sums})
        for row in found.order_by()
    ]


def _sum(what: Any, which: Q) -> Sum:
    """Sum as bigint: a chain's yearly sales exceed 32 bits."""
    chosen = Case(When(which, then=what), output_field=BigIntegerField())
    return Sum(Cast(chosen, BigIntegerField()), default=0)


def _from(booking: str, only: Q) -> Q:
    """Prefix the condition's fields with the path to the booking."""
    return Q(**{f"{booking}{path}": value for path, value in only.children})  # type: ignore[misc]

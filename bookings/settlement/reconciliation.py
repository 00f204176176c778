"""Daily reconciliation of our payments with the provider's.

Differences that settlement can resolve are settled; the rest is reported as discrepancies. A day is
a UTC day, by the time a payment page was opened, so each payment belongs to exactly one. Providers
without a list are queried payment by payment.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import OperationalError, models, transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from bookings.models import Payment, PaymentStatus
from bookings.payments import registry
from bookings.payments.base import Provider, ProviderRefused, ProviderReport, ProviderUnavailable
from bookings.settlement.settle import settle
from bookings.signals import payment_discrepancy

logger = logging.getLogger(__name__)

RECENT_DAYS = 2  # a day that could not be compared is compared again the next day


class DiscrepancyKind(models.TextChoices):
    UNKNOWN = "unknown", _("Paid at the provider, unknown to us")
    MISSING = "missing", _("Paid with us, unknown at the provider")
    STATE = "state", _("Its state differs")
    AMOUNT = "amount", _("Its amount, currency or booking differs")
    REFUND = "refund", _("What went back differs")
    UNREADABLE = "unreadable", _("The provider's word on it cannot be read")
    NOT_COMPARED = "not_compared", _("The provider did not answer")
    # After a restore, see ``recovery``.
    REBUILT = "rebuilt", _("Lost in the restore, made again from the provider's record")
    OWED_BACK = "owed_back", _("Lost in the restore, its seats are gone: refund due")
    SENT_BACK = "sent_back", _("Lost in the restore, cannot be made again: money sent back")


@dataclass(frozen=True)
class Discrepancy:
    """``ours`` and ``theirs`` hold no personal data."""

    kind: DiscrepancyKind
    provider: str
    day: date
    reference: str = ""
    payment_id: UUID | None = None
    ours: str = ""
    theirs: str = ""
    is_healed: bool = False

    @property
    def fingerprint(self) -> str:
        """Deduplication key: equal for the same problem in every run."""
        subject = self.payment_id or self.reference[:60] or self.day
        return f"payment:{self.provider}:{subject}:{self.kind.value}"


@dataclass
class Reconciliation:
    provider: str
    day: date
    at: datetime
    compared: int = 0
    found: list[Discrepancy] = field(default_factory=list)

    @property
    def open(self) -> list[Discrepancy]:
        return [each for each in self.found if not each.is_healed]


def reconcile_recent(at: datetime) -> list[Reconciliation]:
    """Reconcile the last RECENT_DAYS complete days at every configured provider."""
    today = at.astimezone(UTC).date()
    return [
        reconcile(name, today - timedelta(days=days), at)
        for name in registry.offered()
        for days in range(RECENT_DAYS, 0, -1)
    ]


def reconcile(provider: str, day: date, at: datetime) -> Reconciliation:
    """Compare one day at one provider and settle what can be settled.

    The rest is in ``open`` and was sent as ``payment_discrepancy``. Raises ProviderUnknown.
    """
    gateway, run = registry.provider(provider), Reconciliation(provider, day, at)
    try:
        for payment, report in _pairs(gateway, day):
            run.compared += 1
            _compare(run, gateway, payment, report)
    except (ProviderUnavailable, ProviderRefused) as problem:
        logger.warning("payments at %s on %s not compared: %s", provider, day, problem)
        _report(run, Discrepancy(DiscrepancyKind.NOT_COMPARED, provider, day, theirs=str(problem)))
    return run


def _pairs(gateway: Provider, day: date) -> Iterator[tuple[Payment | None, ProviderReport | None]]:
    """(ours, theirs), each payment once; either side may be missing."""
    ours = {str(payment.pk): payment for payment in _payments_of(gateway.name, day)}
    listed = gateway.listed(day)
    for report in listed or ():
        payment = ours.get(report.merchant_reference) or find_ours(gateway.name, report)
        # A second page for the same payment is unknown to us.
        if payment is not None and payment.reference not in (None, report.reference):
            payment = None
        if payment is not None:
            ours.pop(str(payment.pk), None)
        yield payment, report
    for payment in ours.values():
        # It may have been opened at midnight and be in the adjacent day's list.
        if listed is None or payment.is_unsettled or payment.status == PaymentStatus.SUCCEEDED:
            yield payment, None


def _payments_of(provider: str, day: date) -> models.QuerySet[Payment]:
    """Without free bookings: those never reach a provider."""
    begins_at = datetime.combine(day, time(), tzinfo=UTC)
    return Payment.objects.filter(
        provider=provider,
        created_at__gte=begins_at,
        created_at__lt=begins_at + timedelta(days=1),
        amount_rupiah__gt=0,
    ).order_by("created_at")


def find_ours(provider: str, report: ProviderReport) -> Payment | None:
    ours, mine = Payment.objects.filter(provider=provider), Q(reference=report.reference)
    try:
        return ours.filter(mine | Q(pk=report.merchant_reference)).first()
    except ValidationError:  # not one of our ids
        return ours.filter(mine).first()


def _compare(
    run: Reconciliation, gateway: Provider, payment: Payment | None, report: ProviderReport | None
) -> None:
    if payment is None:
        is_back = report is not None and report.refunded_rupiah == report.amount_rupiah
        if report is not None and report.status == "succeeded" and not is_back:
            _report(run, _discrepancy(run, DiscrepancyKind.UNKNOWN, None, report))
        return
    if report is None or difference(payment, report):
        # Either side may have changed since it was read: read both again.
        try:
            report = _fetch_report(gateway, payment)
        except ProviderRefused as refusal:
            unreadable = _discrepancy(run, DiscrepancyKind.UNREADABLE, payment, None)
            logger.warning("payment %s cannot be compared: %s", payment.pk, refusal)
            return _report(run, unreadable)
        payment.refresh_from_db()
    kind = difference(payment, report, by_hand_rupiah=_paid_by_hand(payment))
    if kind is None:
        return None
    healed = report is not None and _settled_by(payment, report, run.at)
    return _report(run, _discrepancy(run, kind, payment, report, is_healed=healed))


def difference(
    payment: Payment, report: ProviderReport | None, *, by_hand_rupiah: int = 0
) -> DiscrepancyKind | None:
    """The kind of difference; None if there is none, or it will disappear by itself.

    ``by_hand_rupiah`` was refunded by hand, not through the provider.
    """
    is_paid = payment.status == PaymentStatus.SUCCEEDED
    if report is None:
        return DiscrepancyKind.MISSING if is_paid else None
    if report.status == "succeeded":
        if not is_paid:
            return DiscrepancyKind.STATE
        return _difference_of_paid(payment, report, by_hand_rupiah)
    if is_paid:  # a fully refunded payment may be reported as cancelled
        is_all_due_back = payment.refund_due_rupiah == payment.captured_rupiah
        return None if is_all_due_back else DiscrepancyKind.STATE
    if payment.is_unsettled and report.status != "pending":
        return DiscrepancyKind.STATE
    return None


def _difference_of_paid(
    payment: Payment, report: ProviderReport, by_hand_rupiah: int
) -> DiscrepancyKind | None:
    ours = (payment.captured_rupiah, payment.currency, str(payment.pk))
    if ours != (report.amount_rupiah, report.currency, report.merchant_reference):
        return DiscrepancyKind.AMOUNT
    if report.refunded_rupiah is None:
        return None
    back = report.refunded_rupiah + by_hand_rupiah
    # A refund may be complete at the provider before we have recorded it.
    if payment.refunded_rupiah <= back <= payment.refund_due_rupiah:
        return None
    return DiscrepancyKind.REFUND


def _paid_by_hand(payment: Payment) -> int:
    paid = payment.refunds.filter(manual_payout__resolved_at__isnull=False)
    return paid.aggregate(sum=Sum("amount_rupiah"))["sum"] or 0


def _fetch_report(gateway: Provider, payment: Payment) -> ProviderReport | None:
    if payment.reference is None:
        return gateway.find(payment)
    return gateway.fetch(payment.reference)


def _settled_by(payment: Payment, report: ProviderReport, at: datetime) -> bool:
    """Settle with the report; False if a difference remains or a lock was not available."""
    try:
        settled = settle(payment_id=payment.pk, report=report, at=at)
    except OperationalError:
        return False
    return difference(settled, report) is None


def _discrepancy(
    run: Reconciliation,
    kind: DiscrepancyKind,
    payment: Payment | None,
    report: ProviderReport | None,
    *,
    is_healed: bool = False,
) -> Discrepancy:
    return Discrepancy(
        kind=kind,
        provider=run.provider,
        day=run.day,
        reference=(report.reference if report else payment.reference if payment else "") or "",
        payment_id=payment.pk if payment else None,
        ours=_our_state(payment) if payment else "",
        theirs=provider_state(report) if report else "",
        is_healed=is_healed,
    )


def _our_state(payment: Payment) -> str:
    money = f"{payment.captured_rupiah} {payment.currency}, {payment.refunded_rupiah} back"
    return f"{payment.status}, {money}"


def provider_state(report: ProviderReport) -> str:
    money = f"{report.amount_rupiah} {report.currency}, {report.refunded_rupiah or 0} back"
    return f"{report.status}, {money}"


def _report(run: Reconciliation, found: Discrepancy) -> None:
    run.found.append(found)
    if found.is_healed:
        logger.warning("settled: %s", found.fingerprint)
        return
    with transaction.atomic():
        payment_discrepancy.send(Payment, discrepancy=found, at=run.at)

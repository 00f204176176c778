"""Health checks of refunds: stuck, refused, late or to be paid by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bookings.models import ManualPayout, Refund, RefundReason, RefundStatus
from bookings.refunds.refunds import REFUND_NEEDS_HUMAN_HOURS
from reports.monitoring.checks.check import FINDINGS_MAX, Finding, HealthCheck

CINEMA = "showtime__studio__cinema"
REFUSALS_MAX = 3  # refusals after which staff should act
LATE_SEEN_HOURS = 24
NOT_THE_BUYERS_WISH = [RefundReason.LATE, RefundReason.DUPLICATE, RefundReason.MISMATCH]


def _stuck(at: datetime) -> list[Finding]:
    too_old = at - timedelta(hours=REFUND_NEEDS_HUMAN_HOURS)
    summary = _("A refund has not gone through for %(hours)d hours.") % {
        "hours": REFUND_NEEDS_HUMAN_HOURS
    }
    done = [RefundStatus.REFUNDED, RefundStatus.MANUAL]
    stuck = Refund.objects.exclude(status__in=done).filter(created_at__lte=too_old)
    return _told(stuck, summary)


def _refused(at: datetime) -> list[Finding]:
    """Refused repeatedly within the first day; ``_stuck`` covers older refunds."""
    recent = at - timedelta(hours=REFUND_NEEDS_HUMAN_HOURS)
    refused = Refund.objects.filter(
        status=RefundStatus.FAILED, attempts__gte=REFUSALS_MAX, created_at__gt=recent
    )
    return _told(refused, _("The payment provider keeps refusing a refund."))


def _late(at: datetime) -> list[Finding]:
    """Payments without a seat, which are refunded automatically."""
    late = Refund.objects.filter(
        reason__in=NOT_THE_BUYERS_WISH,
        refunded_at__isnull=True,
        created_at__gt=at - timedelta(hours=LATE_SEEN_HOURS),
    )
    return _told(late, _("Money came that no booking could take: it goes back."))


def _payouts(at: datetime) -> list[Finding]:
    """Open manual payouts."""
    waiting = (
        ManualPayout.objects.filter(resolved_at__isnull=True)
        .select_related(f"refund__payment__booking__{CINEMA}")
        .order_by("-opened_at")[:FINDINGS_MAX]
    )
    return [
        Finding(
            str(payout.pk),
            _("A refund has to be paid out by hand."),
            _facts(payout.refund) | {"payout": payout.pk, "cause": payout.cause},
            payout.refund.payment.booking.showtime.studio.cinema_id,
        )
        for payout in waiting
    ]


def _told(refunds: QuerySet[Refund], summary: str) -> list[Finding]:
    chosen = refunds.select_related(f"payment__booking__{CINEMA}").order_by("-created_at")
    return [
        Finding(
            str(refund.pk),
            summary,
            _facts(refund),
            refund.payment.booking.showtime.studio.cinema_id,
        )
        for refund in chosen[:FINDINGS_MAX]
    ]


def _facts(refund: Refund) -> dict[str, Any]:
    return {
        "booking": refund.payment.booking.code,
        "refund": refund.pk,
        "amount_rupiah": refund.amount_rupiah,
        "reason": refund.reason,
        "attempts": refund.attempts,
        "failure": refund.failure_code,
    }


REFUND_STUCK = HealthCheck("refund_stuck", _stuck)
REFUND_REFUSED = HealthCheck("refund_refused", _refused)
PAYMENT_TOO_LATE = HealthCheck("payment_too_late", _late)
MANUAL_PAYOUT = HealthCheck("manual_payout", _payouts)
REFUND_CHECKS = (REFUND_STUCK, REFUND_REFUSED, PAYMENT_TOO_LATE, MANUAL_PAYOUT)

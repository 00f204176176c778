"""Health checks of payments: unsettled, or failing at a high rate."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from bookings.models import BookingEvent, EventKind, Payment
from reports.monitoring.checks.check import FINDINGS_MAX, Finding, HealthCheck

CINEMA = "booking__showtime__studio__cinema"
UNSETTLED_HOURS_MAX = 2  # after the payment's expiry
RATE_MINUTES = 15
FAILURES_MIN = 10  # fewer are not significant
FAILED_PERCENT_MAX = 50
# Abandoned payments are not failures of the provider.
FAILED = Q(kind=EventKind.PAYMENT_FAILED, facts__status="failed")
SUCCEEDED = Q(kind=EventKind.PAYMENT_SUCCEEDED)


def _unsettled(at: datetime) -> list[Finding]:
    stuck = (
        Payment.objects.unsettled()
        .filter(expires_at__lte=at - timedelta(hours=UNSETTLED_HOURS_MAX))
        .select_related(CINEMA)
        .order_by("-expires_at")[:FINDINGS_MAX]
    )
    return [
        Finding(
            str(payment.pk),
            _("The payment provider has not reported how a payment ended."),
            {
                "booking": payment.booking.code,
                "payment": payment.pk,
                "provider": payment.provider,
                "amount_rupiah": payment.amount_rupiah,
            },
            payment.booking.showtime.studio.cinema_id,
        )
        for payment in stuck
    ]


def _failing(at: datetime) -> list[Finding]:
    """Providers with a high recent failure rate, per cinema."""
    rates = (
        BookingEvent.objects.filter(
            FAILED | SUCCEEDED, at__gt=at - timedelta(minutes=RATE_MINUTES), at__lte=at
        )
        .order_by()
        .values_list("actor", CINEMA)
        .annotate(failed=Count("pk", filter=FAILED), ended=Count("pk"))
        .filter(failed__gte=FAILURES_MIN)
    )
    return [
        Finding(
            f"{provider}:{cinema_id}",
            _("Most payments by one provider fail."),
            {"provider": provider, "failed": failed, "of": ended, "minutes": RATE_MINUTES},
            cinema_id,
        )
        for provider, cinema_id, failed, ended in rates
        if 100 * failed > FAILED_PERCENT_MAX * ended
    ]


PAYMENT_UNSETTLED = HealthCheck("payment_unsettled", _unsettled)
PAYMENTS_FAILING = HealthCheck("payments_failing", _failing, stays_resolved=False)
PAYMENT_CHECKS = (PAYMENT_UNSETTLED, PAYMENTS_FAILING)

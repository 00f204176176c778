"""Health checks of messages: given up, late, and scheduled reports that were not sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils.translation import gettext as _

from bookings.models import Booking
from reports.models import DeliveryStatus, ReportDelivery
from reports.monitoring.checks.check import FINDINGS_MAX, Finding, HealthCheck

CINEMA = "showtime__studio__cinema"
OUTBOX_LATE_MINUTES = 30
REPORTS_SEEN_DAYS = 7


def _dead(at: datetime) -> list[Finding]:
    """Messages that were given up; staff must contact the buyer.

    The number of attempts is in the key: giving up again after a resend is a new incident.
    """
    dead = (
        Booking.objects.filter(messages__status="dead")
        .annotate(tries=Count("messages__delivery_attempts"))
        .order_by("-messages__created_at")
        .values_list("messages__pk", "messages__kind", "tries", "code", CINEMA)[:FINDINGS_MAX]
    )
    return [
        Finding(
            f"{message_id}:{tries}",
            _("A message to a buyer was given up."),
            {"booking": code, "message": message_id, "message_kind": kind, "attempts": tries},
            cinema_id,
        )
        for message_id, kind, tries, code, cinema_id in dead
    ]


def _late_outbox(at: datetime) -> list[Finding]:
    """Messages that are due but have not been attempted."""
    due = Booking.objects.filter(
        messages__status="waiting",
        messages__attempts=0,
        messages__next_attempt_at__lte=at - timedelta(minutes=OUTBOX_LATE_MINUTES),
    ).aggregate(late=Count("messages"), oldest=Min("messages__next_attempt_at"))
    if not due["late"]:
        return []
    summary = _("Messages to buyers have waited for more than %(minutes)d minutes.")
    facts = {"messages": due["late"], "oldest_due_at": due["oldest"]}
    return [Finding("", summary % {"minutes": OUTBOX_LATE_MINUTES}, facts, None)]


def _reports_not_sent(at: datetime) -> list[Finding]:
    """Same fingerprint as the incident opened when the delivery is given up."""
    dead = (
        ReportDelivery.objects.filter(
            status=DeliveryStatus.DEAD, last__gt=at.date() - timedelta(days=REPORTS_SEEN_DAYS)
        )
        .select_related("schedule")
        .order_by("-last")[:FINDINGS_MAX]
    )
    return [
        Finding(
            str(delivery.pk),
            _("A report could not be sent by email."),
            {
                "delivery": delivery.pk,
                "schedule": delivery.schedule_id,
                "report": delivery.schedule.report,
                "day": delivery.last,
            },
            _only_cinema(delivery),
        )
        for delivery in dead
    ]


def _only_cinema(delivery: ReportDelivery) -> int | None:
    return delivery.schedule.cinemas.values_list("pk", flat=True).first()


MESSAGE_DEAD = HealthCheck("message_dead", _dead)
OUTBOX_LATE = HealthCheck("outbox_late", _late_outbox, stays_resolved=False)
REPORT_NOT_SENT = HealthCheck("report_not_sent", _reports_not_sent)
MESSAGE_CHECKS = (MESSAGE_DEAD, OUTBOX_LATE, REPORT_NOT_SENT)

"""Looking for trouble at regular times, and writing down what is found."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import translation
from django.utils.translation import gettext as _

from bookings.models import Booking, ManualPayout, Payment, Refund, RefundStatus
from bookings.refunds import REFUND_NEEDS_HUMAN_HOURS
from reports import backup_checks, incidents
from reports.invariants import check_invariants

CINEMA = "showtime__studio__cinema"
UNSETTLED_HOURS_MAX = 2  # after a payment's own end: its provider has not answered since
EACH_MAX = 100  # incidents of one kind in one go; the rest is found the next time

# Incidents are read by staff of every language, months later: one language for the rows.
ROW_LANGUAGE = "en"


def look(at: datetime) -> int:
    """Record every violation and every stuck refund, payment or message; returns how many."""
    with translation.override(ROW_LANGUAGE):
        looks = (_refunds, _payouts, _payments, _dead_messages, backup_checks.look)
        return sum(look(at) for look in looks) + _violations(at)


def _violations(at: datetime) -> int:
    violations = check_invariants()
    for violation in violations:
        incidents.record(
            violation.invariant.name,
            violation.fingerprint,
            str(violation.invariant.rule),
            {"subject": violation.subject, "showtime": violation.showtime_id, **violation.facts},
            violation.cinema_id,
            at,
        )
    return len(violations)


def _refunds(at: datetime) -> int:
    """Money that we owe and that will not go back by itself."""
    stuck = (
        Refund.objects.exclude(status__in=[RefundStatus.REFUNDED, RefundStatus.MANUAL])
        .filter(created_at__lte=at - timedelta(hours=REFUND_NEEDS_HUMAN_HOURS))
        .select_related(f"payment__booking__{CINEMA}")
        .order_by("-created_at")[:EACH_MAX]
    )
    for refund in stuck:
        booking = refund.payment.booking
        incidents.record_once(
            "refund_stuck",
            f"refund_stuck:{refund.pk}",
            _("A refund has not gone through for %(hours)d hours.")
            % {"hours": REFUND_NEEDS_HUMAN_HOURS},
            {
                "booking": booking.code,
                "refund": refund.pk,
                "amount_rupiah": refund.amount_rupiah,
                "attempts": refund.attempts,
                "failure": refund.failure_code,
            },
            booking.showtime.studio.cinema,
            at,
        )
    return len(stuck)


def _payouts(at: datetime) -> int:
    """Money that only a person can give back, from the first moment."""
    waiting = (
        ManualPayout.objects.filter(resolved_at__isnull=True)
        .select_related(f"refund__payment__booking__{CINEMA}")
        .order_by("-opened_at")[:EACH_MAX]
    )
    for payout in waiting:
        booking = payout.refund.payment.booking
        incidents.record_once(
            "manual_payout",
            f"manual_payout:{payout.pk}",
            _("A refund has to be paid out by hand."),
            {
                "booking": booking.code,
                "refund": payout.refund_id,
                "amount_rupiah": payout.refund.amount_rupiah,
                "cause": payout.cause,
            },
            booking.showtime.studio.cinema,
            at,
        )
    return len(waiting)


def _payments(at: datetime) -> int:
    """Payments whose provider does not say how they ended."""
    stuck = (
        Payment.objects.unsettled()
        .filter(expires_at__lte=at - timedelta(hours=UNSETTLED_HOURS_MAX))
        .select_related(f"booking__{CINEMA}")
        .order_by("-expires_at")[:EACH_MAX]
    )
    for payment in stuck:
        incidents.record_once(
            "payment_unsettled",
            f"payment_unsettled:{payment.pk}",
            _("The payment provider has not told how a payment ended."),
            {
                "booking": payment.booking.code,
                "payment": payment.pk,
                "provider": payment.provider,
                "amount_rupiah": payment.amount_rupiah,
            },
            payment.booking.showtime.studio.cinema,
            at,
        )
    return len(stuck)


def _dead_messages(at: datetime) -> int:
    """Messages that were given up: somebody has to reach the buyer in another way.

    One that was sent again and given up again is a new incident: it has more attempts.
    """
    dead = (
        Booking.objects.filter(messages__status="dead")
        .annotate(tries=Count("messages__delivery_attempts"))
        .order_by("-messages__created_at")
        .values_list("messages__pk", "messages__kind", "tries", "code", f"{CINEMA}")[:EACH_MAX]
    )
    for message_id, kind, tries, code, cinema_id in dead:
        incidents.record_once(
            "message_dead",
            f"message_dead:{message_id}:{tries}",
            _("A message to a buyer was given up."),
            {"booking": code, "message": message_id, "message_kind": kind, "attempts": tries},
            cinema_id,
            at,
        )
    return len(dead)

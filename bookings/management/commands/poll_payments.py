"""Poll providers for unsettled payments now, without waiting for the beat."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from bookings.refunds import refunds
from bookings.settlement import expiry, polling


class Command(BaseCommand):
    help = "Settle pending payments, close overdue orders, send due refunds."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        self.stdout.write(f"{polling.poll_payments(at)} payments asked about")
        self.stdout.write(f"{expiry.expire_overdue_bookings(at)} orders expired")
        self.stdout.write(f"{refunds.send_due_refunds(at)} refunds tried")

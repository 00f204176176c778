"""Compare a day's payments with the providers' now."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bookings.errors import ProviderUnknown
from bookings.payments import registry
from bookings.settlement.reconciliation import reconcile


class Command(BaseCommand):
    help = "Heal what differs between our payments and the providers', and tell the rest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--day", type=date.fromisoformat, help="a UTC day, YYYY-MM-DD; default: yesterday"
        )
        parser.add_argument("--provider", action="append", help="default: all that are configured")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        day = options["day"] or at.astimezone(UTC).date() - timedelta(days=1)
        left = 0
        for name in options["provider"] or registry.offered():
            try:
                run = reconcile(name, day, at)
            except ProviderUnknown as error:
                raise CommandError(f"no such provider: {name}") from error
            healed = len(run.found) - len(run.open)
            self.stdout.write(f"{name} {day}: {run.compared} compared, {healed} healed")
            for found in run.found:
                mark = "healed" if found.is_healed else "OPEN"
                self.stdout.write(
                    f"  {mark} {found.kind} {found.reference}: "
                    f"ours {found.ours or '-'}; theirs {found.theirs or '-'}"
                )
            left += len(run.open)
        if left:
            raise CommandError(f"{left} left that nothing here can heal")

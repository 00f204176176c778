"""After a restore: rebuild or refund the bookings paid since the backup."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from bookings.errors import ProviderUnknown
from bookings.payments import registry
from bookings.payments.base import ProviderRefused, ProviderUnavailable
from bookings.settlement.reconciliation import Discrepancy, reconcile
from bookings.settlement.recovery import days_since, recover_day, recover_references

REFERENCES_MAX = 10_000


class Command(BaseCommand):
    help = "Rebuild or refund payments that the providers know and a restored database does not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since",
            type=datetime.fromisoformat,
            required=True,
            help="when the backup was made, ISO 8601; UTC unless it says otherwise",
        )
        parser.add_argument("--provider", action="append", help="default: all that are configured")
        parser.add_argument(
            "--references",
            type=Path,
            help="a file of order ids, one a line, for one --provider that keeps no list",
        )
        parser.add_argument(
            "--refund-lost",
            action="store_true",
            help="send back what cannot be made again and carries no note of ours, too",
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        at, since = timezone.now(), options["since"]
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        providers = options["provider"] or registry.offered()
        try:
            if options["references"]:
                self._named(providers, options, at)
            left = 0
            for day in days_since(since, at):
                for provider in providers:
                    found = recover_day(
                        provider=provider, day=day, refund_lost=options["refund_lost"], at=at
                    )
                    self._say(found)
                    left += len(reconcile(provider, day, at).open)
        except ProviderUnknown as error:
            raise CommandError("no such provider") from error
        except (ProviderUnavailable, ProviderRefused, ValueError) as error:
            raise CommandError(f"stopped, run it again: {error}") from error
        if left:
            raise CommandError(f"{left} left for a person: see the incidents")

    def _named(self, providers: list[str], options: dict[str, Any], at: datetime) -> None:
        if len(providers) != 1:
            raise CommandError("--references needs one --provider")
        references = options["references"].read_text().split()
        if len(references) > REFERENCES_MAX:
            raise CommandError(f"at most {REFERENCES_MAX} references at a time")
        self._say(
            recover_references(
                provider=providers[0],
                references=references,
                refund_lost=options["refund_lost"],
                at=at,
            )
        )

    def _say(self, found: Iterable[Discrepancy]) -> None:
        for each in found:
            self.stdout.write(f"{each.provider} {each.reference}: {each.kind.label}")

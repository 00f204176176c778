"""``manage.py export_customer``: all stored data of a customer, as JSON."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from django.utils import timezone

from accounts.privacy import export
from accounts.privacy.person import Person


class Command(BaseCommand):
    help = "Write all stored data of a customer or guest to standard output, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="verify first that it belongs to the person asking")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        collected = export.collect(Person.with_email(options["email"]), timezone.now())
        if collected["account"] is None and not collected.get("bookings"):
            raise CommandError("no account or booking has this address")
        self.stdout.write(export.as_json(collected))

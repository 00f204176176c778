"""``manage.py erase_customer``: erase a customer's personal data."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from django.utils import timezone

from accounts.privacy import erasure, journal
from accounts.privacy.erasure import ErasureRefused
from accounts.privacy.person import Person


class Command(BaseCommand):
    help = "Erase a customer or guest. Bookings and payments stay, without personal data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="verify first that it belongs to the person asking")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.with_email(options["email"])
        if (
            not options["yes"]
            and input("This cannot be undone. Type the address again: ") != (options["email"])
        ):
            raise CommandError("nothing was erased")
        try:
            done = erasure.erase(person, timezone.now())
        except ErasureRefused as refusal:
            raise CommandError("\n".join(["nothing was erased:", *refusal.obstacles])) from refusal
        if done is None:
            raise CommandError("no account or booking has this address")
        orders = sum(len(ids) for ids in done.rows.values())
        self.stdout.write(f"erased {done.pk}: account {done.user_id or '-'}, {orders} bookings")
        if journal.write_pending():
            raise CommandError("erased, but the journal could not be written: it will be retried")

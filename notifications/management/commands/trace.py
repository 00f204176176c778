"""Show the history of a booking, and the ids of its requests and tasks in the logs."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bookings.models import Booking
from bookings.models.booking import normalise_code
from notifications.management.timeline import origins, timeline

NONE = "-"


class Command(BaseCommand):
    help = "Show the ledger, payments, refunds and messages of a booking in order of time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="the booking code; spaces and dashes do not count")

    def handle(self, *args: Any, **options: Any) -> None:
        booking = Booking.objects.filter(code=normalise_code(options["code"])).first()
        if booking is None:
            raise CommandError(f"There is no booking {options['code']}.")
        self.stdout.write(f"{booking.code} {booking.status}, showtime {booking.showtime_id}")
        entries = timeline(booking)
        for entry in entries:
            at = entry.at.isoformat(timespec="milliseconds")
            self.stdout.write(f"{at}  {entry.source:8}{entry.origin or NONE:38}{entry.text}")
        self.stdout.write(f'\nIn the logs: every line with "booking": "{booking.code}", and')
        for origin in origins(entries):
            self.stdout.write(f"  {origin}")

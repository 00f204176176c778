"""Fill an installation with the demo chain, or top its programme up."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from demo import chain, history, long_history, opening, scheduling

HISTORY_TICKETS = 1_500
# Beyond that, weeks like it are added before it: the same days sell the same, whatever the history.
LAST_WEEK_TICKETS_MAX = 10_000
HISTORY_TICKETS_MAX = 2_500_000


@contextmanager
def _unhurried() -> Iterator[None]:
    """A statement may take longer than a visitor would wait."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")


class Command(BaseCommand):
    help = (
        "Loads the demo chain: cinemas, films, two weeks of showtimes, people and some sales. "
        "Running it again adds the days that are missing and changes nothing else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--show-signins",
            action="store_true",
            help="print who can sign in, and load nothing",
        )
        parser.add_argument(
            "--history",
            type=int,
            default=HISTORY_TICKETS,
            metavar="N",
            help=f"tickets sold in the past days (default {HISTORY_TICKETS}); more than"
            f" {LAST_WEEK_TICKETS_MAX} reach back over as many weeks as it takes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["show_signins"]:
            self._show_signins()
            return
        if options["history"] > HISTORY_TICKETS_MAX:
            raise CommandError(f"--history reaches to {HISTORY_TICKETS_MAX} tickets")
        with _unhurried():
            self._fill(options["history"], timezone.now())

    def _fill(self, wanted: int, at: datetime) -> None:
        started = time.monotonic()
        if not opening.is_open():
            self._say("Opening four cinemas in four cities, with sixteen films")
            opening.open_chain(at)
        showtimes = 0
        for day, added in scheduling.fill_programme(at):
            showtimes += added
            self._say(f"{day:%a %d %b}: {added} showtimes")
        if not history.is_written():
            long_history.analyze()  # what was just added, or reading its seats may take minutes
            tickets = history.write_history(min(wanted, LAST_WEEK_TICKETS_MAX), at)
            long_history.analyze()
            self._say(f"{tickets} tickets sold in the past days and for the next ones")
        if wanted > LAST_WEEK_TICKETS_MAX:
            self._sell_for_years(wanted, at)
        seconds = time.monotonic() - started
        self._say(f"The demo chain is ready: {showtimes} showtimes added in {seconds:.1f} s")

    def _sell_for_years(self, tickets: int, at: datetime) -> None:
        """Adds what is missing; the same number again adds nothing, and says so."""
        began = time.monotonic()
        weeks = 0
        for first_day, sold in long_history.deepen(tickets, at):
            weeks += 1
            seconds = time.monotonic() - began
            self._say(f"week of {first_day:%d %b %Y}: {sold:,} tickets in all, {seconds:.0f} s")
        if weeks:
            long_history.analyze()
        else:
            self._say(f"{tickets:,} tickets and more were sold already: nothing to add")

    def _show_signins(self) -> None:
        self._say(f"Demo sign-ins at {settings.SITE_URL}, password {chain.PASSWORD}")
        self._say(f"  chain administrator   {chain.CHAIN_ADMIN.email}")
        for cinema in chain.CINEMAS:
            self._say(f"  manager, {cinema.city:<11}  {cinema.manager_email}")
        for customer in chain.CUSTOMERS:
            self._say(f"  customer              {customer.email}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

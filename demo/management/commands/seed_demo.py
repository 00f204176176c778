"""Create the demo chain, or add its missing showtimes."""

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

from accounts.auth.session import has_second_factor
from accounts.models import User
from accounts.staff_access.invitations import invite
from demo import chain, opening, scheduling
from demo.history import history, long

HISTORY_TICKETS = 1_500
# Beyond that, copies of the last week are added before it.
LAST_WEEK_TICKETS_MAX = 10_000
HISTORY_TICKETS_MAX = 2_500_000


@contextmanager
def _unhurried() -> Iterator[None]:
    """Raise the statement timeout, which is meant for requests."""
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
            self._report("Opening four cinemas in four cities, with sixteen films")
            opening.open_chain(at)
        showtimes = 0
        for day, added in scheduling.fill_programme(at):
            showtimes += added
            self._report(f"{day:%a %d %b}: {added} showtimes")
        if not history.is_written():
            long.analyze()  # stale statistics make the next reads slow
            tickets = history.write_history(min(wanted, LAST_WEEK_TICKETS_MAX), at)
            long.analyze()
            self._report(f"{tickets} tickets sold in the past days and for the next ones")
        if wanted > LAST_WEEK_TICKETS_MAX:
            self._sell_for_years(wanted, at)
        seconds = time.monotonic() - started
        self._report(f"The demo chain is ready: {showtimes} showtimes added in {seconds:.1f} s")

    def _sell_for_years(self, tickets: int, at: datetime) -> None:
        """Add missing history; idempotent for the same number."""
        began = time.monotonic()
        weeks = 0
        for first_day, sold in long.copy_history_back(tickets, at):
            weeks += 1
            seconds = time.monotonic() - began
            self._report(f"week of {first_day:%d %b %Y}: {sold:,} tickets in all, {seconds:.0f} s")
        if weeks:
            long.analyze()
        else:
            self._report(f"{tickets:,} tickets and more were sold already: nothing to add")

    def _show_signins(self) -> None:
        self._report(f"Demo sign-ins at {settings.SITE_URL}, password {chain.PASSWORD}")
        self._report(f"  chain administrator   {chain.CHAIN_ADMIN.email}")
        for cinema in chain.CINEMAS:
            self._report(f"  manager, {cinema.city:<11}  {cinema.manager_email}")
        for customer in chain.CUSTOMERS:
            self._report(f"  customer              {customer.email}")
        if settings.STAFF_MFA_REQUIRED:
            self._show_invitations(timezone.now())

    def _show_invitations(self, at: datetime) -> None:
        """A new link for each of the staff without a second factor; earlier links stop working."""
        self._report("Staff set up their second step with these links, each of which works once:")
        for user in User.objects.filter(is_staff=True, is_active=True).order_by("pk"):
            if not has_second_factor(user):
                sent = invite(user=user, by=None, at=at, by_email=False)
                self._report(f"  {user.email}  {sent.url}")

    def _report(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

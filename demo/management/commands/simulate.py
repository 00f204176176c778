"""Simulate visitors against a running server."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations

from demo.simulation.client import RequestRefused, UnexpectedResponse
from demo.simulation.runner import Plan, SimulationRunner
from demo.simulation.statistics import Statistics
from reports.monitoring.invariants import INVARIANTS, check_invariants

RATE_MAX, MINUTES_MAX, MOVIEGOERS_MAX, HASTE_MAX = 6_000.0, 24 * 60.0, 1_000_000, 100.0


class Command(BaseCommand):
    help = (
        "Lets moviegoers loose on a running server: they browse, open seat maps, hold seats, pay,"
        " fail, abandon and cancel, over HTTP and WebSocket. Ends with what became of them and with"
        " every invariant checked; exit 1 if one is broken or the server failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default=settings.SITE_URL, help="of the site")
        parser.add_argument("--rate", type=float, default=60.0, help="moviegoers a minute (60)")
        parser.add_argument("--minutes", type=float, default=10.0, help="for how long (10)")
        parser.add_argument(
            "--moviegoers", type=int, default=10_000, metavar="MAX", help="at most (10000)"
        )
        parser.add_argument("--seed", type=int, default=1, help="of all chances (1)")
        parser.add_argument(
            "--haste", type=float, default=1.0, help="times faster than people think (1)"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        plan = _plan(options)
        self._report(
            f"{plan.rate_per_minute:g} moviegoers a minute for {plan.minutes:g} minutes"
            f" at {plan.site}; Ctrl-C ends it"
        )
        try:
            statistics = asyncio.run(self._run(plan))
        except (httpx.HTTPError, RequestRefused, UnexpectedResponse) as error:
            raise CommandError(f"{plan.site} cannot be reached: {error!r}") from error
        for line in statistics.summary():
            self._report(line)
        self._check_result(statistics)

    async def _run(self, plan: Plan) -> Statistics:
        crowd = SimulationRunner(plan, self._report)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, crowd.stop)
        return await crowd.run()

    def _check_result(self, statistics: Statistics) -> None:
        violations = check_invariants()
        for violation in violations:
            self._report(f"broken: {violation.invariant.name}: {violation.subject}")
        if violations:
            raise CommandError(f"{len(violations)} violations of invariants", returncode=1)
        self._report(f"\n{len(INVARIANTS)} invariants hold.")
        if statistics.fault_count:
            raise CommandError(f"the server failed {statistics.fault_count} times", returncode=1)

    def _report(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _plan(options: dict[str, Any]) -> Plan:
    limits = {
        "rate": RATE_MAX,
        "minutes": MINUTES_MAX,
        "moviegoers": MOVIEGOERS_MAX,
        "haste": HASTE_MAX,
    }
    for name, most in limits.items():
        if not 0 < options[name] <= most:
            raise CommandError(f"--{name} is more than 0 and at most {most:g}")
    return Plan(
        site=options["url"].rstrip("/"),
        rate_per_minute=options["rate"],
        minutes=options["minutes"],
        moviegoers_max=options["moviegoers"],
        seed=options["seed"],
        haste=options["haste"],
    )

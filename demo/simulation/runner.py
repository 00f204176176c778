"""Simulation runner: starts visits at a rate, bounded in number, concurrency and time."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from demo.simulation import behaviour as behaviours
from demo.simulation.app import AppVisitor
from demo.simulation.behaviour import Behaviour
from demo.simulation.browser import BrowserVisitor
from demo.simulation.client import RequestRefused, SiteClient, UnexpectedResponse, shared_transport
from demo.simulation.statistics import Statistics
from demo.simulation.visit import Visit
from demo.simulation.visitor import Visitor

AT_ONCE_MAX = 500
FINISH_SECONDS = 45.0  # for visits active at the end; then they are cancelled
PROGRESS_SECONDS = 5.0


@dataclass(frozen=True)
class Plan:
    site: str
    rate_per_minute: float
    minutes: float
    moviegoers_max: int
    seed: int
    haste: float


class SimulationRunner:
    def __init__(self, plan: Plan, report: Callable[[str], None]) -> None:
        self.plan, self.report = plan, report
        self.statistics = Statistics()
        self.stopped = asyncio.Event()
        self.closing = asyncio.Event()  # set at the end: visits stop waiting for holds to expire
        self.active: set[asyncio.Task[None]] = set()
        self.feed_template = ""

    async def run(self) -> Statistics:
        transport = shared_transport()
        async with transport:
            self.feed_template = await self._feed_template(transport)
            progress = asyncio.create_task(self._report_progress())
            try:
                await self._start_visits(transport)
                self.closing.set()
                await self._wait_for_visits(FINISH_SECONDS)
            finally:
                progress.cancel()
                await self._cancel_visits()
        return self.statistics

    def stop(self) -> None:
        self.stopped.set()

    async def _start_visits(self, transport: httpx.AsyncHTTPTransport) -> None:
        chance = random.Random(self.plan.seed)
        ends = time.monotonic() + self.plan.minutes * 60
        for number in range(self.plan.moviegoers_max):
            pause = chance.expovariate(self.plan.rate_per_minute / 60)
            left = ends - time.monotonic()
            if await self._stops_within(min(pause, max(left, 0))) or pause >= left:
                return
            if len(self.active) >= AT_ONCE_MAX:
                self.statistics.outcomes["turned away: too many at once"] += 1
                continue
            task = asyncio.create_task(self._visit(transport, number))
            self.active.add(task)
            task.add_done_callback(self.active.discard)

    async def _visit(self, transport: httpx.AsyncHTTPTransport, number: int) -> None:
        behaviour = Behaviour(random.Random(f"{self.plan.seed} {number}"), self.plan.haste)
        visitor = self._person(transport, behaviour)
        visit = Visit(self.plan.site, visitor, behaviour, self.statistics, self.closing)
        try:
            outcome = await visit.run()
        except RequestRefused as refusal:
            self.statistics.refusals[refusal.code] += 1
            outcome = "refused"
        except (UnexpectedResponse, httpx.HTTPError, KeyError, ValueError) as error:
            self.statistics.fault(f"{type(error).__name__}: {error}")
            outcome = "met a fault"
        except asyncio.CancelledError:
            self.statistics.outcomes["sent home at the end"] += 1
            raise
        self.statistics.outcomes[outcome] += 1

    def _person(self, transport: httpx.AsyncHTTPTransport, behaviour: Behaviour) -> Visitor:
        client = SiteClient(self.plan.site, transport, self.statistics)
        if behaviour.chooses(behaviours.APP_SHARE):
            return AppVisitor(client, behaviour, self.feed_template)
        return BrowserVisitor(client, behaviour)

    async def _feed_template(self, transport: httpx.AsyncHTTPTransport) -> str:
        """Feed URL pattern for app visitors, read from a seat map because the host may differ."""
        browser = BrowserVisitor(
            SiteClient(self.plan.site, transport, self.statistics),
            Behaviour(random.Random(self.plan.seed), self.plan.haste),
        )
        offered = await browser.browse()
        if not offered:
            raise UnexpectedResponse("the site shows no showtimes today")
        await browser.open_map(offered[0])
        address = urlsplit(browser.feed)
        return f"{address.scheme}://{address.netloc}/ws/showtimes/{{showtime}}/seats/"

    async def _report_progress(self) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            seconds = time.monotonic() - began
            self.report(f"{seconds:5.0f} s · {len(self.active)} inside · {self.statistics.line()}")

    async def _wait_for_visits(self, seconds: float) -> None:
        if not self.active:
            return
        leaving = asyncio.create_task(asyncio.wait(self.active))
        stopping = asyncio.create_task(self.stopped.wait())
        await asyncio.wait(
            {leaving, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        leaving.cancel()
        stopping.cancel()

    async def _stops_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.stopped.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _cancel_visits(self) -> None:
        active = list(self.active)
        for task in active:
            task.cancel()
        await asyncio.gather(*active, return_exceptions=True)

"""Moviegoers who come at a rate, for a while; bounded in how many there are, and how long."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from demo.simulation import manners as ways
from demo.simulation.browser import Browser
from demo.simulation.manners import Manners
from demo.simulation.person import Person
from demo.simulation.phone import Phone
from demo.simulation.tally import Tally
from demo.simulation.visit import Visit
from demo.simulation.wire import Broken, Refused, Wire, shared_transport

AT_ONCE_MAX = 500
FINISH_SECONDS = 45.0  # for those who are inside when the doors close; then they are sent home
PROGRESS_SECONDS = 5.0


@dataclass(frozen=True)
class Plan:
    site: str
    rate_per_minute: float
    minutes: float
    moviegoers_max: int
    seed: int
    haste: float


class Crowd:
    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        self.plan, self.say = plan, say
        self.tally = Tally()
        self.stopped = asyncio.Event()
        self.closing = asyncio.Event()  # nobody waits for a hold to run out any more
        self.inside: set[asyncio.Task[None]] = set()
        self.feed_template = ""

    async def run(self) -> Tally:
        transport = shared_transport()
        async with transport:
            self.feed_template = await self._feed_template(transport)
            progress = asyncio.create_task(self._tell_progress())
            try:
                await self._let_in(transport)
                self.closing.set()
                await self._let_out(FINISH_SECONDS)
            finally:
                progress.cancel()
                await self._send_home()
        return self.tally

    def stop(self) -> None:
        self.stopped.set()

    async def _let_in(self, transport: httpx.AsyncHTTPTransport) -> None:
        chance = random.Random(self.plan.seed)
        ends = time.monotonic() + self.plan.minutes * 60
        for number in range(self.plan.moviegoers_max):
            pause = chance.expovariate(self.plan.rate_per_minute / 60)
            left = ends - time.monotonic()
            if await self._stopped_within(min(pause, max(left, 0))) or pause >= left:
                return
            if len(self.inside) >= AT_ONCE_MAX:
                self.tally.endings["turned away: too many at once"] += 1
                continue
            task = asyncio.create_task(self._visit(transport, number))
            self.inside.add(task)
            task.add_done_callback(self.inside.discard)

    async def _visit(self, transport: httpx.AsyncHTTPTransport, number: int) -> None:
        manners = Manners(random.Random(f"{self.plan.seed} {number}"), self.plan.haste)
        person = self._person(transport, manners)
        visit = Visit(self.plan.site, person, manners, self.tally, self.closing)
        try:
            ending = await visit.run()
        except Refused as refusal:
            self.tally.refusals[refusal.code] += 1
            ending = "refused"
        except (Broken, httpx.HTTPError, KeyError, ValueError) as error:
            self.tally.fault(f"{type(error).__name__}: {error}")
            ending = "met a fault"
        except asyncio.CancelledError:
            self.tally.endings["sent home at the end"] += 1
            raise
        self.tally.endings[ending] += 1

    def _person(self, transport: httpx.AsyncHTTPTransport, manners: Manners) -> Person:
        wire = Wire(self.plan.site, transport, self.tally)
        if manners.does(ways.ON_A_PHONE_SHARE):
            return Phone(wire, manners, self.feed_template)
        return Browser(wire, manners)

    async def _feed_template(self, transport: httpx.AsyncHTTPTransport) -> str:
        """Where the app listens: told by a seat map, as the address may be another host's."""
        browser = Browser(
            Wire(self.plan.site, transport, self.tally),
            Manners(random.Random(self.plan.seed), self.plan.haste),
        )
        offered = await browser.browse()
        if not offered:
            raise Broken("the site shows no showtimes today")
        await browser.open_map(offered[0])
        address = urlsplit(browser.feed)
        return f"{address.scheme}://{address.netloc}/ws/showtimes/{{showtime}}/seats/"

    async def _tell_progress(self) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            seconds = time.monotonic() - began
            self.say(f"{seconds:5.0f} s · {len(self.inside)} inside · {self.tally.line()}")

    async def _let_out(self, seconds: float) -> None:
        if not self.inside:
            return
        leaving = asyncio.create_task(asyncio.wait(self.inside))
        stopping = asyncio.create_task(self.stopped.wait())
        await asyncio.wait(
            {leaving, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        leaving.cancel()
        stopping.cancel()

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.stopped.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _send_home(self) -> None:
        inside = list(self.inside)
        for task in inside:
            task.cancel()
        await asyncio.gather(*inside, return_exceptions=True)

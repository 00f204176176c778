"""One moviegoer's way from the door of the site to a ticket, or to wherever it ends."""

from __future__ import annotations

import asyncio

from demo.simulation import manners as ways
from demo.simulation.feed import listening
from demo.simulation.manners import Manners
from demo.simulation.person import Held, Order, Person
from demo.simulation.plan import SeatPlan
from demo.simulation.tally import Tally
from demo.simulation.wire import Refused

RACES_LOST_MAX = 3  # then they go home
STATUS_LOOKS_MAX = 15
STATUS_LOOK_SECONDS = 2.0
AFTER_EXPIRY_SECONDS = 1.5
LEFT_TO_EXPIRE = "left seats to run out later"
SEAT_LOST = ("seat_taken", "seat_unknown")


class Visit:
    """``run`` says how it ended; a refusal that is no lost race is raised."""

    def __init__(
        self,
        site: str,
        person: Person,
        manners: Manners,
        tally: Tally,
        closing: asyncio.Event,
    ) -> None:
        self.site, self.person, self.manners, self.tally = site, person, manners, tally
        self.closing = closing

    async def run(self) -> str:
        self.tally.counts["visits"] += 1
        offered = await self.person.browse()
        await self.manners.take_time(ways.READING)
        if not offered:
            return "found nothing on that day"
        showtime = self.manners.showtime(offered)
        plan = await self.person.open_map(showtime)
        self.tally.counts["maps opened"] += 1
        feed = self.person.feed_address(showtime)
        async with listening(feed, self.site, plan, self.tally):
            await self.manners.take_time(ways.CHOOSING)
            if self.manners.decide(ways.AFTER_THE_MAP) == "leave":
                return "only looked"
            held = await self._hold(showtime, plan)
        if held is None:
            return "no seats left for them"
        return await self._after_the_hold(showtime, held)

    async def _hold(self, showtime: int, plan: SeatPlan) -> Held | None:
        party = self.manners.party()
        for _attempt in range(RACES_LOST_MAX):
            wanted = self.manners.seats(list(plan.seats.values()), party)
            if not wanted:
                return None
            # The finger comes down a moment after the eye has chosen.
            await self.manners.take_time(ways.TAPPING)
            try:
                held = await self.person.hold(showtime, wanted)
            except Refused as refusal:
                if refusal.code not in SEAT_LOST:
                    raise
                self.tally.counts["lost races"] += 1
                self._mark_taken(plan, wanted)
                await self.manners.take_time(ways.TAPPING)
                continue
            self.tally.counts["holds"] += 1
            return held
        return None

    def _mark_taken(self, plan: SeatPlan, seat_ids: list[int]) -> None:
        """They do not try those again; the feed says if they come free."""
        for seat_id in seat_ids:
            plan.seats[seat_id].status = "lost"

    async def _after_the_hold(self, showtime: int, held: Held) -> str:
        then = self.manners.decide(ways.AFTER_THE_HOLD)
        if then == "release":
            await self.manners.take_time(ways.READING)
            await self.person.release(showtime, held)
            return "changed their mind"
        if then == "forget":
            if not await self._sees_time_run_out(held):
                return LEFT_TO_EXPIRE
            if not await self.person.has_seats(showtime, held):
                self.tally.counts["expired"] += 1
            return "let the seats go"
        await self.manners.take_time(ways.FILLING_IN)
        order = await self.person.order(showtime, held)
        self.tally.counts["orders"] += 1
        return await self._at_the_till(order, held)

    async def _at_the_till(self, order: Order, held: Held) -> str:
        await self.manners.take_time(ways.AT_THE_BANK)
        choice = self.manners.decide(ways.AT_THE_TILL)
        if choice == "give back":
            await self.person.give_back(order)
            self.tally.counts["abandoned"] += 1
            return "gave the order up"
        if choice == "walk away":
            if not await self._sees_time_run_out(held):
                return LEFT_TO_EXPIRE
            if await self._settled(order) == "expired":
                self.tally.counts["expired"] += 1
            return "walked away from the till"
        await self.person.decide(order, choice)
        status = await self._settled(order)
        if status == "confirmed":
            self.tally.counts["paid"] += 1
            return await self._after_the_sale(order)
        if status == "pending":
            return "order not settled in time"
        self.tally.counts["failed"] += 1
        return "payment failed"

    async def _after_the_sale(self, order: Order) -> str:
        if not self.manners.does(ways.CANCELLED_SHARE):
            return "bought tickets"
        await self.manners.take_time(ways.ADMIRING)
        await self.person.cancel(order)
        self.tally.counts["cancelled"] += 1
        return "bought and cancelled"

    async def _settled(self, order: Order) -> str:
        """The order's status once it is no longer open, or ``pending`` after a while."""
        for _look in range(STATUS_LOOKS_MAX):
            status = await self.person.status(order)
            if status != "pending":
                return status
            await asyncio.sleep(STATUS_LOOK_SECONDS)
        return "pending"

    async def _sees_time_run_out(self, held: Held) -> bool:
        """Waits for it, by the server's clock however hasty they are; not beyond the closing."""
        try:
            await asyncio.wait_for(self.closing.wait(), held.seconds_left + AFTER_EXPIRY_SECONDS)
        except TimeoutError:
            return True
        return False

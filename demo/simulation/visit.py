"""One visit, from browsing to a ticket or another outcome."""

from __future__ import annotations

import asyncio

from demo.simulation import behaviour as behaviours
from demo.simulation.behaviour import Behaviour
from demo.simulation.client import RequestRefused
from demo.simulation.feed import seat_feed
from demo.simulation.plan import SeatPlan
from demo.simulation.statistics import Statistics
from demo.simulation.visitor import HeldSeats, Order, Visitor

LOST_RACES_MAX = 3  # then the visit ends
STATUS_POLLS_MAX = 15
STATUS_POLL_SECONDS = 2.0
AFTER_EXPIRY_SECONDS = 1.5
HOLD_NOT_AWAITED = "left seats to run out later"
SEAT_LOST = ("seat_taken", "seat_unknown")


class Visit:
    """A visit. ``run`` returns its outcome; refusals other than a taken seat are raised."""

    def __init__(
        self,
        site: str,
        visitor: Visitor,
        behaviour: Behaviour,
        statistics: Statistics,
        closing: asyncio.Event,
    ) -> None:
        self.site, self.visitor, self.behaviour, self.statistics = (
            site,
            visitor,
            behaviour,
            statistics,
        )
        self.closing = closing

    async def run(self) -> str:
        self.statistics.counts["visits"] += 1
        offered = await self.visitor.browse()
        await self.behaviour.pause(behaviours.READING)
        if not offered:
            return "found nothing on that day"
        showtime = self.behaviour.showtime(offered)
        plan = await self.visitor.open_map(showtime)
        self.statistics.counts["maps opened"] += 1
        feed = self.visitor.feed_address(showtime)
        async with seat_feed(feed, self.site, plan, self.statistics):
            await self.behaviour.pause(behaviours.CHOOSING)
            if self.behaviour.decide(behaviours.AFTER_SEAT_MAP) == "leave":
                return "only looked"
            held = await self._hold(showtime, plan)
        if held is None:
            return "no seats left for them"
        return await self._continue_with_hold(showtime, held)

    async def _hold(self, showtime: int, plan: SeatPlan) -> HeldSeats | None:
        party = self.behaviour.party()
        for _attempt in range(LOST_RACES_MAX):
            wanted = self.behaviour.seats(list(plan.seats.values()), party)
            if not wanted:
                return None
            # Time between choosing and tapping, in which others may take the seat.
            await self.behaviour.pause(behaviours.TAPPING)
            try:
                held = await self.visitor.hold(showtime, wanted)
            except RequestRefused as refusal:
                if refusal.code not in SEAT_LOST:
                    raise
                self.statistics.counts["lost races"] += 1
                self._mark_taken(plan, wanted)
                await self.behaviour.pause(behaviours.TAPPING)
                continue
            self.statistics.counts["holds"] += 1
            return held
        return None

    def _mark_taken(self, plan: SeatPlan, seat_ids: list[int]) -> None:
        """Mark lost seats as taken; the feed reports if they become free."""
        for seat_id in seat_ids:
            plan.seats[seat_id].status = "lost"

    async def _continue_with_hold(self, showtime: int, held: HeldSeats) -> str:
        then = self.behaviour.decide(behaviours.AFTER_HOLD)
        if then == "release":
            await self.behaviour.pause(behaviours.READING)
            await self.visitor.release(showtime, held)
            return "changed their mind"
        if then == "forget":
            if not await self._waits_for_expiry(held):
                return HOLD_NOT_AWAITED
            if not await self.visitor.has_seats(showtime, held):
                self.statistics.counts["expired"] += 1
            return "let the seats go"
        await self.behaviour.pause(behaviours.FILLING_IN)
        order = await self.visitor.order(showtime, held)
        self.statistics.counts["orders"] += 1
        return await self._pay(order, held)

    async def _pay(self, order: Order, held: HeldSeats) -> str:
        await self.behaviour.pause(behaviours.PAYING)
        choice = self.behaviour.decide(behaviours.AT_PAYMENT)
        if choice == "give back":
            await self.visitor.abandon(order)
            self.statistics.counts["abandoned"] += 1
            return "gave the order up"
        if choice == "walk away":
            if not await self._waits_for_expiry(held):
                return HOLD_NOT_AWAITED
            if await self._settled(order) == "expired":
                self.statistics.counts["expired"] += 1
            return "walked away from the till"
        await self.visitor.decide(order, choice)
        if choice != "pay":  # the booking stays open for another payment
            await self.visitor.abandon(order)
            self.statistics.counts["failed"] += 1
            return "payment failed"
        status = await self._settled(order)
        if status == "confirmed":
            self.statistics.counts["paid"] += 1
            return await self._finish_booking(order)
        return "order not settled in time"

    async def _finish_booking(self, order: Order) -> str:
        if not self.behaviour.chooses(behaviours.CANCELLED_SHARE):
            return "bought tickets"
        await self.behaviour.pause(behaviours.AFTER_PAYMENT)
        await self.visitor.cancel(order)
        self.statistics.counts["cancelled"] += 1
        return "bought and cancelled"

    async def _settled(self, order: Order) -> str:
        """Poll until the booking is no longer pending, at most ``STATUS_POLLS_MAX`` times."""
        for _look in range(STATUS_POLLS_MAX):
            status = await self.visitor.status(order)
            if status != "pending":
                return status
            await asyncio.sleep(STATUS_POLL_SECONDS)
        return "pending"

    async def _waits_for_expiry(self, held: HeldSeats) -> bool:
        """Wait until the hold has expired; False if the simulation closes before."""
        try:
            await asyncio.wait_for(self.closing.wait(), held.seconds_left + AFTER_EXPIRY_SECONDS)
        except TimeoutError:
            return True
        return False

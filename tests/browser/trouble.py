"""Incidents for a manager: two bookings with failed refunds or payments."""

from __future__ import annotations

import asyncio
import random

from demo.simulation.behaviour import Behaviour
from demo.simulation.browser import BrowserVisitor
from demo.simulation.client import SiteClient, shared_transport
from demo.simulation.statistics import Statistics
from demo.simulation.visitor import Order

HASTE = 20.0
LOOKS_MAX = 30


def cause_trouble(site: str) -> None:
    """Create a booking whose bank refuses the refund, and one whose payment has another amount."""
    asyncio.run(_cause(site))


async def _cause(site: str) -> None:
    async with shared_transport() as transport:
        for seed, choice in enumerate(("refund_fails", "wrong_amount")):
            behaviour = Behaviour(random.Random(seed), HASTE)
            buyer = BrowserVisitor(SiteClient(site, transport, Statistics()), behaviour)
            order = await _order(buyer, behaviour)
            await buyer.decide(order, choice)
            for _look in range(LOOKS_MAX):
                if await buyer.status(order) != "pending":
                    break
                await asyncio.sleep(0.5)
            if choice == "refund_fails":
                await buyer.cancel(order)


async def _order(buyer: BrowserVisitor, behaviour: Behaviour) -> Order:
    showtime = (await buyer.browse())[-1]
    plan = await buyer.open_map(showtime)
    wanted = behaviour.seats(list(plan.seats.values()), 2)
    return await buyer.order(showtime, await buyer.hold(showtime, wanted))

"""Something for a manager to do: two buyers whose money is in trouble."""

from __future__ import annotations

import asyncio
import random

from demo.simulation.browser import Browser
from demo.simulation.manners import Manners
from demo.simulation.person import Order
from demo.simulation.tally import Tally
from demo.simulation.wire import Wire, shared_transport

HASTE = 20.0
LOOKS_MAX = 30


def cause_trouble(site: str) -> None:
    """One whose bank refuses the refund, and one whose payment is of another amount."""
    asyncio.run(_cause(site))


async def _cause(site: str) -> None:
    async with shared_transport() as transport:
        for seed, choice in enumerate(("refund_fails", "wrong_amount")):
            manners = Manners(random.Random(seed), HASTE)
            buyer = Browser(Wire(site, transport, Tally()), manners)
            order = await _order(buyer, manners)
            await buyer.decide(order, choice)
            for _look in range(LOOKS_MAX):
                if await buyer.status(order) != "pending":
                    break
                await asyncio.sleep(0.5)
            if choice == "refund_fails":
                await buyer.cancel(order)


async def _order(buyer: Browser, manners: Manners) -> Order:
    showtime = (await buyer.browse())[-1]
    plan = await buyer.open_map(showtime)
    wanted = manners.seats(list(plan.seats.values()), 2)
    return await buyer.order(showtime, await buyer.hold(showtime, wanted))

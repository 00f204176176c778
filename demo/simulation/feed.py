"""The live seat feed, joined for real: what others do is seen on the plan while one chooses."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from demo.simulation.plan import SeatPlan
from demo.simulation.tally import Tally

OPEN_SECONDS = 15.0
FRAME_BYTES_MAX = 1_000_000


@asynccontextmanager
async def listening(
    address: str, site: str, plan: SeatPlan, tally: Tally
) -> AsyncIterator[SeatPlan]:
    """The plan, kept up; without a socket it stays as it was when the map was opened."""
    try:
        with tally.timing("join the feed"):
            feed = await connect(
                address,
                origin=Origin(site),
                open_timeout=OPEN_SECONDS,
                max_size=FRAME_BYTES_MAX,
                proxy=None,
            )
    except (OSError, TimeoutError, WebSocketException) as error:
        tally.fault(f"feed: {error!r}")
        yield plan
        return
    task = asyncio.create_task(_listen(feed, plan, tally))
    try:
        yield plan
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await feed.close()


async def _listen(feed: ClientConnection, plan: SeatPlan, tally: Tally) -> None:
    with contextlib.suppress(WebSocketException):
        async for frame in feed:
            told = json.loads(frame)
            heard = plan.hear((seat[0], seat[1], seat[2]) for seat in told.get("seats", ()))
            if told["type"] == "delta":
                tally.counts["seats heard changing"] += heard

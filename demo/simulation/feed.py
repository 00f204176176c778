"""WebSocket subscription to the live seat feed, which updates a visitor's seat plan."""

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
from demo.simulation.statistics import Statistics

OPEN_SECONDS = 15.0
FRAME_BYTES_MAX = 1_000_000


@asynccontextmanager
async def seat_feed(
    address: str, site: str, plan: SeatPlan, statistics: Statistics
) -> AsyncIterator[SeatPlan]:
    """Keep ``plan`` up to date while the context is open; without a connection it stays as is."""
    try:
        with statistics.timing("join the feed"):
            feed = await connect(
                address,
                origin=Origin(site),
                open_timeout=OPEN_SECONDS,
                max_size=FRAME_BYTES_MAX,
                proxy=None,
            )
    except (OSError, TimeoutError, WebSocketException) as error:
        statistics.fault(f"feed: {error!r}")
        yield plan
        return
    task = asyncio.create_task(_read_feed(feed, plan, statistics))
    try:
        yield plan
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await feed.close()


async def _read_feed(feed: ClientConnection, plan: SeatPlan, statistics: Statistics) -> None:
    with contextlib.suppress(WebSocketException):
        async for frame in feed:
            updates = json.loads(frame)
            applied = plan.apply((seat[0], seat[1], seat[2]) for seat in updates.get("seats", ()))
            if updates["type"] == "delta":
                statistics.counts["seats heard changing"] += applied

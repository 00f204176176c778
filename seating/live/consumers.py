"""The live seat feed: the server sends, the client only receives."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from core.errors import NotFound
from seating.live import rooms
from seating.live.transports import ClientSocket, Send, client_socket

logger = logging.getLogger(__name__)

CLOSE_NOT_FOUND = 4404
CLOSE_NOT_LISTENING = 4400  # clients must not send messages
CLOSE_TRY_AGAIN_LATER = 1013  # the stores are unavailable

Receive = Callable[[], Awaitable[dict[str, Any]]]


async def seat_feed(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Frames: ``snapshot`` on connect, then ``delta`` and ``digest`` (docs/api.md, "Live").

    A plain ASGI function: a viewer is one coroutine that waits for the disconnect. A consumer class
    would keep a second task and four times the memory for each.
    """
    showtime_id = int(scope["url_route"]["kwargs"]["showtime_id"])
    if (await receive())["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})
    client = client_socket(send)
    try:
        if await _is_admitted(showtime_id, client):
            message = await receive()
            if message["type"] == "websocket.receive":
                client.close(CLOSE_NOT_LISTENING)
    finally:
        rooms.leave(showtime_id, client)


async def _is_admitted(showtime_id: int, client: ClientSocket) -> bool:
    try:
        await rooms.join(showtime_id, client)
    except NotFound:
        client.close(CLOSE_NOT_FOUND)
    except Exception as error:  # the database may be unavailable; the client polls and reconnects
        logger.warning("seat feed: no snapshot: %s", type(error).__name__)
        client.close(CLOSE_TRY_AGAIN_LATER)
    else:
        return True
    return False

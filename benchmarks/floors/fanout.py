"""The same frames without Channels, relay or Redis: an ASGI function that sends the frames it
receives.

Frames received on ``/tell`` are sent to all other connections.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]

_everybody: set[Send] = set()


async def application(
    scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send
) -> None:
    if scope["type"] == "http":
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] != "/tell":
        _everybody.add(send)
    while (message := await receive())["type"] == "websocket.receive":
        for other in tuple(_everybody):
            await other({"type": "websocket.send", "text": message["text"]})
    _everybody.discard(send)

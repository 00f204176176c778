"""WebSocket routes of the live servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.urls import re_path

from reports.dashboard import routing as desk
from seating.live import routing as seats

Message = dict[str, Any]


async def reject_unknown(
    _scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Any]
) -> None:
    """Rejects the handshake with 403. Unrouted paths would log an exception each."""
    await receive()
    await send({"type": "websocket.close"})


websocket_urlpatterns: list[Any] = [
    *seats.websocket_urlpatterns,
    *desk.websocket_urlpatterns,
    re_path("", reject_unknown),  # type: ignore[arg-type]  # Channels routes to ASGI applications
]

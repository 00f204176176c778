"""WebSocket routes of the live servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
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


async def liveness(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Any]
) -> None:
    """Answers ``/healthz``; the website is not served on the live port."""
    is_health = scope["path"] == "/healthz" and scope["method"] in ("GET", "HEAD")
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    status = HTTPStatus.OK if is_health else HTTPStatus.NOT_FOUND
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok\n" if is_health else b""})


websocket_urlpatterns: list[Any] = [
    *seats.websocket_urlpatterns,
    *desk.websocket_urlpatterns,
    re_path("", reject_unknown),  # type: ignore[arg-type]  # Channels routes to ASGI applications
]

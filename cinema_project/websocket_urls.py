"""WebSocket routes of the live servers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from django.urls import re_path

from cinema_project.observability import metrics
from reports.dashboard import routing as desk
from seating.live import routing as seats

Message = dict[str, Any]


async def reject_unknown(
    _scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Any]
) -> None:
    """Rejects the handshake with 403. Unrouted paths would log an exception each."""
    await receive()
    await send({"type": "websocket.close"})


async def monitoring(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Any]
) -> None:
    """Answers ``/healthz``, and ``/metrics`` of this machine's processes to METRICS_TOKEN.

    The website is not served on the live port.
    """
    status, body = HTTPStatus.NOT_FOUND, b""
    if scope["method"] in ("GET", "HEAD"):
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        if scope["path"] == "/healthz":
            status, body = HTTPStatus.OK, b"ok\n"
        elif scope["path"] == "/metrics" and metrics.has_token(authorization):
            status, body = HTTPStatus.OK, await asyncio.to_thread(metrics.of_processes)
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})


websocket_urlpatterns: list[Any] = [
    *seats.websocket_urlpatterns,
    *desk.websocket_urlpatterns,
    re_path("", reject_unknown),  # type: ignore[arg-type]  # Channels routes to ASGI applications
]

"""WebSocket routes of the live servers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import re_path

from cinema_project.observability import metrics
from core.http import request_context
from reports.dashboard import routing as desk
from seating.live import routing as seats

Message = dict[str, Any]
Application = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Any]], Any]

# Feeds without a session, which another site's page could read as well over HTTP.
PUBLIC_FEEDS = re.compile(r"/ws/(?:showtimes/[0-9]+/seats|waiting-rooms/[0-9]+)/")


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
    received = {name: value.decode("latin-1") for name, value in scope["headers"]}
    request_context.bind_request(
        {request_context.REQUEST_ID_HEADER: received.get(b"x-request-id", "")}
    )
    if scope["method"] in ("GET", "HEAD"):
        authorization = received.get(b"authorization", "")
        if scope["path"] == "/healthz":
            status, body = HTTPStatus.OK, b"ok\n"
        elif scope["path"] == "/metrics" and metrics.has_token(authorization):
            status, body = HTTPStatus.OK, await asyncio.to_thread(metrics.of_processes)
    request_id = (request_context.request_id() or "").encode()
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    headers.append((b"x-request-id", request_id))
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})


websocket_urlpatterns: list[Any] = [
    *seats.websocket_urlpatterns,
    *desk.websocket_urlpatterns,
    re_path("", reject_unknown),  # type: ignore[arg-type]  # Channels routes to ASGI applications
]


def with_origin_check(application: Application) -> Application:
    """Admit pages of the site, and clients without an Origin header to public feeds alone.

    A browser names the origin of its page in every handshake, so a client without one is an app:
    it carries no visitor's session. Other sites are refused everywhere.
    """
    of_the_site = AllowedHostsOriginValidator(application)

    async def admit(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Any]
    ) -> None:
        is_browser = any(name == b"origin" for name, _value in scope["headers"])
        is_public = PUBLIC_FEEDS.fullmatch(scope["path"]) is not None
        chosen = application if is_public and not is_browser else of_the_site
        await chosen(scope, receive, send)

    return admit


websocket = with_origin_check(URLRouter(websocket_urlpatterns))

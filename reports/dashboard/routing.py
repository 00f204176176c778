"""WebSocket addresses. Only these know sessions: the seat feed is for everybody."""

from __future__ import annotations

from typing import Any

from channels.sessions import SessionMiddlewareStack
from django.urls import path

from reports.dashboard.consumers import DashboardConsumer

DASHBOARD_FEED_PATH = "/ws/desk/"

websocket_urlpatterns: list[Any] = [
    path(
        DASHBOARD_FEED_PATH.removeprefix("/"), SessionMiddlewareStack(DashboardConsumer.as_asgi())
    ),
]

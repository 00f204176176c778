"""WebSocket routes of the dashboard, with sessions (the seat feed is public)."""

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

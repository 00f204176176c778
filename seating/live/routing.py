"""WebSocket routes."""

from __future__ import annotations

from typing import Any

from django.urls import path

from seating.live.consumers import seat_feed

websocket_urlpatterns: list[Any] = [
    path("ws/showtimes/<int:showtime_id>/seats/", seat_feed),  # type: ignore[arg-type]  # Channels routes to ASGI applications
]

"""WebSocket routes."""

from __future__ import annotations

from typing import Any

from django.urls import path

from seating.live.consumers import seat_feed
from seating.live.waiting_rooms import waiting_feed

websocket_urlpatterns: list[Any] = [
    path("ws/showtimes/<int:showtime_id>/seats/", seat_feed),  # type: ignore[arg-type]  # Channels routes to ASGI applications
    path("ws/waiting-rooms/<int:room_id>/", waiting_feed),  # type: ignore[arg-type]  # as above
]

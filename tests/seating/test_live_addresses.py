"""Unrouted WebSocket paths."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator

from cinema_project.websocket_urls import websocket_urlpatterns


@pytest.mark.parametrize(
    "address", ["/", "/ws/", "/ws/nowhere/", "/ws/showtimes/seven/seats/", "/ws/showtimes/7/seats"]
)
def test_unknown_address_is_refused(address: str) -> None:
    async def connects() -> bool:
        door = WebsocketCommunicator(URLRouter(websocket_urlpatterns), address)
        is_let_in, _code = await door.connect()
        return bool(is_let_in)

    assert async_to_sync(connects)() is False

"""The live seat feed: the server speaks, the client listens."""

from __future__ import annotations

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone

from movies.errors import NotFound
from seating import relay

CLOSE_NOT_FOUND = 4404
CLOSE_NOT_LISTENING = 4400  # a client has nothing to say here


class SeatFeed(AsyncWebsocketConsumer):
    """Frames: ``snapshot`` on connect, then ``delta`` and ``digest`` (docs/api.md, "Live")."""

    # No channel of its own in the layer: the room's relay listens for everybody.
    channel_layer_alias = "none"
    showtime_id: int | None = None

    async def connect(self) -> None:
        self.showtime_id = int(self.scope["url_route"]["kwargs"]["showtime_id"])
        await self.accept()
        try:
            await relay.read_snapshot(self.showtime_id)
        except NotFound:
            await self.close(CLOSE_NOT_FOUND)
            return
        await relay.join(self.showtime_id, self)
        snapshot = await relay.read_snapshot(self.showtime_id)
        snapshot |= {"type": "snapshot", "server_time": timezone.now()}
        await self.push(orjson.dumps(snapshot).decode())

    async def push(self, frame: str) -> None:
        await self.send(text_data=frame)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.close(CLOSE_NOT_LISTENING)

    async def disconnect(self, code: int) -> None:
        if self.showtime_id is not None:
            relay.leave(self.showtime_id, self)

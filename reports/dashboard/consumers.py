"""WebSocket feed of the dashboard: which cinemas changed."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

import orjson
from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from accounts.auth.staff import may_work
from movies.staff.permissions import Permission, cinemas_with, is_for_whole_chain
from reports.dashboard import rooms

CLOSE_UNEXPECTED_INPUT = 4400  # clients must not send anything
CLOSE_FORBIDDEN = 4403
RECHECK_SECONDS = 15.0


class DashboardConsumer(AsyncWebsocketConsumer):
    """Sends ``ready`` once, ``changed`` with cinema ids, and periodic ``tick`` frames.

    The session is rechecked every ``RECHECK_SECONDS``; after signing out or losing access the
    socket is closed. A tick makes the dashboard refresh in case it missed a change.
    """

    channel_layer_alias = "none"  # the room subscribes once for all sockets
    cinemas: frozenset[int] = frozenset()
    sees_chain = False
    recheck: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.cinemas, self.sees_chain = await self._permissions()
        if not self.cinemas:
            await self.close(CLOSE_FORBIDDEN)  # before accepting: refuses the handshake
            return
        await self.accept()
        await rooms.join(self)
        await self.push({"type": "ready"})
        self.recheck = asyncio.create_task(self._recheck_permissions())

    async def push(self, document: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps(document).decode())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.close(CLOSE_UNEXPECTED_INPUT)

    async def disconnect(self, code: int) -> None:
        if self.recheck is not None:
            self.recheck.cancel()
        rooms.leave(self)

    async def _recheck_permissions(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            self.cinemas, self.sees_chain = await self._permissions()
            if not self.cinemas:
                rooms.leave(self)
                await self.close(CLOSE_FORBIDDEN)
                return
            await self.push({"type": "tick"})

    async def _permissions(self) -> tuple[frozenset[int], bool]:
        """The visible cinemas of the session's current user, and whether
        they see the whole chain."""
        store = import_module(settings.SESSION_ENGINE).SessionStore
        session = store(self.scope["session"].session_key)
        user = await get_user({"session": session})
        permissions: tuple[frozenset[int], bool] = await database_sync_to_async(_visible_cinemas)(
            user, session
        )
        return permissions


def _visible_cinemas(user: Any, session: Any) -> tuple[frozenset[int], bool]:
    if not may_work(user, session):
        return frozenset(), False
    cinemas = frozenset(cinemas_with(user, Permission.SEE_SALES).values_list("pk", flat=True))
    return cinemas, is_for_whole_chain(user, Permission.SEE_SALES)

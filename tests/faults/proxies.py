"""A TCP proxy that can be cut, slowed down, silenced, or made to lose live messages."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import suppress

from benchmarks.tcp_proxy import CHUNK_BYTES, PUSHED
from ops.stores.ports_and_secrets import LOOPBACK

START_SECONDS = 5.0
SILENCE_POLL_SECONDS = 0.1


class TcpProxy:
    """Forwards ``port`` to ``target_port``. Its settings apply to every chunk."""

    def __init__(self, port: int, target_port: int) -> None:
        self.port, self.target_port = port, target_port
        self.chance = random.Random(1)
        self.delay_seconds, self.share_lost = 0.0, 0.0
        self.is_cut = self.is_silent = False
        self.lost = self.refused = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))

    def start(self) -> None:
        self._thread.start()
        if not self._listening.wait(START_SECONDS):
            raise OSError(f"port {self.port} cannot be opened")

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def cut(self) -> None:
        """Closes open connections and refuses new ones."""
        self.is_cut = True
        self._loop.call_soon_threadsafe(self._disconnect)

    def repair(self) -> None:
        self.is_cut, self.is_silent, self.delay_seconds, self.share_lost = False, False, 0.0, 0.0

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connect, LOOPBACK, self.port)
        self._listening.set()
        await self._over.wait()
        server.close()
        self._disconnect()
        await asyncio.sleep(2 * SILENCE_POLL_SECONDS)

    def _disconnect(self) -> None:
        for writer in self._open:
            writer.close()

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self.is_cut:
            self.refused += 1
            back.close()
            return
        try:
            far, forth = await asyncio.open_connection(LOOPBACK, self.target_port)
        except OSError:
            back.close()
            return
        ends = {back, forth}
        self._open |= ends
        await asyncio.gather(self._carry(near, forth, False), self._carry(far, back, True))
        self._open -= ends

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_answer: bool
    ) -> None:
        """Copies chunks; while silent it keeps them, as a network that drops every packet."""
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                while self.is_silent and not self._over.is_set():
                    await asyncio.sleep(SILENCE_POLL_SECONDS)
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(self._with_losses(data) if is_answer and self.share_lost else data)
                await writer.drain()
        writer.close()

    def _with_losses(self, data: bytes) -> bytes:
        """Drops a share of pushed messages. Redis writes each in one piece."""
        kept, at = [], 0
        while found := PUSHED.search(data, at):
            end = found.end() + int(found[1]) + 2
            kept.append(data[at : found.start()])
            if self.chance.random() < self.share_lost:
                self.lost += 1
            else:
                kept.append(data[found.start() : end])
            at = end
        return b"".join([*kept, data[at:]])

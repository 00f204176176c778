"""An open seat map: receives updates through nginx and reconnects when its socket breaks."""

from __future__ import annotations

import json
import threading
import time
from types import TracebackType

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

RECEIVE_SECONDS = 0.2
# The first delay of the page's script (static/js/seats).
RECONNECT_SECONDS = 0.5


class OpenMap(threading.Thread):
    """``statuses``: seat id → (version, status) as shown to a viewer."""

    def __init__(self, port: int, showtime_id: int) -> None:
        super().__init__(daemon=True)
        self.url = f"ws://localhost:{port}/ws/showtimes/{showtime_id}/seats/"
        self.origin = Origin(f"http://localhost:{port}")
        self.statuses: dict[int, tuple[int, str]] = {}
        self.connections = 0
        self._closed = threading.Event()

    def __enter__(self) -> OpenMap:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed.set()
        self.join(10)

    def run(self) -> None:
        while not self._closed.is_set():
            try:
                with connect(self.url, origin=self.origin, open_timeout=5) as socket:
                    self.connections += 1
                    self._listen(socket)
            except (OSError, WebSocketException):
                time.sleep(RECONNECT_SECONDS)

    def _listen(self, socket: ClientConnection) -> None:
        while not self._closed.is_set():
            try:
                frame = json.loads(socket.recv(RECEIVE_SECONDS))
            except TimeoutError:
                continue
            for seat_id, status, version in frame.get("seats", []):
                if version >= self.statuses.get(seat_id, (-1, ""))[0]:
                    self.statuses[seat_id] = (version, status)

    def status(self, seat_id: int) -> str:
        return self.statuses.get(seat_id, (0, "unknown"))[1]

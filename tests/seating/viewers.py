"""Headless seat map that follows the feed by the same rules as the browser's map."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from types import TracebackType
from typing import Any

import orjson
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from websockets.sync.client import connect
from websockets.typing import Origin

from cinema_project.api import live_schema
from seating.seatmap import state

FRAME_TIMEOUT_SECONDS = 10.0
ORIGIN = Origin("http://127.0.0.1")

Frame = dict[str, Any]


def feed_url(port: int, showtime_id: int) -> str:
    return f"ws://127.0.0.1:{port}/ws/showtimes/{showtime_id}/seats/"


def check_frame(frame: Frame) -> None:
    """Raises if the AsyncAPI document does not describe the frame."""
    _payloads()[frame["type"]].validate(frame)


@cache
def _payloads() -> dict[str, Any]:
    messages = live_schema.document()["components"]["messages"]
    return {
        name: Draft7Validator(message["payload"] | {"additionalProperties": False})
        for name, message in messages.items()
    }


class Viewer:
    """``drop`` decides for each frame after the snapshot whether it is lost."""

    def __init__(
        self, port: int, showtime_id: int, drop: Callable[[Frame], bool] = lambda frame: False
    ) -> None:
        self.url = feed_url(port, showtime_id)
        self.showtime_id = showtime_id
        self.drop = drop
        self.seats: dict[int, tuple[str, int]] = {}  # seat id → status, version
        self.dropped = self.refetched = 0
        self.open = ExitStack()

    def __enter__(self) -> Viewer:
        self.socket = self.open.enter_context(connect(self.url, origin=ORIGIN))
        snapshot = self.next_frame()
        assert snapshot["type"] == "snapshot"
        self._take_snapshot(snapshot)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.open.close()

    def next_frame(self, timeout: float = FRAME_TIMEOUT_SECONDS) -> Frame:
        frame: Frame = json.loads(self.socket.recv(timeout))
        check_frame(frame)
        return frame

    def next_of(self, kind: str) -> Frame:
        while (frame := self.next_frame())["type"] != kind:
            self.follow(frame)
        self.follow(frame)
        return frame

    def watch(self, seconds: float) -> None:
        """Follow the feed for ``seconds``."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                self.follow(self.next_frame(left))
            except TimeoutError:
                return

    def watch_until(self, seats: dict[int, tuple[str, int]], seconds: float) -> None:
        """Follow the feed until the map shows ``seats``, at most for ``seconds``."""
        deadline = time.monotonic() + seconds
        while self.seats != seats and time.monotonic() < deadline:
            self.watch(0.2)

    def follow(self, frame: Frame) -> None:
        if self.drop(frame):
            self.dropped += 1
        elif frame["type"] == "delta":
            for seat_id, status, version in frame["seats"]:
                if version > self.seats[seat_id][1]:
                    self.seats[seat_id] = (status, version)
        elif frame["type"] == "digest" and self._missed_something(frame):
            self.refetched += 1
            self._take_snapshot(orjson.loads(state.statuses_bytes(self.showtime_id)))

    def _missed_something(self, digest: Frame) -> bool:
        versions = sum(version for _status, version in self.seats.values())
        available = sum(status == "available" for status, _version in self.seats.values())
        return bool(
            digest["versions"] > versions
            or (digest["versions"] == versions and digest["available"] != available)
        )

    def _take_snapshot(self, document: Frame) -> None:
        for seat_id, status, version in document["seats"]:
            if seat_id not in self.seats or version >= self.seats[seat_id][1]:
                self.seats[seat_id] = (status, version)

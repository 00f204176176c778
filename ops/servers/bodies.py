"""Reads request bodies before their requests occupy a thread of the application.

A body that is not complete in time gets a 408 and its connection is closed, which also ends the
reading thread's wait. When all reading threads are busy, the oldest reading is given up: a body
that has arrived is read in less than a millisecond, so the oldest one belongs to a slow client.
"""

from __future__ import annotations

import io
import logging
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol

logger = logging.getLogger(__name__)

READINGS_MAX = 64
BODY_SECONDS = 10.0
# Larger bodies get time at this rate: 12 MB within about three minutes.
BYTES_PER_SECOND_MIN = 64 * 1024
BODY_BYTES_MAX = 16 * 1024 * 1024
MEMORY_BYTES_MAX = 256 * 1024  # of one body; the rest goes to a temporary file
CHUNK_BYTES = 64 * 1024
CLOSE = ("connection", "close")
METHODS_WITHOUT_BODY = frozenset(("GET", "HEAD", "OPTIONS"))
DEADLINE_POLL_SECONDS = 0.5


class Readable(Protocol):
    @property
    def scope(self) -> dict[str, Any]: ...

    def abort(self, status: int, code: str) -> None: ...


@dataclass(eq=False)
class Reading:
    request: Readable
    deadline: float


class BodyReader:
    """Reads in the calling thread, of which at most ``readings_max`` wait at a time."""

    def __init__(self, readings_max: int = READINGS_MAX) -> None:
        self._readings_max = readings_max
        self._lock = threading.Lock()
        # Oldest first; a dictionary as an ordered set. Whoever removes a reading responds.
        self._readings: dict[Reading, None] = {}
        threading.Thread(target=self._watch_deadlines, name="body-deadlines", daemon=True).start()

    @staticmethod
    def is_expected(scope: dict[str, Any]) -> bool:
        length = scope.get("CONTENT_LENGTH")
        if length is None:
            is_streamed = "HTTP_TRANSFER_ENCODING" in scope or scope["SERVER_PROTOCOL"] == "HTTP/2"
            return is_streamed and scope["REQUEST_METHOD"] not in METHODS_WITHOUT_BODY
        return bool(length != "0")

    def read(self, request: Readable) -> bool:
        """Replaces ``wsgi.input`` by the complete body. Otherwise responds and returns False."""
        length = _length(request.scope)
        if length > BODY_BYTES_MAX:
            request.abort(413, "too_large")
            return False
        seconds = BODY_SECONDS + length / BYTES_PER_SECOND_MIN
        reading = Reading(request, time.monotonic() + seconds)
        self._begin(reading)
        body, refusal = None, (400, "body_incomplete")
        try:
            body = _read(request.scope, length)
        except OSError as error:  # no space for a temporary file
            logger.error("a request body cannot be stored: %s", error.strerror)
            refusal = (503, "unavailable")
        with self._lock:
            is_given_up = self._readings.pop(reading, reading) is reading
        if is_given_up:
            return False
        if body is None:
            request.abort(*refusal)
            return False
        request.scope["wsgi.input"] = body
        return True

    def _begin(self, reading: Reading) -> None:
        slowest = None
        with self._lock:
            if len(self._readings) >= self._readings_max:
                slowest = next(iter(self._readings))
                del self._readings[slowest]
            self._readings[reading] = None
        if slowest:
            slowest.request.abort(503, "body_too_slow")

    def _watch_deadlines(self) -> None:
        while True:
            time.sleep(DEADLINE_POLL_SECONDS)
            at = time.monotonic()
            with self._lock:
                late = [reading for reading in self._readings if reading.deadline < at]
                for reading in late:
                    del self._readings[reading]
            for reading in late:
                reading.request.abort(408, "body_too_slow")


def _length(scope: dict[str, Any]) -> int:
    try:
        return max(0, int(scope.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0  # refused by Django


def _read(scope: dict[str, Any], length: int) -> Any:
    """The whole body as a file, or None if it ends early: its client is gone."""
    source = scope["wsgi.input"]
    if 0 < length <= MEMORY_BYTES_MAX:
        content = source.read(length)
        return io.BytesIO(content) if len(content) == length else None
    body = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES_MAX)  # noqa: SIM115  (Django closes)
    left = length or BODY_BYTES_MAX + 1
    while left > 0 and (chunk := source.read(min(CHUNK_BYTES, left))):
        body.write(chunk)
        left -= len(chunk)
    if length and left:
        return None
    body.seek(0)
    return body

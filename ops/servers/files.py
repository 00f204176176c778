"""Sends files, without occupying a thread of the application while a client reads slowly."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.http import FileResponse

# A response of this size fits into the server's buffers.
BUFFERED_BYTES_MAX = 256 * 1024
SENDERS_MAX = 32

_senders = threading.BoundedSemaphore(SENDERS_MAX)

Headers = list[tuple[str, str]]


class FileSender:
    """Replacement for granian's protocol. Responses other than files are passed on unchanged."""

    def __init__(self, protocol: Any, respond: Callable[..., None]) -> None:
        self._protocol, self._respond = protocol, respond
        self.response_bytes = protocol.response_bytes

    def response_iter(self, status: int, headers: Headers, body: Any) -> None:
        response = getattr(body, "inner", None)
        if not isinstance(response, FileResponse):
            self._protocol.response_iter(status, headers, body)
        elif int(response.headers.get("Content-Length", BUFFERED_BYTES_MAX + 1)) <= (
            BUFFERED_BYTES_MAX
        ):
            try:
                content = b"".join(response)
            finally:
                response.close()
            self._protocol.response_bytes(status, headers, content)
        elif _senders.acquire(blocking=False):
            arguments = (status, headers, body)
            threading.Thread(target=self._send, args=arguments, name="file", daemon=True).start()
        else:
            response.close()
            self._respond(503, "unavailable", ("retry-after", "5"))

    def _send(self, status: int, headers: Headers, body: Any) -> None:
        try:
            self._protocol.response_iter(status, headers, body)
        finally:
            connections.close_all()
            _senders.release()

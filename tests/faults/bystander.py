"""Visitor of pages that need no store, which must respond in time during a fault."""

from __future__ import annotations

import http.client
import threading
import time

from ops.stores.ports_and_secrets import LOOPBACK

PAGES = ("/healthz", "/api/v1/movies", "/")
PAUSE_SECONDS = 0.5
# Of a site whose every process shares two busy cores; a hung store is noticed within 3.5 s.
IN_TIME_SECONDS = 6.0


class Bystander(threading.Thread):
    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.is_over = threading.Event()
        self.answers = 0
        self.late: list[str] = []

    def run(self) -> None:
        while not self.is_over.wait(PAUSE_SECONDS):
            for path in PAGES:
                self._look_at(path)

    def stop(self) -> list[str]:
        """What was wrong with the answers."""
        self.is_over.set()
        self.join()
        return self.late if self.answers else ["the bystander saw no page"]

    def _look_at(self, path: str) -> None:
        began = time.monotonic()
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=4 * IN_TIME_SECONDS)
        try:
            connection.request("GET", path, headers={"Host": "localhost"})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            self.late.append(f"bystander: {path}: {type(error).__name__}")
            return
        finally:
            connection.close()
        took_seconds = time.monotonic() - began
        self.answers += 1
        if took_seconds > IN_TIME_SECONDS:
            self.late.append(f"bystander: {path} answered {status} after {took_seconds:.1f} s")

"""Health endpoints for load balancers and supervisors: liveness and readiness."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as ProbeTimeout

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

logger = logging.getLogger(__name__)

PROBE_SECONDS_MAX = 1.5  # readiness responds within 2 s, regardless of the stores
FRESH_SECONDS = 1.0  # frequent requests do not write more often than this
# A message in the write-ahead log that no subscriber reads: a real, durable write without a table.
WRITE_PROBE = (
    "SELECT CASE WHEN current_setting('transaction_read_only') = 'off'"
    " THEN pg_logical_emit_message(true, 'layar', 'readyz') END"
)


class Probe:
    """Runs ``check`` in a thread of its own, one at a time, and waits for it only briefly."""

    def __init__(self, check: Callable[[], bool]) -> None:
        self._check = check
        self._lock = threading.Lock()
        self._running: Future[bool] | None = None
        self._started_at = 0.0
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readyz")

    def begin(self) -> None:
        """Starts a check, unless one is running or its result is fresh."""
        with self._lock:
            is_stale = time.monotonic() - self._started_at > FRESH_SECONDS
            if self._running is None or (self._running.done() and is_stale):
                self._started_at = time.monotonic()
                self._running = self._executor.submit(self._check)

    def is_good(self) -> bool:
        """The result of the check that began last; False if it takes too long."""
        with self._lock:
            running, left = self._running, self._started_at + PROBE_SECONDS_MAX - time.monotonic()
        try:
            return running is not None and running.result(timeout=max(0.0, left))
        except ProbeTimeout:
            return False


def _can_write() -> bool:
    """Whether the primary accepts and stores a write."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(WRITE_PROBE)
            return bool(cursor.fetchone() != (None,))
    except DatabaseError as error:
        logger.warning("database not writable: %s", type(error.__cause__).__name__)
        return False
    finally:
        connection.close()


def _cache_works() -> bool:
    cache.set("readyz", 1, timeout=5)
    return bool(cache.get("readyz") == 1)


database_probe = Probe(_can_write)
cache_probe = Probe(_cache_works)


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> JsonResponse:
    """200 if the database can be written, else 503, within 2 s.

    The cache is reported only: without it the site works, slower.
    """
    database_probe.begin()
    cache_probe.begin()
    facts = {"database": database_probe.is_good(), "cache": cache_probe.is_good()}
    return JsonResponse(facts, status=200 if facts["database"] else 503)

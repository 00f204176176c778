"""Circuit breaker: after a failure a dependency is not used for a short pause.

An unreachable store then costs one timeout per pause and not one per request.
"""

from __future__ import annotations

import logging
import time

logger = logging.getLogger(__name__)


class CircuitBreaker:
    """State of one dependency in this process. ``until`` is a monotonic time."""

    def __init__(self, dependency: str, pause_seconds: float) -> None:
        self.dependency = dependency
        self.pause_seconds = pause_seconds
        self.until = 0.0

    def is_open(self) -> bool:
        """Whether the dependency must not be used now."""
        return time.monotonic() < self.until

    def trip(self, error: Exception) -> None:
        """Record a failure: open for ``pause_seconds``. Logs the kind of ``error`` only."""
        logger.error("%s unavailable: %s", self.dependency, type(error).__name__)
        self.until = time.monotonic() + self.pause_seconds

    def reset(self) -> None:
        self.until = 0.0

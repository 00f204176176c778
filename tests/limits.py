"""Rate limits in tests."""

from __future__ import annotations

from core.ratelimit import RateLimit

TEST_CLIENT_ADDRESS = "127.0.0.1"


def use_up(limit: RateLimit, actor: str = TEST_CLIENT_ADDRESS) -> None:
    """Spend the whole quota at once: asking by request, a slow machine would see it refill."""
    for _request in range(limit.amount):
        limit.hit(actor)

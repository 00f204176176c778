"""Rate limits in tests."""

from __future__ import annotations

from core.ratelimit import RateLimit

TEST_CLIENT_ADDRESS = "127.0.0.1"
SLACK_SECONDS = 5  # a used-up limit stays used up for this long, however slow the machine


def use_up(limit: RateLimit, actor: str = TEST_CLIENT_ADDRESS) -> None:
    """Use up the whole quota and the units that are refilled within SLACK_SECONDS."""
    returning = SLACK_SECONDS * limit.amount // limit.per_seconds
    for _request in range(limit.amount + returning + 2):
        limit.record(actor)

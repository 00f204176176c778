"""Fixtures for every test. Stores come from tests/settings.py."""

from __future__ import annotations

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.utils import translation

from movies.catalogue import cache as catalogue_cache
from seating.seatmap import state
from tests.emptying import empty_quickly

empty_quickly()
broker = redis.Redis.from_url(settings.BROKER_URL)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """A test never sees what another left in Redis; each test process has its own database."""
    cache.clear()
    broker.flushdb()
    catalogue_cache.invalidate()


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """A test never speaks the language that the one before it spoke last."""
    translation.deactivate()


@pytest.fixture
def lasting_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seat map stays fresh for longer than the slowest machine takes to read it again."""
    monkeypatch.setattr(state, "STATUSES_FRESH_SECONDS", 30)

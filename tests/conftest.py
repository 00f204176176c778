"""Fixtures for every test. Stores come from tests/settings.py."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from movies import generations


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """A test never sees what another left in Redis; each test process has its own database."""
    cache.clear()
    generations.forget()

"""Fixtures for every test. Stores come from tests/settings.py."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from cinema_project import celery
from cinema_project.celery import app
from movies.catalogue import cache as catalogue_cache
from movies.catalogue import free_seats
from seating.seatmap import state
from seating.waiting_room import rooms
from tests.emptying import empty_quickly
from tests.template_database import migrated_template

empty_quickly()
broker = redis.Redis.from_url(settings.BROKER_URL)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Copy a migrated database instead of migrating in each process and step."""
    template = migrated_template(os.environ["DATABASE_URL"])
    connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Empty Redis before each test; each test process has its own database."""
    cache.clear()
    broker.flushdb()
    celery.broker.reset()  # a test before this one may have had none
    catalogue_cache.invalidate()
    free_seats.invalidate()
    rooms.keep(())  # as the periodic task does


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """Reset the active language before each test."""
    translation.deactivate()


@pytest.fixture
def lasting_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep seat maps fresh for longer than a slow machine takes to read them again."""
    monkeypatch.setattr(state, "STATUSES_FRESH_SECONDS", 30)


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def eager_tasks() -> Iterator[None]:
    """Run Celery tasks in the calling process."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from bookings.payments import registry
from tests.bookings import schedule_boards
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import book_violations
from tests.factories import make_manager


@pytest.fixture
def consistent_books(db: None) -> Iterator[None]:
    """Asserts after the test that money, seats, tickets and ledger agree."""
    yield
    assert book_violations() == []


@pytest.fixture
def bank(settings: Settings) -> FakeProvider:
    """A payment provider called "paper", offered beside the sandbox."""
    settings.PAYMENT_PROVIDERS = {
        **settings.PAYMENT_PROVIDERS,
        "paper": "tests.bookings.fake_provider.FakeProvider",
    }
    paper = cast(FakeProvider, registry.provider("paper"))
    paper.reset()
    return paper


@pytest.fixture
def monday_noon() -> Iterator[None]:
    """Monday noon, the day before the schedule of ``schedule_boards.open_cinema_with_schedule``."""
    with time_machine.travel(schedule_boards.AT, tick=False):
        yield


@pytest.fixture
def schedule(db: None) -> schedule_boards.Schedule:
    return schedule_boards.open_cinema_with_schedule()


@pytest.fixture
def manager(client: Client, schedule: schedule_boards.Schedule) -> User:
    """Manager of the schedule's cinema, signed in, in English."""
    user = make_manager(schedule.cinema)
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return user

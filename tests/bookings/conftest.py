from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from bookings.payments import registry
from tests.bookings import boards
from tests.bookings.paper_bank import PaperBank
from tests.bookings.scenes import faults_in_the_books
from tests.factories import make_manager


@pytest.fixture
def books(db: None) -> Iterator[None]:
    """After the test, whatever it did: money, seats, tickets and ledger agree."""
    yield
    assert faults_in_the_books() == []


@pytest.fixture
def bank(settings: Settings) -> PaperBank:
    """A payment provider called "paper", offered beside the sandbox."""
    settings.PAYMENT_PROVIDERS = {
        **settings.PAYMENT_PROVIDERS,
        "paper": "tests.bookings.paper_bank.PaperBank",
    }
    paper = cast(PaperBank, registry.provider("paper"))
    paper.forget_everything()
    return paper


@pytest.fixture
def monday_noon() -> Iterator[None]:
    """The day before the programme of ``boards.open_cinema_with_schedule``."""
    with time_machine.travel(boards.AT, tick=False):
        yield


@pytest.fixture
def schedule(db: None) -> boards.Schedule:
    return boards.open_cinema_with_schedule()


@pytest.fixture
def manager(client: Client, schedule: boards.Schedule) -> User:
    """Of the programme's cinema, signed in, reading English."""
    user = make_manager(schedule.cinema)
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return user

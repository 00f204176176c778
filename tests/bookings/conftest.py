from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from pytest_django import Settings

from bookings.payments import registry
from tests.bookings.paper_bank import PaperBank
from tests.bookings.scenes import faults_in_the_books


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

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.movies import scenes


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """It is Monday noon in Jakarta."""
    with time_machine.travel(scenes.NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def chain(db: None, noon: object) -> scenes.Chain:
    return scenes.open_chain()

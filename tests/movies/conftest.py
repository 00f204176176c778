from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from tests.factories import make_manager, make_user
from tests.movies.chain import NOON, Chain, open_chain


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """Set the clock to Monday noon in Jakarta."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def chain(db: None, noon: object) -> Chain:
    return open_chain()


@pytest.fixture
def office(client: Client, chain: Chain) -> Client:
    """Client of the manager of the cinema in Menteng."""
    client.force_login(make_manager(chain.menteng))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def head_office(client: Client, chain: Chain) -> Client:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client

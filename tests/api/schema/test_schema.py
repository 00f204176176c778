"""Generated requests against the whole API in three roles: no server error, no response outside
the schema, nothing of another customer.

LAYAR_HYPOTHESIS=long sends more than a hundred times as many requests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from pytest_django import Settings
from schemathesis.config import SchemathesisConfig

from tests.api.schema.asking import Findings, findings_of
from tests.api.schema.callers import ROLES, make_caller
from tests.bookings.conftest import bank as bank  # a fixture
from tests.bookings.fake_provider import FakeProvider

pytestmark = pytest.mark.django_db

IS_LONG = os.environ.get("LAYAR_HYPOTHESIS") == "long"
# Operations that a role may never call.
FOR_WHO_SIGNED_IN = {"DELETE /api/v1/auth/token", "GET /api/v1/me", "PATCH /api/v1/me"}
SIGN_IN, CHECK_IN = "POST /api/v1/auth/token", "POST /api/v1/check-ins"
CLOSED = {
    "guest": FOR_WHO_SIGNED_IN | {SIGN_IN, CHECK_IN},
    "customer": {SIGN_IN, CHECK_IN},
    "staff": {SIGN_IN},
}
EXAMPLES = 1_000 if IS_LONG else 4


def operations() -> list[Any]:
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/schema/?format=json", WSGIHandler(), config=SchemathesisConfig()
    )
    results: list[Any] = list(schema.get_all_operations())
    return [result.ok() for result in results]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The application answers within the test's own transaction, as Django's test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("role", ROLES)
def test_every_operation_conforms_to_the_schema(
    role: str, settings: Settings, bank: FakeProvider
) -> None:
    settings.RATE_LIMIT_FACTOR = 100_000  # limits have tests of their own
    settings.SANDBOX_API_URL = "http://127.0.0.1:9/"  # a closed port, which refuses at once
    caller = make_caller(role)
    before = caller.victim.state()
    found: Findings = {}
    seen: dict[str, list[int]] = {}
    for operation in operations():
        found |= findings_of(operation, caller, seen, examples=EXAMPLES)

    never_let_in = {label for label, statuses in seen.items() if statuses[0] >= 300}
    assert not found, "\n\n".join(f"{key}\n{finding}" for key, finding in found.items())
    assert caller.victim.state() == before
    assert CLOSED[role] <= never_let_in

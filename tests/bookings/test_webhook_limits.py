"""Rate limits apply to unsigned webhooks only."""

from __future__ import annotations

import pytest
from django.test import Client

from bookings.settlement.webhooks import FORGERIES_BY_ADDRESS
from tests.limits import use_up

pytestmark = pytest.mark.django_db


def test_forged_webhooks_from_one_address_are_rate_limited() -> None:
    def call(address: str) -> int:
        return (
            Client(REMOTE_ADDR=address)
            .post("/webhooks/sandbox/", b"{}", content_type="application/json")
            .status_code
        )

    use_up(FORGERIES_BY_ADDRESS, "198.51.100.7")

    assert [call("198.51.100.7"), call("198.51.100.8")] == [429, 400]

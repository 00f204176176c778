"""The API's description of itself. Whether it is true: tests/api/schema."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_openapi_document_describes_every_address() -> None:
    schema = Client().get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    assert set(schema["paths"]) >= {
        f"/api/v1/{path}"
        for path in (
            "showtimes/{showtime_id}/layout",
            "showtimes/{showtime_id}/seats",
            "showtimes/{showtime_id}/holds",
            "holds/{hold_id}",
            "holds/{hold_id}/quote",
            "bookings",
            "bookings/{code}",
            "bookings/{code}/payments",
            "bookings/{code}/tickets",
            "bookings/{code}/abandon",
            "bookings/{code}/cancellation",
            "tickets",
            "ticket-types",
            "payment-providers",
        )
    }

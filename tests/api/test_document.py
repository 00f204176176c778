"""The OpenAPI document. tests/api/schema compares it with real responses."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cinema_project.api.schema_view import SchemaView

pytestmark = pytest.mark.django_db


def test_openapi_document_describes_every_address() -> None:
    schema = Client().get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    assert set(schema["paths"]) >= {
        f"/api/v1/{path}"
        for path in (
            "showtimes/{showtime_id}/layout",
            "showtimes/{showtime_id}/seats",
            "showtimes/{showtime_id}/hold",
            "showtimes/{showtime_id}/holds",
            "holds/{hold_id}",
            "holds/{hold_id}/quote",
            "bookings",
            "bookings/{code}",
            "bookings/{code}/payments",
            "bookings/{code}/tickets",
            "bookings/{code}/tickets.pdf",
            "bookings/{code}/calendar.ics",
            "bookings/{code}/abandon",
            "bookings/{code}/claim",
            "config",
            "bookings/{code}/cancellation",
            "showtimes/{showtime_id}/waitlist",
            "waitlist/{entry_id}",
            "waitlist/{entry_id}/acceptance",
            "tickets",
            *("account", "account/confirmation", "account/sessions", "account/session"),
            *("account/password-reset", "account/password", "account/email", "account/totp"),
            *("account/passkeys", "account/data", "account/deletion"),
            "ticket-types",
            "payment-providers",
        )
    }


def test_document_is_generated_once_per_language_and_format(monkeypatch: Any) -> None:
    monkeypatch.setattr(SchemaView, "_documents", {})
    client = Client()
    first = client.get("/api/v1/schema/", headers={"Accept": "application/json"})

    monkeypatch.setattr(SchemaView, "generator_class", None)  # would fail
    for query in ("", "?version=2", "?utm_source=x", "?lang=xx"):
        again = client.get(f"/api/v1/schema/{query}", headers={"Accept": "application/json"})
        assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert "api-schema" not in first.content.decode()

"""What an app reads when it starts."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client, override_settings
from django.utils import timezone


@pytest.mark.django_db
@override_settings(
    MINIMUM_APP_VERSION="2.4.0",
    SITE_URL="https://tickets.example",
    LIVE_PORT="8001",
    SANDBOX_ENABLED=False,
    SMS_BACKEND="http",
)
def test_config_names_time_limits_and_minimum_version() -> None:
    before = timezone.now()
    answer = Client().get("/api/v1/config")
    found = answer.json()
    server_time = datetime.fromisoformat(found.pop("server_time"))

    assert before <= server_time <= timezone.now()
    assert found == {
        "minimum_app_version": "2.4.0",
        "languages": ["id", "en"],
        "hold_seconds": 300,
        "hold_extension_seconds": 300,
        "hold_seats_max": 8,
        "features": ["sms", "waitlist"],
        "live_seats_url": "wss://tickets.example:8001/ws/showtimes/{showtime}/seats/",
        "prices_include_fee": True,
    }
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_config_is_read_with_an_expired_token_too() -> None:
    answer = Client(headers={"Authorization": "Token expired"}).get("/api/v1/config")

    assert (answer.status_code, "hold_seconds" in answer.json()) == (200, True)

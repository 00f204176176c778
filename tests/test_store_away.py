"""The site while PostgreSQL is unavailable or a lock times out: 503 with Retry-After, and no
change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.factories.places import free_seats, make_showtime, make_user

pytestmark = pytest.mark.django_db


@contextmanager
def store_away() -> Iterator[None]:
    def refuse(*_query: Any) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse):
        yield


def test_page_without_database_offers_a_retry(client: Client) -> None:
    showtime = make_showtime()

    with store_away():
        answer = client.get(f"/en/showtimes/{showtime.pk}/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "Nothing was changed. Please try again in a moment." in answer.content.decode()


def test_page_of_a_signed_in_user_without_database(client: Client) -> None:
    client.force_login(make_user())
    showtime = make_showtime()

    with store_away():
        answer = client.get(f"/en/showtimes/{showtime.pk}/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "Nothing was changed. Please try again in a moment." in answer.content.decode()


def test_script_request_without_database(client: Client) -> None:
    showtime = make_showtime()
    wanted = {"seats": [free_seats(showtime, 1)[0].seat_id]}

    with store_away():
        answer = client.post(
            f"/en/showtimes/{showtime.pk}/hold/",
            wanted,
            content_type="application/json",
            headers={"Accept": "application/json"},
        )

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")

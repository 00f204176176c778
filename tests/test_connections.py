"""Persistent database connections: checked before use, replaced when they are dead."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from tests.factories.places import free_seats, make_showtime

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("new_connection")]
END_MS = 10_000  # time for the server to end one


@pytest.fixture
def new_connection() -> Iterator[None]:
    """Close this test's connection, so that no later test uses it."""
    yield
    connection.close()


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
    return int(backend)


def _begin_request() -> None:
    """Django's checks of each connection at the start of a request."""
    session: Any = connection
    session.close_if_unusable_or_obsolete()
    session.health_check_enabled = True
    session.health_check_done = False


def test_connection_that_lives_is_kept_without_a_query() -> None:
    first = _backend()
    _begin_request()
    assert connection.is_usable()  # queries, and then not for a while
    sent: list[str] = []
    original: Any = psycopg.Cursor.execute

    def spy(cursor: Any, query: Any, *rest: Any, **options: Any) -> Any:
        sent.append(str(query))
        return original(cursor, query, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", spy)
        assert connection.is_usable()

    assert (_backend(), sent) == (first, [])


def test_connection_that_the_server_ended_is_replaced() -> None:
    first = _backend()
    _begin_request()
    assert connection.is_usable()
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s, %s)", [first, END_MS])
    _begin_request()

    with transaction.atomic():
        second = _backend()

    assert second != first


def test_write_on_a_read_only_server_is_a_temporary_failure_and_replaces_the_connection() -> None:
    first = _backend()
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        with pytest.raises(OperationalError) as raised:
            cursor.execute("CREATE TABLE refused ()")
    _begin_request()

    assert isinstance(raised.value.__cause__, psycopg.errors.ReadOnlySqlTransaction)
    assert _backend() != first


def test_hold_on_a_read_only_server_is_unavailable(client: Client) -> None:
    showtime = make_showtime()
    seat = free_seats(showtime, 1)[0].seat_id
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")

    for _general_then_fast_path in range(2):
        response = client.post(
            f"/api/v1/showtimes/{showtime.pk}/holds",
            {"seats": [seat]},
            content_type="application/json",
        )
        assert (response.status_code, response.json()["code"]) == (503, "unavailable")


def test_server_that_does_not_respond_is_given_up() -> None:
    session: Any = connection
    _backend()
    session.connection.response_seconds = 0.5
    began = time.monotonic()
    with (
        connection.cursor() as cursor,
        pytest.raises(OperationalError, match=r"no response .* 0.5 s"),
    ):
        cursor.execute("SELECT pg_sleep(30)")

    assert time.monotonic() - began < 5
    assert not connection.is_usable()

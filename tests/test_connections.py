"""Kept database connections: looked at before use, replaced when they are dead."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

pytestmark = pytest.mark.django_db(transaction=True)
END_MS = 10_000  # how long the server may take to end one


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
    return int(backend)


def _begin_request() -> None:
    """What Django does with each connection when a request starts."""
    session: Any = connection
    session.close_if_unusable_or_obsolete()
    session.health_check_enabled = True
    session.health_check_done = False


def test_connection_that_lives_is_kept_without_a_query() -> None:
    first = _backend()
    _begin_request()
    assert connection.is_usable()  # asks, and then not for a while
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

"""The queries of a report share one deadline."""

from __future__ import annotations

import time

import pytest
from django.db import OperationalError, connection, transaction

from reports.figures.snapshot import ReportTimeout, _Deadline

pytestmark = pytest.mark.django_db(transaction=True)


def ask(sql: str, deadline: _Deadline) -> int:
    with (
        transaction.atomic(),
        connection.execute_wrapper(deadline),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
        [answer] = cursor.fetchone()
    return int(answer)


def test_query_within_the_limit_succeeds() -> None:
    assert ask("SELECT 7", _Deadline(time.monotonic() + 5)) == 7


def test_slow_query_is_cancelled() -> None:
    began = time.monotonic()
    with pytest.raises(ReportTimeout):
        ask("SELECT 7 FROM pg_sleep(10)", _Deadline(began + 0.3))
    assert time.monotonic() - began < 5


def test_query_after_the_deadline_is_not_run() -> None:
    with pytest.raises(ReportTimeout):
        ask("SELECT 7", _Deadline(time.monotonic() - 1))


def test_other_errors_are_not_timeouts() -> None:
    with pytest.raises(OperationalError) as failure:
        ask("SELECT pg_terminate_backend(pg_backend_pid())::int", _Deadline(time.monotonic() + 5))
    assert type(failure.value) is OperationalError
    connection.close()

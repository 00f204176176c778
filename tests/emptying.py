"""Database clean-up after tests that commit.

Django truncates every table and then recreates content types and permissions, which takes as long
again. Here the rows made by ``migrate`` stay, and a test that committed nothing truncates nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.test import TransactionTestCase
from psycopg import sql

# No table that tests write to is referenced by these two, so they can be left out.
MADE_BY_MIGRATE = {"django_content_type", "auth_permission"}

_case: Any = TransactionTestCase
_flush: Callable[[TransactionTestCase], None] = _case._fixture_teardown


def empty_quickly() -> None:
    """Install this clean-up for tests with ``transaction=True``."""
    _case._fixture_teardown = _empty


def _empty(case: TransactionTestCase) -> None:
    names = list(case._databases_names(include_mirrors=False))  # type: ignore[attr-defined]
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    if names != [DEFAULT_DB_ALIAS] or not _tables_with_rows(tables) >= MADE_BY_MIGRATE:
        _flush(case)
        return
    emptied = sorted({*tables} - MADE_BY_MIGRATE)
    if _tables_with_rows(emptied):
        listed = sql.SQL(", ").join(sql.Identifier(table) for table in emptied)
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("TRUNCATE {}").format(listed))


def _tables_with_rows(tables: list[str]) -> set[str]:
    answers = sql.SQL(", ").join(
        sql.SQL("EXISTS (SELECT FROM {})").format(sql.Identifier(table)) for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {}").format(answers))
        return {table for table, has in zip(tables, cursor.fetchone(), strict=True) if has}

"""Prepared statements (planned once per session) and ORM queries compiled once per process.

A checkout repeats the same queries with other values. Compiling and planning them each time costs
several times as much as running them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

Found = TypeVar("Found")


HISTORY = "pghistory.runtime"  # whose wrapper prepends its context to writes, not to reads


def execute_prepared(
    statement: str, values: Sequence[Any] | Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Run a prepared ``statement`` and return its rows.

    Not prepared under execute wrappers, such as pghistory's around a write in the admin or a task:
    it makes two statements of one, which cannot be prepared.
    """
    is_read = statement.lstrip().startswith("SELECT")
    wrappers = connection.execute_wrappers
    if any(not is_read or each.__module__ != HISTORY for each in wrappers):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
    connection.close_if_health_check_failed()  # as connection.cursor() does
    connection.ensure_connection()
    session: psycopg.Connection = connection.connection
    # Django's own cursors bind on the client and are not touched by this.
    session.prepare_threshold = 0 if settings.DATABASE_PREPARES else None
    prepared: Any = psycopg.Cursor(session)
    if connection.queries_logged:
        with connection.make_debug_cursor(prepared) as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
    connection.validate_no_broken_transaction()  # as Django's cursor does
    with connection.wrap_database_errors, prepared:
        prepared.execute(statement, values)
        rows: list[tuple[Any, ...]] = prepared.fetchall()
    return rows


def pg_array(numbers: Iterable[int]) -> str:
    """An array literal: psycopg would inspect each element first."""
    return f"{{{','.join(map(str, numbers))}}}"


def has_related(instance: Model, name: str) -> bool:
    """Whether ``instance.name`` was prefetched, or kept by ``keep_related``."""
    return name in getattr(instance, "_prefetched_objects_cache", {})


def keep_related(instance: Model, name: str, back: str, rows: Sequence[Model]) -> None:
    """Let ``instance.name`` be ``rows``, as after ``prefetch_related``; ``back``: their field.

    Django can only prefetch by a query that it compiles and plans each time, so this sets what its
    prefetch_one_level sets.
    """
    found = getattr(instance, name).all()
    found._result_cache, found._prefetch_done = list(rows), True
    known: dict[str, Any] = getattr(instance, "_prefetched_objects_cache", {})
    instance._prefetched_objects_cache = known | {name: found}  # type: ignore[attr-defined]
    for row in rows:
        setattr(row, back, instance)


class _Compiled(NamedTuple):
    sql: str
    # For each parameter its index among the values, or its constant value.
    parameters: tuple[tuple[int | None, Any], ...]
    compiler: SQLCompiler
    converters: dict[int, Any]


class CompiledQuery(Generic[Found]):
    """A queryset that is compiled once and run with other values.

    ``build`` is called once with ``examples`` as placeholders; each must differ from every
    constant of the query. Values are passed on as they are, without the field's preparation.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Found]], *examples: Any) -> None:
        self._build = build
        self._examples = examples
        self._compiled: _Compiled | None = None
        self._populate: Callable[[Sequence[Any]], Any] = tuple

    def all(self, *values: Any) -> list[Found]:
        sql, parameters, compiler, converters = self._compiled or self._compile()
        if compiler.query.select_for_update and not connection.in_atomic_block:
            raise TransactionManagementError("locking rows needs a transaction")
        given = [always if at is None else values[at] for at, always in parameters]
        rows: Iterable[Sequence[Any]] = execute_prepared(sql, given)
        if converters:
            rows = compiler.apply_converters(rows, converters)
        return [self._populate(row) for row in rows]

    def first(self, *values: Any) -> Found | None:
        found = self.all(*values)
        return found[0] if found else None

    def _compile(self) -> _Compiled:
        queryset = self._build(*self._examples)
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        places = tuple(map(self._place, parameters))
        if {at for at, _always in places} - {None} != set(range(len(self._examples))):
            raise ValueError("an example does not occur among the query's parameters")
        if issubclass(queryset._iterable_class, ModelIterable):
            self._populate = _populator(compiler)
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        # Cached: the compiler would look them up for each result.
        self._compiled = _Compiled(sql, places, compiler, compiler.get_converters(columns))
        return self._compiled

    def _place(self, parameter: Any) -> tuple[int | None, Any]:
        for at, example in enumerate(self._examples):
            if type(parameter) is type(example) and parameter == example:
                return at, None
        return None, parameter


def _populator(compiler: SQLCompiler) -> Callable[[Sequence[Any]], Any]:
    """Build model instances from rows, as Django's ModelIterable does."""
    kind, select, annotations = compiler.klass_info, compiler.select, compiler.annotation_col_map
    model, places = kind["model"], kind["select_fields"]
    start, end = places[0], places[-1] + 1
    names = [column[0].target.attname for column in select[start:end]]
    related = get_related_populators(kind, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # the stubs know a later Django's

    def populate(row: Sequence[Any]) -> Any:
        found = model.from_db(DEFAULT_DB_ALIAS, names, row[start:end])
        for one in related:
            one.populate(row, found)
        for name, at in annotations.items():
            setattr(found, name, row[at])
        return found

    return populate

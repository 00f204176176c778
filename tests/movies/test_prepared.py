"""A query that is compiled once has the same results as one that is compiled each time."""

from __future__ import annotations

from uuid import UUID, uuid4

import pghistory
import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from core.db.prepared import (
    CompiledQuery,
    execute_prepared,
    has_related,
    keep_related,
    pg_array,
)
from movies.models import Showtime
from tests.factories import make_showtime


def with_places(showtime_id: int) -> QuerySet[Showtime]:
    return Showtime.objects.with_places().filter(pk=showtime_id)


def locked(showtime_id: int) -> QuerySet[Showtime]:
    return Showtime.objects.select_for_update(of=("self",), no_key=True).filter(pk=showtime_id)


@pytest.mark.django_db
def test_prepared_query_finds_whole_models_with_what_they_point_to() -> None:
    one, other = make_showtime(), make_showtime()
    query = CompiledQuery(with_places, 987_654_321)

    found = [query.first(one.pk), query.first(other.pk), query.first(0)]

    assert found == [one, other, None]
    with CaptureQueriesContext(connection) as queries:
        assert found[0] is not None
        assert found[0].studio.cinema == one.studio.cinema
        assert found[0].movie == one.movie
        again = Showtime.objects.with_places().values().get(pk=one.pk)
    assert len(queries) == 1
    assert {name: getattr(found[0], name) for name in again} == again


@pytest.mark.django_db
def test_prepared_query_gives_values_as_the_orm_does() -> None:
    showtime = make_showtime()
    query = CompiledQuery(
        lambda pk: Showtime.objects.filter(pk=pk).values_list("pk", "starts_at"), 987_654_321
    )

    assert query.all(showtime.pk) == [(showtime.pk, showtime.starts_at)]


@pytest.mark.django_db(transaction=True)
def test_prepared_lock_needs_a_transaction() -> None:
    query = CompiledQuery(locked, 987_654_321)

    with pytest.raises(TransactionManagementError):
        query.first(1)


@pytest.mark.django_db
def test_example_that_is_not_in_the_query_is_refused() -> None:
    query = CompiledQuery(lambda _pk: Showtime.objects.filter(base_price_rupiah=7), UUID(int=1))

    with pytest.raises(ValueError, match="does not occur"):
        query.all(uuid4())


@pytest.mark.django_db
def test_only_reads_are_prepared_while_changes_are_recorded() -> None:
    """A task's changes carry its name in the audit log, and its reads are still planned once."""
    with pghistory.context(task="a test"):
        execute_prepared("SELECT %s::int AS read_in_a_task", [1])
        execute_prepared("WITH n AS (SELECT 1) SELECT %s::int AS written_in_a_task", [1])
        named = execute_prepared("SELECT statement FROM pg_prepared_statements", [])

    prepared = " ".join(statement for (statement,) in named)
    assert ("read_in_a_task" in prepared, "written_in_a_task" in prepared) == (True, False)


@pytest.mark.django_db
def test_kept_related_rows_are_found_without_a_query() -> None:
    showtime = make_showtime()
    seats = list(showtime.seats.order_by("pk"))
    again = Showtime.objects.get(pk=showtime.pk)

    keep_related(again, "seats", "showtime", seats)

    with CaptureQueriesContext(connection) as queries:
        found = (list(again.seats.all()), again.seats.all()[0].showtime is again)
    assert (found, has_related(again, "seats"), len(queries)) == ((seats, True), True, 0)


@pytest.mark.django_db
def test_rows_of_binds_by_name() -> None:
    given = {"numbers": pg_array([3, 1]), "at_least": 2}

    rows = execute_prepared(
        "SELECT n FROM unnest(%(numbers)s::bigint[]) AS n WHERE n >= %(at_least)s", given
    )

    assert rows == [(3,)]

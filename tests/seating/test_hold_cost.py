"""Query counts of holds."""

from __future__ import annotations

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from seating.holds import transitions
from seating.models import Seat
from tests.factories import make_showtime
from tests.seating.test_holds import SITI, seat_ids

pytestmark = pytest.mark.django_db


def test_first_hold_needs_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)

    with django_assert_num_queries(3):  # the test's savepoint, the statement, release
        transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first, second])


def test_every_change_is_a_heap_only_update() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    indexed = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'seating_showtimeseat'")
        for (definition,) in cursor.fetchall():
            indexed |= set(definition.partition("(")[2].rstrip(")").split(", "))

    assert indexed == {"id", "showtime_id", "seat_id"}
    assert Seat.objects.count() == showtime.seats.count() == 1

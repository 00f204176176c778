"""Years of sales: the last week of the demo, copied into the weeks before it.

Runs inside PostgreSQL, table by table, so that a million tickets take minutes. Every constraint,
foreign key and trigger is active while it is written, and each week is one transaction: an
interrupted run continues where it stopped. Only bookings that the demo itself wrote are copied,
without those that used a voucher, whose uses are counted. All years have the same films.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min, Model

from bookings.models import Ticket
from demo import chain
from demo.history.copies import JOINS, NUMBERED, Week, choose, reserve, statements
from demo.programme import DAYS_BACK
from movies.models import Cinema, Movie, Showtime, Studio

WEEKS_MAX = 520
SMALL = (Cinema, Studio, Movie)  # too small for autovacuum to analyze


def copy_history_back(tickets: int, at: datetime) -> Iterator[tuple[date, int]]:
    """Add weeks until the chain has sold ``tickets``; yields each week's first day and the sum.

    Nothing happens where that many are sold already.
    """
    sold = Ticket.objects.live().count()
    for _week in range(WEEKS_MAX):
        if sold >= tickets:
            return
        first_day, added = _add_week(at)
        if not added:
            raise RuntimeError("the demo's last week sold nothing that could be copied")
        sold += added
        yield first_day, sold


def analyze() -> None:
    """Update planner statistics without waiting for autovacuum."""
    with connection.cursor() as cursor:
        models: list[type[Model]] = [*JOINS, *SMALL]
        for model in models:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


@transaction.atomic
def _add_week(at: datetime) -> tuple[date, int]:
    cinemas = list(Cinema.objects.filter(slug__in=[cinema.slug for cinema in chain.CINEMAS]))
    last_day = min(cinema.business_date(at) for cinema in cinemas) - timedelta(days=1)
    first_day = last_day - timedelta(days=DAYS_BACK - 1)
    earliest = Showtime.objects.aggregate(day=Min("business_date"))["day"]
    back = (last_day - earliest).days // DAYS_BACK + 1
    with connection.cursor() as cursor:
        # Slower than the statement timeout of requests; foreign keys are checked at the end.
        cursor.execute("SET LOCAL statement_timeout = 0")
        # Sort and hash in memory; a week that is lost in a crash is added again.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SET LOCAL synchronous_commit = off")
        tables = ", ".join(model._meta.db_table for model in NUMBERED)
        cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
        choose(cursor, first_day, last_day, [cinema.pk for cinema in cinemas], back)
        week = Week(back, {model._meta.db_table: reserve(cursor, model) for model in NUMBERED})
        for statement in statements(week):
            cursor.execute(statement)
        cursor.execute(
            "SELECT count(*) FROM bookings_ticket t JOIN chosen_order o ON o.id = t.booking_id"
            " WHERE t.issued_at IS NOT NULL AND t.voided_at IS NULL"
        )
        [tickets] = cursor.fetchone()
        cursor.execute("DROP TABLE chosen_order, chosen_show")
    return first_day - timedelta(days=DAYS_BACK * back), tickets

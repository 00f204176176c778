"""Dashboard figures of each cinema's business day.

A business day begins at 05:00 in the cinema's own zone. ``figures`` runs ``QUERIES`` queries for
any number of cinemas, through indexes on days, showtimes or open rows, so the cost
does not grow with the history. ``reports.dashboard.labels`` defines each figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from movies.models import Cinema
from reports.dashboard.queries import Counts, count
from reports.dashboard.types import CinemaFigures, Day, Numbers
from reports.models import Incident

QUERIES = 9


def figures(cinemas: Iterable[Cinema], at: datetime) -> list[CinemaFigures]:
    """JSON-ready figures of each cinema for the business day containing ``at``."""
    days = [Day.of(cinema, at) for cinema in cinemas]
    counts = count(days)
    return [_cinema_figures(day, counts) for day in days]


def _cinema_figures(day: Day, counts: Counts) -> CinemaFigures:
    cinema = day.cinema.pk
    money = counts.money[cinema]
    films, showtimes = counts.films[cinema], counts.showtimes[cinema]
    refunds_due, refunds_due_rupiah = counts.refunds_due[cinema]
    return {
        "cinema": cinema,
        "name": day.cinema.name,
        "date": day.starts_at.date().isoformat(),
        "numbers": {
            "tickets_sold": sum(film["tickets"] for film in films),
            "received_rupiah": money.received_rupiah,
            "given_back_rupiah": money.given_back_rupiah,
            "revenue_rupiah": money.received_rupiah - money.given_back_rupiah,
            "seats_sold": sum(showtime["sold"] for showtime in showtimes),
            "seats_capacity": sum(showtime["capacity"] for showtime in showtimes),
            "seats_held_now": counts.held_now[cinema],
            "failed_payments": money.failed,
            "refunds_due": refunds_due,
            "refunds_due_rupiah": refunds_due_rupiah,
            "incidents": counts.incidents[cinema],
        },
        "hours_rupiah": money.hours_rupiah,
        "hours_last_week_rupiah": money.hours_last_week_rupiah,
        "films": films,
        "methods_rupiah": dict(money.methods_rupiah.most_common()),
        "showtimes": showtimes,
    }


def total(cinemas: Iterable[CinemaFigures], *, chain_incidents: int = 0) -> Numbers:
    """The sum of every number over these cinemas, plus the chain's own incidents."""
    added = [cast("dict[str, int]", cinema["numbers"]) for cinema in cinemas]
    names = Numbers.__annotations__
    summed = {name: sum(numbers[name] for numbers in added) for name in names}
    summed["incidents"] += chain_incidents
    return cast(Numbers, summed)


def chain_incidents() -> int:
    """Open incidents without a cinema, such as failed backups."""
    return Incident.objects.unresolved().filter(cinema__isnull=True).count()

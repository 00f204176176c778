"""Admissions by film and distributor, from live tickets."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import BigIntegerField, Count, F, Q, Sum
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from bookings.models import Ticket
from movies.models import Movie
from reports.figures import columns
from reports.figures.report import NOT_NAMED, Chart, Column, Kind, Report
from reports.figures.scope import Basis, ReportScope

SHOWTIMES = Column(
    "showtimes",
    _("Showtimes"),
    _("Showtimes of these days that were not cancelled, also empty and coming ones."),
    Kind.COUNT,
)
TICKETS = Column(
    "tickets",
    _("Tickets"),
    _("Tickets sold for these showtimes that have not been voided."),
    Kind.COUNT,
)
ADMITTED = Column(
    "admitted", _("Admitted"), _("Those of them with which a guest was admitted."), Kind.COUNT
)
BOX_OFFICE = Column(
    "box_office_rupiah",
    _("Box office"),
    _("Prices of these tickets less vouchers, without the service fee; tax is contained."),
    Kind.RUPIAH,
)
KEYS = ("showtimes", "tickets", "admitted", "box_office_rupiah")


def by_movie(scope: ReportScope) -> dict[int, dict[str, int]]:
    """Figures by film id, in two queries."""
    rows: defaultdict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KEYS, 0))
    shown = scope.showtimes().values_list("movie").annotate(times=Count("pk"))
    for movie, times in shown.order_by():
        rows[movie]["showtimes"] = times
    tickets = scope.narrow(Ticket.objects.live(), "booking__", "issued_at")
    sold = tickets.values_list("booking__showtime__movie").annotate(
        tickets=Count("pk"),
        admitted=Count("pk", filter=Q(checked_in_at__isnull=False)),
        paid=Sum(Cast(F("price_rupiah") - F("discount_rupiah"), BigIntegerField())),
    )
    for movie, count, admitted, paid in sold:
        rows[movie] |= {"tickets": count, "admitted": admitted, "box_office_rupiah": paid}
    return dict(rows)


def _films(scope: ReportScope) -> list[dict[str, Any]]:
    found = by_movie(scope)
    films = Movie.objects.in_bulk(found)
    return [
        {
            "film": films[movie].title,
            "distributor": films[movie].distributor or str(NOT_NAMED),
            **row,
        }
        for movie, row in found.items()
    ]


def _distributors(scope: ReportScope) -> list[dict[str, Any]]:
    summed: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KEYS, 0))
    for film in _films(scope):
        for key in KEYS:
            summed[film["distributor"]][key] += film[key]
    return [{"distributor": name, **row} for name, row in summed.items()]


BY_FILM = Report(
    slug="admissions-by-film",
    title=_("Admissions by film"),
    meaning=_("How many tickets each film’s showtimes have, and how many people came."),
    columns=(columns.FILM, columns.DISTRIBUTOR, SHOWTIMES, TICKETS, ADMITTED, BOX_OFFICE),
    bases=(Basis.SHOW,),
    query=_films,
    label="film",
    chart=Chart("bar", ("tickets", "admitted")),
    ranked_by="tickets",
)
BY_DISTRIBUTOR = Report(
    slug="admissions-by-distributor",
    title=_("Admissions by distributor"),
    meaning=_("The same figures, added up for each distributor’s films."),
    columns=(columns.DISTRIBUTOR, SHOWTIMES, TICKETS, ADMITTED, BOX_OFFICE),
    bases=(Basis.SHOW,),
    query=_distributors,
    label="distributor",
    chart=Chart("bar", ("tickets", "admitted")),
    ranked_by="tickets",
)

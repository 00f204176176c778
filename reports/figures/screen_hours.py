"""Screen hours and the share of Indonesian films (Law 33/2009, article 32)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from reports.figures import columns
from reports.figures.admissions import SHOWTIMES
from reports.figures.report import Chart, Column, Kind, Report, share
from reports.figures.scope import Basis, ReportScope

INDONESIAN_SHARE_MIN = 6_000  # basis points

MINUTES = Column(
    "minutes",
    _("Screen hours"),
    _("The films’ own length, added up over these showtimes; trailers and cleaning are not in it."),
    Kind.MINUTES,
)
OURS = Column(
    "indonesian_minutes",
    _("Indonesian films"),
    _("Those of the screen hours whose film is marked as Indonesian."),
    Kind.MINUTES,
)
OUR_SHARE = Column(
    "indonesian_share",
    _("Indonesian share"),
    _("Indonesian films as a share of all screen hours."),
    Kind.SHARE,
    part="indonesian_minutes",
    whole="minutes",
)
ENOUGH = Column(
    "is_enough",
    _("At least 60 %"),
    _(
        "Whether the share reaches what Law 33/2009, article 32, requires of a cinema: 60 percent"
        " of the screen hours of six months in a row. Choose six months to see it as the law"
        " counts."
    ),
    Kind.YES,
)


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    sums = (
        scope.showtimes()
        .values_list("studio__cinema")
        .annotate(
            showtimes=Count("pk"),
            minutes=Sum("movie__duration_minutes"),
            ours=Sum("movie__duration_minutes", filter=Q(movie__is_indonesian=True), default=0),
        )
    )
    found = {cinema: figures for cinema, *figures in sums.order_by()}
    rows = []
    for cinema in scope.cinemas:
        times, minutes, ours = found.get(cinema.pk, (0, 0, 0))
        part = share(ours, minutes)
        rows.append(
            {
                "cinema": cinema.name,
                "showtimes": times,
                "minutes": minutes,
                "indonesian_minutes": ours,
                "indonesian_share": part,
                "is_enough": None if part is None else part >= INDONESIAN_SHARE_MIN,
            }
        )
    return rows


REPORT = Report(
    slug="screen-hours",
    title=_("Screen hours and Indonesian films"),
    meaning=_("How long each cinema showed films, and the share of Indonesian ones."),
    columns=(columns.CINEMA, SHOWTIMES, MINUTES, OURS, OUR_SHARE, ENOUGH),
    bases=(Basis.SHOW,),
    query=_rows,
    label="cinema",
    chart=Chart("bar", ("indonesian_share",)),
)

"""No-shows of ended showtimes."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from bookings.models import Ticket
from movies.models import Showtime
from reports.figures import columns
from reports.figures.labels import showtime_labels
from reports.figures.report import Chart, Column, Kind, Report, share
from reports.figures.scope import Basis, ReportScope

TICKETS = Column(
    "tickets",
    _("Tickets"),
    _("Tickets of the showtime that were not voided."),
    Kind.COUNT,
)
ADMITTED = Column(
    "admitted", _("Admitted"), _("Those of them with which a guest was admitted."), Kind.COUNT
)
MISSING = Column("missing", _("No-shows"), _("Those of them that were not used."), Kind.COUNT)
MISSING_SHARE = Column(
    "missing_share",
    _("No-show share"),
    _("No-shows as a share of the tickets."),
    Kind.SHARE,
    part="missing",
    whole="tickets",
)


def _rows(scope: ReportScope) -> list[dict[str, Any]]:
    """Chronological; showtimes without tickets are omitted."""
    ended = Ticket.objects.live().filter(
        booking__showtime__ends_at__lte=scope.at, booking__showtime__cancelled_at__isnull=True
    )
    rows = scope.narrow(ended, "booking__", "issued_at").values_list("booking__showtime")
    counts = rows.annotate(
        tickets=Count("pk"), admitted=Count("pk", filter=Q(checked_in_at__isnull=False))
    )
    found = {showtime: (tickets, admitted) for showtime, tickets, admitted in counts}
    shown = Showtime.objects.filter(pk__in=list(found))
    return [place | _figures(*found[pk]) for pk, place in showtime_labels(shown)]


def _figures(tickets: int, admitted: int) -> dict[str, Any]:
    missing = tickets - admitted
    return {
        "tickets": tickets,
        "admitted": admitted,
        "missing": missing,
        "missing_share": share(missing, tickets),
    }


REPORT = Report(
    slug="no-shows",
    title=_("No-shows"),
    meaning=_("Unused tickets of showtimes that are over and were not cancelled."),
    columns=(
        columns.DAY,
        columns.STARTS,
        columns.CINEMA,
        columns.STUDIO,
        columns.FILM,
        TICKETS,
        ADMITTED,
        MISSING,
        MISSING_SHARE,
    ),
    bases=(Basis.SHOW,),
    query=_rows,
    label="film",
    chart=Chart("bar", ("tickets", "missing"), by="day"),
)

"""Ends of future showtimes when the length of a film or the rules of a studio change.

A showtime occupies its studio for trailers, film and cleaning. Changing one of these moves the ends
of all showtimes that have not begun; a change that would make two overlap is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from psycopg.errors import ExclusionViolation

from core.errors import InvalidInput, Refused
from movies.catalogue.catalogue import new_generation
from movies.models import Movie, Showtime, Studio
from movies.signals import showtime_ends_changed

CHANGES_MAX = 2_000
CONFLICTS_LISTED_MAX = 10
UPDATE_BATCH_ROWS = 500
# What a showtime's end is computed from.
MOVIE_FIELDS = ("duration_minutes",)
STUDIO_FIELDS = ("trailers_minutes", "cleaning_minutes")


class EndsOverlap(Refused):
    """``facts``: conflicts, their number. ``conflicts`` has a message for each."""

    code = "showtime_ends_overlap"
    message = _("Showtimes would overlap; nothing was changed.")

    def __init__(self, changes: Sequence[EndChange] = ()) -> None:
        self.conflicts = [conflict_message(change) for change in changes[:CONFLICTS_LISTED_MAX]]
        if len(changes) > CONFLICTS_LISTED_MAX:
            more = len(changes) - CONFLICTS_LISTED_MAX
            self.conflicts.append(gettext("… and %(count)d more.") % {"count": more})
        super().__init__(" ".join(self.conflicts) or None, conflicts=len(changes))


class StudioHasShowtimes(Refused):
    code = "studio_has_showtimes"
    message = _("This studio has showtimes and cannot move to another cinema. Add a new one there.")


@dataclass(frozen=True)
class EndChange:
    """``showtime`` is as scheduled; ``film_ends_at`` is the end that visitors see."""

    showtime: Showtime
    ends_at: datetime
    film_ended_at: datetime
    film_ends_at: datetime
    conflict: Showtime | None = None


def plan_ends(
    at: datetime, *, movie: Movie | None = None, studio: Studio | None = None
) -> list[EndChange]:
    """List the changes of ends if ``movie`` or ``studio`` were saved as given; writes nothing.

    Raises InvalidInput for more than ``CHANGES_MAX`` showtimes.
    """
    showtimes = Showtime.objects.live().filter(starts_at__gt=at).with_places()
    if movie is not None:
        showtimes = showtimes.filter(movie=movie.pk)
    if studio is not None:
        showtimes = showtimes.filter(studio=studio.pk)
    found = list(showtimes.order_by("pk")[: CHANGES_MAX + 1])
    if len(found) > CHANGES_MAX:
        raise InvalidInput(_("This would change too many showtimes at once."), limit=CHANGES_MAX)
    changes = [_change(showtime, movie, studio) for showtime in found]
    return _with_conflicts([one for one in changes if one.ends_at != one.showtime.ends_at])


def conflicts(changes: Iterable[EndChange]) -> list[EndChange]:
    return [change for change in changes if change.conflict is not None]


@transaction.atomic
def save_with_ends(
    changed: Movie | Studio, *, fields: Sequence[str], at: datetime, by: Any = None
) -> list[EndChange]:
    """Save ``fields`` of a film or studio and move the ends of its future showtimes.

    Locks the film or studio (``FOR UPDATE``: scheduling holds a key share lock on both until it
    commits), then its showtimes by id (no key), then what receivers of ``showtime_ends_changed``
    lock. Raises EndsOverlap, InvalidInput, StudioHasShowtimes.
    """
    manager: Any = type(changed)._default_manager
    manager.select_for_update().get(pk=changed.pk)
    if isinstance(changed, Studio) and "cinema" in fields and changed.showtimes.exists():
        raise StudioHasShowtimes()
    movie, studio = (changed, None) if isinstance(changed, Movie) else (None, changed)
    own = {"studio": changed.pk} if movie is None else {"movie": changed.pk}
    locked = Showtime.objects.select_for_update(no_key=True, of=("self",))
    list(locked.filter(**own, starts_at__gt=at, cancelled_at=None).order_by("pk").values("pk"))
    changes = plan_ends(at, movie=movie, studio=studio)
    if refused := conflicts(changes):
        raise EndsOverlap(refused)
    changed.save(update_fields=fields)
    _write(changes)
    visible = [change for change in changes if change.film_ends_at != change.film_ended_at]
    if visible:
        showtime_ends_changed.send(sender=Showtime, changes=visible, by=by, at=at)
    return changes


def _write(changes: Sequence[EndChange]) -> None:
    for change in changes:
        change.showtime.ends_at = change.ends_at
    showtimes = [change.showtime for change in changes]
    try:
        with transaction.atomic():
            Showtime.objects.bulk_update(showtimes, ["ends_at"], batch_size=UPDATE_BATCH_ROWS)
    except IntegrityError as error:  # a showtime was scheduled or moved meanwhile
        if not isinstance(error.__cause__, ExclusionViolation):
            raise
        raise EndsOverlap() from error
    transaction.on_commit(new_generation)


def _change(showtime: Showtime, movie: Movie | None, studio: Studio | None) -> EndChange:
    new_studio = studio or showtime.studio
    duration_minutes = (movie or showtime.movie).duration_minutes
    ends_at = showtime.starts_at + new_studio.occupied_for(duration_minutes)
    return EndChange(
        showtime=showtime,
        ends_at=ends_at,
        film_ended_at=showtime.ends_at - timedelta(minutes=showtime.studio.cleaning_minutes),
        film_ends_at=ends_at - timedelta(minutes=new_studio.cleaning_minutes),
    )


def _with_conflicts(changes: Sequence[EndChange]) -> list[EndChange]:
    """Add to each change the next showtime of its studio if that begins before the new end."""
    if not changes:
        return []
    following: defaultdict[int, list[Showtime]] = defaultdict(list)
    others = Showtime.objects.live().filter(
        studio__in={change.showtime.studio_id for change in changes},
        starts_at__gt=min(change.showtime.starts_at for change in changes),
        starts_at__lt=max(change.ends_at for change in changes),
    )
    for other in others.with_places().order_by("starts_at"):
        following[other.studio_id].append(other)

    def conflict(change: EndChange) -> Showtime | None:
        showtime = change.showtime
        later = (s for s in following[showtime.studio_id] if s.starts_at > showtime.starts_at)
        other = next(later, None)
        return other if other is not None and other.starts_at < change.ends_at else None

    return [
        EndChange(c.showtime, c.ends_at, c.film_ended_at, c.film_ends_at, conflict(c))
        for c in changes
    ]


def conflict_message(change: EndChange) -> str:
    showtime, other = change.showtime, change.conflict or change.showtime
    zone = showtime.studio.cinema.zone
    return gettext(
        "%(studio)s, %(start)s: would occupy the studio until %(end)s, but “%(film)s” begins at"
        " %(next)s."
    ) % {
        "studio": showtime.studio,
        "start": date_format(showtime.starts_at.astimezone(zone), "DATETIME_FORMAT"),
        "end": f"{change.ends_at.astimezone(zone):%H:%M}",
        "film": other.movie.title,
        "next": f"{other.starts_at.astimezone(zone):%H:%M}",
    }


def with_values(row: Any, values: dict[str, Any]) -> Any:
    """A copy of a film or studio with other values, for ``plan_ends``."""
    changed = copy(row)
    for name, value in values.items():
        setattr(changed, name, value)
    return changed

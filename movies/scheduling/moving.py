"""Moving a showtime to another time or studio: its own row only.

``bookings.showtimes.moving`` moves its seats and bookings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.errors import ExclusionViolation

from core.errors import InvalidInput, NotFound, Refused
from movies.models import Showtime, Studio
from movies.scheduling.showtimes import ShowtimeInPast, ShowtimeOverlaps, overlap_error


class ShowtimeNotMovable(Refused):
    code = "showtime_not_movable"
    message = _("This showtime has begun or was cancelled; it cannot be moved.")


class StudioElsewhere(InvalidInput):
    code = "studio_elsewhere"
    message = _("A showtime can only move to a studio of its own cinema.")


@dataclass(frozen=True)
class TimeSlot:
    """Target of a move with all derived times.

    The sale keeps its opening time and closes as long before the start as it did.
    """

    studio: Studio
    starts_at: datetime
    ends_at: datetime
    business_date: date
    sale_closes_at: datetime


def find_showtime(showtime_id: int) -> Showtime:
    """Return the showtime with film, studio and cinema. Raises NotFound."""
    showtime = Showtime.objects.with_places().filter(pk=showtime_id).first()
    if showtime is None:
        raise NotFound
    return showtime


def lock_showtime(showtime_id: int) -> Showtime:
    """Lock the showtime's row (no key) until the transaction ends. Raises NotFound."""
    locked = Showtime.objects.select_for_update(no_key=True, of=("self",))
    if locked.filter(pk=showtime_id).first() is None:
        raise NotFound
    # Read again: joined rows of the locking query may be older than the locked row.
    return find_showtime(showtime_id)


def slot_for(
    showtime: Showtime, starts_at: datetime, studio_id: int | None, at: datetime
) -> TimeSlot:
    """Compute the slot for a move of ``showtime``.

    Raises ShowtimeNotMovable, ShowtimeInPast, StudioElsewhere, InvalidInput.
    """
    if showtime.cancelled_at is not None or showtime.starts_at <= at:
        raise ShowtimeNotMovable()
    if starts_at <= at:
        raise ShowtimeInPast(starts_at=starts_at.isoformat())
    studio = _studio(showtime, studio_id)
    closes_at = starts_at - (showtime.starts_at - showtime.sale_closes_at)
    if closes_at <= showtime.sale_opens_at:
        raise InvalidInput(_("The sale has to open before it closes."))
    return TimeSlot(
        studio=studio,
        starts_at=starts_at,
        ends_at=starts_at + studio.occupied_for(showtime.movie.duration_minutes),
        business_date=studio.cinema.business_date(starts_at),
        sale_closes_at=closes_at,
    )


def _studio(showtime: Showtime, studio_id: int | None) -> Studio:
    if studio_id is None or studio_id == showtime.studio_id:
        return showtime.studio
    here = Studio.objects.select_related("cinema").filter(cinema=showtime.studio.cinema_id)
    studio = here.filter(pk=studio_id).first()
    if studio is None:
        raise StudioElsewhere()
    return studio


def check_free(showtime: Showtime, slot: TimeSlot) -> None:
    """Raise ShowtimeOverlaps if a committed showtime occupies the slot."""
    others = Showtime.objects.live().filter(
        studio=slot.studio, starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at
    )
    other = others.exclude(pk=showtime.pk).with_places().order_by("starts_at").first()
    if other is not None:
        raise overlap_error(other)


def move_to_slot(showtime: Showtime, slot: TimeSlot) -> None:
    """Move a showtime that the caller has locked. Raises ShowtimeOverlaps.

    The constraint ``showtime_studio_never_overlaps`` decides whether the slot is free.
    """
    showtime.studio, showtime.business_date = slot.studio, slot.business_date
    showtime.starts_at, showtime.ends_at = slot.starts_at, slot.ends_at
    showtime.sale_closes_at = slot.sale_closes_at
    fields = ["studio", "starts_at", "ends_at", "business_date", "sale_closes_at"]
    try:
        with transaction.atomic():
            showtime.save(update_fields=fields)
    except IntegrityError as error:
        if not isinstance(error.__cause__, ExclusionViolation):
            raise
        check_free(showtime, slot)
        raise ShowtimeOverlaps() from error

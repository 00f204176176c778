"""Undoing a batch of showtimes: those that nobody has booked and that have not begun are cancelled.

A showtime with a waiting or paid booking or held seats is kept, also if they come at this moment.
What was kept at the request or in the preview stays kept, even if its holds end before a worker
continues.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors.staff import BatchNotUndoable
from bookings.models import Booking, BookingStatus
from bookings.showtimes import cancellation
from movies.models import ScheduleBatch, Showtime
from seating.models import SeatStatus, ShowtimeSeat

BATCHES_AT_ONCE_MAX = 5
SHOWTIMES_AT_ONCE_MAX = 600
SECONDS_MAX = 10  # of one request or run; the worker continues
ALIVE = [BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED]
TAKEN = Q(status=SeatStatus.SOLD) | Q(status=SeatStatus.HELD, held_until__gt=Now())


@dataclass(frozen=True)
class UndoSurvey:
    """Preview: how many showtimes would be cancelled, and those that stay."""

    undone: int
    kept: tuple[Showtime, ...]
    begun: int


def survey(batch: ScheduleBatch, at: datetime) -> UndoSurvey:
    """Read-only."""
    live = batch.showtimes.live()
    kept = live.filter(_in_use(), starts_at__gt=at).with_places().order_by("starts_at")
    return UndoSurvey(
        undone=_undoable(batch, at).count(),
        kept=tuple(kept[:SHOWTIMES_AT_ONCE_MAX]),
        begun=live.filter(starts_at__lte=at).count(),
    )


def request(
    *, batch_id: int, user: User, at: datetime, kept_ids: Collection[int] = ()
) -> ScheduleBatch:
    """Request the undo and begin with it; ``kept_ids`` stay, as the preview promised.

    Raises BatchNotUndoable if it was requested before.
    """
    in_use = Showtime.objects.live().filter(_in_use(), batch=batch_id)
    kept = sorted({*kept_ids, *in_use.values_list("pk", flat=True)})
    open_ = ScheduleBatch.objects.filter(pk=batch_id, undo_requested_at__isnull=True)
    if open_.update(undo_requested_at=at, undone_by=user, kept_ids=kept) != 1:
        raise BatchNotUndoable()
    batch = ScheduleBatch.objects.select_related("undone_by").get(pk=batch_id)
    work_on(batch, at)
    return batch


def work(at: datetime) -> int:
    """Continue the undos that were requested; returns how many showtimes were cancelled."""
    open_ = ScheduleBatch.objects.filter(
        undo_requested_at__isnull=False, undo_finished_at__isnull=True
    )
    oldest = open_.select_related("undone_by").order_by("undo_requested_at")
    return sum(work_on(batch, at) for batch in oldest[:BATCHES_AT_ONCE_MAX])


def work_on(batch: ScheduleBatch, at: datetime) -> int:
    begun = time.monotonic()
    undone = 0
    ids = list(
        _undoable(batch, at).order_by("pk").values_list("pk", flat=True)[:SHOWTIMES_AT_ONCE_MAX]
    )
    for showtime_id in ids:
        if time.monotonic() - begun > SECONDS_MAX:
            return undone
        try:
            undone += _undo(showtime_id, batch, at)
        except OperationalError:
            continue  # a lock was not available: the next run tries again
    if not _undoable(batch, at).exists():
        unfinished = ScheduleBatch.objects.filter(pk=batch.pk, undo_finished_at__isnull=True)
        unfinished.update(undo_finished_at=at)
    return undone


@transaction.atomic
def _undo(showtime_id: int, batch: ScheduleBatch, at: datetime) -> bool:
    """Cancel one showtime; False if somebody buys there. Locks as a cancellation does."""
    locked = Showtime.objects.select_for_update(no_key=True, of=("self",))
    if locked.filter(pk=showtime_id, cancelled_at__isnull=True).first() is None:
        return False
    reason = _("%(batch)s undone") % {"batch": batch}
    cancellation.request(showtime_id=showtime_id, reason=reason, user=batch.undone_by, at=at)
    # Only now: the free seats are locked and blocked, so whoever had begun to take one is seen.
    if Showtime.objects.filter(_in_use(), pk=showtime_id).exists():
        transaction.set_rollback(True)
        return False
    return True


def _undoable(batch: ScheduleBatch, at: datetime) -> QuerySet[Showtime]:
    kept_ids = batch.kept_ids or []
    return batch.showtimes.live().filter(~_in_use(), starts_at__gt=at).exclude(pk__in=kept_ids)


def _in_use() -> Q:
    """Whether a booking waits or is paid, or a seat is sold or held."""
    seats = ShowtimeSeat.objects.filter(TAKEN, showtime=OuterRef("pk"))
    bookings = Booking.objects.filter(showtime=OuterRef("pk"), status__in=ALIVE)
    return Q(Exists(bookings) | Exists(seats))

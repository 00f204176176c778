"""Undoing a batch of showtimes: those that nobody has booked and that have not begun are cancelled.

A showtime with a waiting or paid booking is kept, also if the booking is made at this moment: the
cancellation of a showtime refunds whatever was paid before it closed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors.staff import BatchNotUndoable
from bookings.models import Booking, BookingStatus
from bookings.showtimes import cancellation
from movies.models import ScheduleBatch, Showtime

BATCHES_AT_ONCE_MAX = 5
SHOWTIMES_AT_ONCE_MAX = 600
SECONDS_MAX = 10  # of one request or run; the worker continues
ALIVE = [BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED]


@dataclass(frozen=True)
class UndoSurvey:
    """Preview: how many showtimes would be cancelled, and those that stay."""

    undone: int
    booked: tuple[Showtime, ...]
    begun: int


def survey(batch: ScheduleBatch, at: datetime) -> UndoSurvey:
    """Read-only."""
    live = batch.showtimes.live()
    booked = live.filter(_has_bookings(), starts_at__gt=at).with_places().order_by("starts_at")
    return UndoSurvey(
        undone=_undoable(batch, at).count(),
        booked=tuple(booked[:SHOWTIMES_AT_ONCE_MAX]),
        begun=live.filter(starts_at__lte=at).count(),
    )


def request(*, batch_id: int, user: User, at: datetime) -> ScheduleBatch:
    """Request the undo and begin with it. Raises BatchNotUndoable if it was requested before."""
    open_ = ScheduleBatch.objects.filter(pk=batch_id, undo_requested_at__isnull=True)
    if open_.update(undo_requested_at=at, undone_by=user) != 1:
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
    """Cancel one showtime; False if it was booked meanwhile. Locks as a cancellation does."""
    locked = Showtime.objects.select_for_update(no_key=True, of=("self",))
    showtime = locked.filter(pk=showtime_id, cancelled_at__isnull=True).first()
    if showtime is None or Booking.objects.filter(showtime=showtime, status__in=ALIVE).exists():
        return False
    reason = _("%(batch)s undone") % {"batch": batch}
    cancellation.request(showtime_id=showtime_id, reason=reason, user=batch.undone_by, at=at)
    return True


def _undoable(batch: ScheduleBatch, at: datetime) -> QuerySet[Showtime]:
    return batch.showtimes.live().filter(~_has_bookings(), starts_at__gt=at)


def _has_bookings() -> Exists:
    return Exists(Booking.objects.filter(showtime=OuterRef("pk"), status__in=ALIVE))

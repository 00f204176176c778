"""Notifies buyers of showtimes whose end has changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from bookings.models import Booking, BookingStatus, EventKind
from bookings.models.booking import full_refund_terms
from bookings.orders import ledger
from bookings.signals import showtime_moved
from core.errors import InvalidInput
from movies.scheduling.ends import EndChange
from movies.signals import showtime_ends_changed

NOTIFIED_BOOKINGS_MAX = 2_000
PAID = (BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED)


@receiver(showtime_ends_changed, dispatch_uid="bookings.notify_of_ends")
def notify_of_ends(*, changes: Sequence[EndChange], by: Any, at: datetime, **_extra: Any) -> None:
    """Notify every paid buyer, and grant full refunds until the start, as for a move.

    Locks the bookings by id, after their showtimes. Raises InvalidInput for more than
    ``NOTIFIED_BOOKINGS_MAX`` bookings.
    """
    change_of = {change.showtime.pk: change for change in changes}
    paid = Booking.objects.filter(showtime__in=change_of, status__in=PAID)
    locked = paid.select_for_update(of=("self",), no_key=True).select_related("user")
    bookings = list(locked.order_by("pk")[: NOTIFIED_BOOKINGS_MAX + 1])
    if len(bookings) > NOTIFIED_BOOKINGS_MAX:
        raise InvalidInput(limit=NOTIFIED_BOOKINGS_MAX)
    for booking in bookings:
        change = change_of[booking.showtime_id]
        booking.showtime = change.showtime
        terms_before, booking.cancellation_terms = booking.cancellation_terms, full_refund_terms()
        booking.save(update_fields=["cancellation_terms"])
        event = ledger.record(
            booking,
            EventKind.SHOWTIME_MOVED,
            at,
            actor=f"staff:{by.pk}" if by is not None else ledger.SYSTEM,
            before=_times(change, change.film_ended_at),
            after=_times(change, change.film_ends_at),
            seat_changes=[],
            terms_before=terms_before,
        )
        showtime_moved.send(Booking, booking=booking, event=event)


def _times(change: EndChange, film_ends_at: datetime) -> dict[str, Any]:
    showtime = change.showtime
    return {
        "starts_at": showtime.starts_at,
        "studio": showtime.studio.name,
        "film_ends_at": film_ends_at,
    }

"""Receivers of signals from the apps below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from movies.models import Showtime
from movies.signals import showtime_cancelled, showtime_repriced, showtimes_scheduled
from seating.holds import sales, stock
from seating.layouts import publishing


@receiver(showtimes_scheduled, dispatch_uid="seating.stock_showtimes")
def stock_showtimes(sender: Any, *, showtimes: Sequence[Showtime], **_extra: Any) -> None:
    publishing.stock_showtimes(showtimes)


@receiver(showtime_repriced, dispatch_uid="seating.reprice_seats")
def reprice_seats(
    sender: Any, *, showtime: Showtime, price_change_rupiah: int, **_extra: Any
) -> None:
    stock.reprice_unsold(showtime.pk, price_change_rupiah)


@receiver(showtime_cancelled, dispatch_uid="seating.close_showtime")
def close_showtime(sender: Any, *, showtime: Showtime, **_extra: Any) -> None:
    """Block free seats, also against a request that began before the cancellation."""
    sales.block_showtime(showtime.pk)

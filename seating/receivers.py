"""Receivers of signals from the apps below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from rest_framework.request import Request

from accounts.models import User
from accounts.privacy.erasure import Erasing
from accounts.signals import person_erased, signed_in
from movies.catalogue.availability import SeatCount, free_seats_asked
from movies.models import Showtime
from movies.signals import showtime_cancelled, showtime_repriced, showtimes_scheduled
from seating.api.visitors import account_visitor, visitor_of_header
from seating.holds import ownership, sales, stock
from seating.layouts import publishing
from seating.seatmap import counts as seat_counts
from seating.waiting_room import ending, places


@receiver(free_seats_asked, dispatch_uid="seating.count_free_seats")
def count_free_seats(
    sender: Any, *, showtime_ids: list[int], counts: dict[int, SeatCount], **_extra: Any
) -> None:
    counts |= seat_counts.count_free_seats(showtime_ids)


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


@receiver(signed_in, dispatch_uid="seating.transfer_holds")
def transfer_holds(sender: Any, *, user: User, request: Request, **_extra: Any) -> None:
    """Transfer the holds and the places in waiting rooms of the app's installation to the account
    that signs in."""
    installation = visitor_of_header(request)
    if installation is not None:
        account = account_visitor(user.pk)
        ownership.transfer_holds(former=installation, visitor=account)
        places.transfer(former=installation, visitor=account)


@receiver(person_erased, dispatch_uid="seating.person_erased")
def end_waiting(sender: Any, *, erasing: Erasing, **_extra: Any) -> None:
    """End the places of an erased account in waiting rooms."""
    if erasing.person.user is not None:
        ending.end_of_visitor(account_visitor(erasing.person.user.pk))

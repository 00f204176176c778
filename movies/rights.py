"""Who of the staff may do what, and at which cinemas. Everything else asks here.

A superuser is the chain's owner and may do everything everywhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.db import models

from movies.models import Cinema


class Right(StrEnum):
    """What a post allows. A page, an action, an export or a socket asks for exactly one."""

    SEE_SALES = "see_sales"  # desk, orders, payments, messages, reports, incidents: looking
    SEE_PEOPLE = "see_people"  # buyers' names and addresses, who holds which seat
    PROGRAMME = "programme"  # films, showtimes, layouts, blocked seats: changing
    PRICES = "prices"  # price cards, ticket types, vouchers, cancellation rules: changing
    MOVE_MONEY = "move_money"  # refunds, payouts, cancelling or moving a sold showtime
    RESOLVE = "resolve"  # incidents: acting on and resolving
    ADMIT = "admit"  # the door
    SEE_HISTORY = "see_history"  # the audit history
    GIVE_POSTS = "give_posts"  # staff and their posts


def cinemas_with(user: Any, right: Right) -> models.QuerySet[Cinema]:
    """The cinemas at which ``user`` has ``right``; none for who is not active staff."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return Cinema.objects.none()
    if user.is_superuser:
        return Cinema.objects.all()
    return Cinema.objects.filter(managers=user)


def has_right(user: Any, right: Right, cinema: Cinema | int | None = None) -> bool:
    """Whether ``user`` has ``right`` at ``cinema``; without one: at any cinema at all."""
    cinemas = cinemas_with(user, right)
    if cinema is not None:
        cinemas = cinemas.filter(pk=cinema.pk if isinstance(cinema, Cinema) else cinema)
    return cinemas.exists()


def is_for_whole_chain(user: Any, right: Right) -> bool:
    """Whether ``user`` has ``right`` over the chain itself: its own price cards, films, people."""
    return bool(user.is_authenticated and user.is_active and user.is_staff and user.is_superuser)

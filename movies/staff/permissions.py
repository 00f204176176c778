"""Permissions of staff members per cinema; the single place where they are decided.

A superuser owns the chain and may do everything everywhere. Everybody else has role assignments
(``StaffPost``): a role at one cinema or at the whole chain. ``ROLE_PERMISSIONS`` lists the
permissions of each role.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from movies.models import Cinema, Role, StaffPost


class Permission(StrEnum):
    """What a role allows. A page, an action, an export or a socket requires exactly one."""

    SEE_SALES = "see_sales"  # read dashboard, bookings, payments, messages, reports, incidents
    SEE_PEOPLE = "see_people"  # read buyers' names and addresses, and who holds which seat
    PROGRAMME = "programme"  # change films, showtimes, layouts, blocked seats
    PRICES = "prices"  # change price cards, ticket types, vouchers, cancellation rules
    MOVE_MONEY = "move_money"  # refunds, payouts, cancelling or moving a sold showtime
    RESOLVE = "resolve"  # act on incidents and resolve them
    ADMIT = "admit"  # admit visitors at the door
    SEE_HISTORY = "see_history"  # read the audit log
    ASSIGN_ROLES = "assign_roles"  # assign and remove roles of staff


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CHAIN_ADMIN: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - {Permission.ASSIGN_ROLES},
    Role.USHER: frozenset({Permission.ADMIT}),
    Role.AUDITOR: frozenset({Permission.SEE_SALES, Permission.SEE_HISTORY}),
}
PERMISSION_DESCRIPTIONS: dict[Permission, Any] = {
    Permission.SEE_SALES: _("Read sales, bookings, payments, messages, reports and incidents"),
    Permission.SEE_PEOPLE: _("Read buyers' names and addresses, and who holds which seat"),
    Permission.PROGRAMME: _("Change films, showtimes and seat layouts, and block seats"),
    Permission.PRICES: _("Change price cards, ticket types, vouchers and cancellation rules"),
    Permission.MOVE_MONEY: _("Refund, pay out, and cancel or move sold showtimes"),
    Permission.RESOLVE: _("Act on incidents and resolve them"),
    Permission.ADMIT: _("Admit visitors at the door"),
    Permission.SEE_HISTORY: _("Read the history of changes"),
    Permission.ASSIGN_ROLES: _("Invite people, and assign and remove roles"),
}
_ROLES_WITH = {
    permission: [role for role in Role if permission in ROLE_PERMISSIONS[role]]
    for permission in Permission
}


def cinemas_with(user: Any, permission: Permission) -> models.QuerySet[Cinema]:
    """Return the cinemas where ``user`` has ``permission``; none unless active staff. One query."""
    if not _is_active_staff(user):
        return Cinema.objects.none()
    if user.is_superuser:
        return Cinema.objects.all()
    here_or_everywhere = Q(cinema=OuterRef("pk")) | Q(cinema__isnull=True)
    return Cinema.objects.filter(Exists(_assignments(user, permission).filter(here_or_everywhere)))


def has_permission(user: Any, permission: Permission, cinema: Cinema | int | None = None) -> bool:
    """Whether ``user`` has ``permission`` at ``cinema``; without one, at any cinema."""
    if cinema is None:
        return _is_active_staff(user) and (
            user.is_superuser or _assignments(user, permission).exists()
        )
    cinema_id = cinema.pk if isinstance(cinema, Cinema) else cinema
    return cinemas_with(user, permission).filter(pk=cinema_id).exists()


def is_for_whole_chain(user: Any, permission: Permission) -> bool:
    """Whether ``user`` has ``permission`` for the whole chain (price cards, films, people)."""
    if not _is_active_staff(user):
        return False
    return user.is_superuser or _assignments(user, permission).filter(cinema__isnull=True).exists()


def _assignments(user: Any, permission: Permission) -> models.QuerySet[StaffPost]:
    return StaffPost.objects.filter(user=user.pk, role__in=_ROLES_WITH[permission])


def _is_active_staff(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active and user.is_staff)

"""Role assignments: the only functions that add and remove members of staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from movies import signals
from movies.errors import RoleAlreadyAssigned, RoleNotAssignable
from movies.models import Cinema, Role, StaffPost
from movies.staff.permissions import Permission, is_for_whole_chain


@transaction.atomic
def assign_role(
    *, user: Any, role: Role, cinema: Cinema | None, by: Any, at: datetime
) -> StaffPost:
    """Assign ``role`` at ``cinema``; ``by`` is None for the installation's operator (a command).

    A receiver of ``role_assigned`` sends users without a second factor the link to set one up.
    Raises RoleNotAssignable without the permission or for one's own roles, RoleAlreadyAssigned.
    """
    _require_assignable(user, by)
    cinema = cinema if role is not Role.CHAIN_ADMIN else None
    assignment, is_new = StaffPost.objects.get_or_create(
        user=user, role=role, cinema=cinema, defaults={"given_by": by, "given_at": at}
    )
    if not is_new:
        raise RoleAlreadyAssigned()
    _update_staff_flag(user.pk)
    user.is_staff = True
    signals.role_assigned.send(StaffPost, user=user, by=by, at=at)
    return assignment


@transaction.atomic
def invite_to_role(
    *,
    email: str,
    name: str,
    language: str,
    role: Role,
    cinema: Cinema | None,
    by: Any,
    at: datetime,
) -> StaffPost:
    """Assign a role to the user with this address, or to a new account without a password.

    ``name`` and ``language`` are those of a new account. Raises like ``assign_role``.
    """
    people = get_user_model()._default_manager
    user = people.filter(email__iexact=email).first()
    if user is None:
        user = people.create_user(email, None, name=name, language=language)
    return assign_role(user=user, role=role, cinema=cinema, by=by, at=at)


@transaction.atomic
def remove_role(assignment: StaffPost, *, by: Any) -> None:
    """Remove a role; without any role the user is no longer staff. Raises RoleNotAssignable."""
    _require_assignable(assignment.user, by)
    StaffPost.objects.filter(pk=assignment.pk).delete()
    _update_staff_flag(assignment.user_id)


def _require_assignable(user: Any, by: Any) -> None:
    if by is None:
        return
    if user.pk == by.pk or not is_for_whole_chain(by, Permission.ASSIGN_ROLES):
        raise RoleNotAssignable()


def _update_staff_flag(user_id: int) -> None:
    """Derive ``is_staff`` from having a role; superusers keep it."""
    people = get_user_model()._default_manager.filter(pk=user_id)
    has_role = Exists(StaffPost.objects.filter(user=OuterRef("pk")))
    people.update(is_staff=Q(is_superuser=True) | Q(has_role))

"""Role assignments: the only way to become a member of staff, and to stop being one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from movies.errors import RoleAlreadyAssigned, RoleNotAssignable
from movies.models import Cinema, Role, StaffPost
from movies.staff.permissions import Permission, is_for_whole_chain


@transaction.atomic
def assign_role(
    *, user: Any, role: Role, cinema: Cinema | None, by: Any, at: datetime
) -> StaffPost:
    """Assign ``role`` at ``cinema``; ``by`` is None for the installation's operator (a command).

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
    return assignment


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

"""Giving and taking posts: the only way to become staff, and to stop being it."""

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
    """``by`` is None where the operator of the installation gives it (a command, the demo).

    Raises PostNotGiven for who may not give posts, or gives one to themselves; PostExists.
    """
    _may_change(user, by)
    place = cinema if role is not Role.CHAIN_ADMIN else None
    post, is_new = StaffPost.objects.get_or_create(
        user=user, role=role, cinema=place, defaults={"given_by": by, "given_at": at}
    )
    if not is_new:
        raise RoleAlreadyAssigned()
    _follow(user.pk)
    user.is_staff = True
    return post


@transaction.atomic
def remove_role(post: StaffPost, *, by: Any) -> None:
    """Whoever has no post left is no member of the staff any more. Raises PostNotGiven."""
    _may_change(post.user, by)
    StaffPost.objects.filter(pk=post.pk).delete()
    _follow(post.user_id)


def _may_change(user: Any, by: Any) -> None:
    if by is None:
        return
    if user.pk == by.pk or not is_for_whole_chain(by, Permission.GIVE_POSTS):
        raise RoleNotAssignable()


def _follow(user_id: int) -> None:
    """The staff flag follows from having a post; the chain's owners have it anyway."""
    people = get_user_model()._default_manager.filter(pk=user_id)
    has_post = Exists(StaffPost.objects.filter(user=OuterRef("pk")))
    people.update(is_staff=Q(is_superuser=True) | Q(has_post))

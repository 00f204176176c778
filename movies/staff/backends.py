"""Chain-wide role permissions as Django permissions.

``accounts`` and ``backups`` cannot import this app; they call
``user.has_perm("office.assign_roles")``.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from movies.staff.permissions import Permission, is_for_whole_chain

PREFIX = "office."


class RolePermissionBackend(BaseBackend):
    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        name = perm.removeprefix(PREFIX)
        if name == perm or name not in set(Permission) or obj is not None:
            return False
        return is_for_whole_chain(user_obj, Permission(name))

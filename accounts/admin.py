"""Admin of users."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken
from unfold.admin import ModelAdmin

from accounts.models import User
from accounts.policies import admin as pages_admin  # noqa: F401  (registers its pages)
from accounts.staff_access.admin import StaffAccessActions

# Permission to manage users, granted by ``movies.staff.backends``.
ASSIGN_ROLES = "office.assign_roles"
# Setting these allows signing in as the user.
IDENTITY = ["email", "is_superuser"]

# Permissions come from role assignments; users change their own secrets and addresses.
for model in (Group, EmailAddress, Authenticator, AuthToken):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class UserAdmin(StaffAccessActions, ModelAdmin):
    """Role managers see and deactivate users; only superusers change an identity.

    Nobody changes themselves here. People are added by an invitation to a role
    (``movies.office.staff_admin``), and staff cannot set passwords of other users. The staff flag
    follows from role assignments.
    """

    needs_recent_sign_in = True
    ordering = ["email"]
    list_display = ["email", "name", "phone", "language", "is_staff", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_superuser", "is_active", "language"]
    search_fields = ["email", "name", "phone"]
    readonly_fields = ["is_staff", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email"]}),
        (_("Person"), {"fields": ["name", "phone", "wants_sms", "language"]}),
        (_("What they may do"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("When"), {"fields": ["last_login", "date_joined"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fields = [*super().get_readonly_fields(request, obj)]
        return fields if obj is None or request.user.is_superuser else [*fields, *IDENTITY]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ASSIGN_ROLES)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.has_perm(ASSIGN_ROLES)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # by an invitation to a role

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only superusers edit superusers; everybody edits their own profile elsewhere."""
        is_superuser = request.user.is_superuser
        if obj is not None and not is_superuser and (obj.is_superuser or obj == request.user):
            return False
        return request.user.has_perm(ASSIGN_ROLES)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Users are deactivated instead: bookings refer to them.
        return False

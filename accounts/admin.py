"""Admin of users."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import User

# Permission to manage users, granted by ``movies.staff.backends``.
ASSIGN_ROLES = "office.assign_roles"
# Whoever may set these can sign in as the user.
IDENTITY = ["email", "is_superuser"]

# Permissions come from role assignments; users change their own secrets and addresses.
for model in (Group, EmailAddress, Authenticator, AuthToken):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User], ModelAdmin):
    """Role managers see and deactivate users; only superusers change an identity.

    Nobody changes themselves here. The staff flag follows from role assignments.
    """

    needs_recent_sign_in = True
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ["email"]
    list_display = ["email", "name", "phone", "language", "is_staff", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_superuser", "is_active", "language"]
    search_fields = ["email", "name", "phone"]
    readonly_fields = ["is_staff", "last_login", "date_joined"]
    filter_horizontal: ClassVar[list[str]] = []
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (_("Person"), {"fields": ["name", "phone", "wants_sms", "language"]}),
        (_("What they may do"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("When"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["email", "name", "usable_password", "password1", "password2"],
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or request.user.is_superuser:
            return fieldsets
        return [(None, {"fields": ["email"]}), *fieldsets[1:]]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fields = [*super().get_readonly_fields(request, obj)]
        return fields if obj is None or request.user.is_superuser else [*fields, *IDENTITY]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ASSIGN_ROLES)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.has_perm(ASSIGN_ROLES)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ASSIGN_ROLES)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only superusers edit superusers; everybody edits their own profile elsewhere."""
        is_superuser = request.user.is_superuser
        if obj is not None and not is_superuser and (obj.is_superuser or obj == request.user):
            return False
        return request.user.has_perm(ASSIGN_ROLES)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Users are deactivated instead: bookings refer to them.
        return False

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Superusers only: whoever sets a password can sign in as the user."""
        if not request.user.is_superuser:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

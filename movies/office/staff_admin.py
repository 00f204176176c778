"""Office pages for role assignments: who works where, and in which role."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import LayarError
from movies.models import Role, StaffPost
from movies.office.admin import OfficeAdmin, is_for_chain
from movies.staff.assignments import assign_role, remove_role
from movies.staff.permissions import Permission


class RoleAssignmentForm(forms.ModelForm[StaffPost]):
    class Meta:
        model = StaffPost
        fields = ["user", "role", "cinema"]

    def clean(self) -> dict[str, Any]:
        assigned = super().clean() or {}
        if assigned.get("role") == Role.CHAIN_ADMIN and assigned.get("cinema") is not None:
            self.add_error(
                "cinema", _("A chain administrator has no single cinema: leave it empty.")
            )
        return assigned


@admin.register(StaffPost)
class RoleAssignmentAdmin(OfficeAdmin):
    """Assignments are added and removed, never edited; nobody changes their own."""

    needs_recent_sign_in = True
    view_permission = Permission.ASSIGN_ROLES
    add_permission = delete_permission = Permission.ASSIGN_ROLES
    form = RoleAssignmentForm
    list_display = ["user", "email", "role", "cinema_or_chain", "given_by", "given_at"]
    list_display_links = ["user"]
    list_filter = ["role", "cinema"]
    list_select_related = ["user", "cinema", "given_by"]
    search_fields = ["user__email", "user__name"]
    autocomplete_fields = ["user"]

    @admin.display(description=_("email"), ordering="user__email")
    def email(self, assignment: StaffPost) -> str:
        return str(assignment.user.email)

    @admin.display(description=_("cinema"), ordering="cinema")
    def cinema_or_chain(self, assignment: StaffPost) -> str:
        return str(assignment.cinema or _("Whole chain"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_for_chain(request, Permission.ASSIGN_ROLES)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_own = obj is not None and obj.user_id == request.user.pk
        return not is_own and super().has_delete_permission(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        assigner: Any = request.user

        class AssignedBy(form):  # type: ignore[valid-type, misc]
            def clean_user(self) -> Any:
                person = self.cleaned_data["user"]
                if person == assigner:
                    raise forms.ValidationError(_("Nobody gives themselves a post."))
                return person

        return AssignedBy

    def save_model(self, request: HttpRequest, obj: StaffPost, form: Any, change: bool) -> None:
        assigned = assign_role(
            user=obj.user,
            role=Role(obj.role),
            cinema=obj.cinema,
            by=request.user,
            at=timezone.now(),
        )
        obj.__dict__.update(assigned.__dict__)

    def delete_model(self, request: HttpRequest, obj: StaffPost) -> None:
        remove_role(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[StaffPost]) -> None:
        try:
            for assignment in queryset.select_related("user"):
                remove_role(assignment, by=request.user)
        except LayarError as refusal:
            raise PermissionDenied from refusal

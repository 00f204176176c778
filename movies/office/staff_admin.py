"""Office pages for role assignments of staff at cinemas."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from core.errors import LayarError
from movies.errors import RoleAlreadyAssigned
from movies.models import Role, StaffPost
from movies.office.admin import OfficeAdmin, is_for_chain
from movies.staff.assignments import invite_to_role, remove_role
from movies.staff.permissions import PERMISSION_DESCRIPTIONS, ROLE_PERMISSIONS, Permission


class RoleAssignmentForm(forms.ModelForm[StaffPost]):
    """Person, role and cinema. A new address gets an account whose owner chooses the password."""

    email = forms.EmailField(label=_("Email"), max_length=254, widget=UnfoldAdminEmailInputWidget)
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Needed if this address has no account yet."),
    )
    language = forms.ChoiceField(
        label=_("Language of the invitation"),
        choices=settings.LANGUAGES,
        widget=UnfoldAdminSelectWidget,
    )
    assigner: Any = None

    class Meta:
        model = StaffPost
        fields = ["role", "cinema"]

    def clean(self) -> dict[str, Any]:
        assigned = super().clean() or {}
        if assigned.get("role") == Role.CHAIN_ADMIN and assigned.get("cinema") is not None:
            self.add_error(
                "cinema", _("A chain administrator has no single cinema: leave it empty.")
            )
        if email := assigned.get("email"):
            self._check_person(email, assigned)
        return assigned

    def _check_person(self, email: str, assigned: dict[str, Any]) -> None:
        user = get_user_model()._default_manager.filter(email__iexact=email).first()
        if user is None:
            if not assigned.get("name"):
                self.add_error("name", _("Nobody has this address yet: please give their name."))
        elif user == self.assigner:
            self.add_error("email", _("Nobody gives themselves a post."))
        elif not user.is_active:
            self.add_error("email", _("This account is deactivated. Activate it first."))
        elif StaffPost.objects.filter(
            user=user, role=assigned.get("role"), cinema=assigned.get("cinema")
        ).exists():
            self.add_error("role", RoleAlreadyAssigned.message)


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
    actions_list = ["permissions_page"]

    @action(description=_("What each role may do"), url_path="permissions")
    def permissions_page(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("What each role may do"),
            "opts": self.opts,
            "roles": list(Role),
            "rows": [
                (description, [permission in ROLE_PERMISSIONS[role] for role in Role])
                for permission, description in PERMISSION_DESCRIPTIONS.items()
            ],
        }
        return TemplateResponse(request, "admin/movies/role_permissions.html", context)

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

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is not None:
            return ["user", "role", "cinema", "given_by", "given_at"]
        return ["email", "name", "language", "role", "cinema"]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        return type("AssignedBy", (form,), {"assigner": request.user})

    def save_model(self, request: HttpRequest, obj: StaffPost, form: Any, change: bool) -> None:
        entered = form.cleaned_data
        assigned = invite_to_role(
            email=entered["email"],
            name=entered["name"],
            language=entered["language"],
            role=Role(entered["role"]),
            cinema=entered["cinema"],
            by=request.user,
            at=timezone.now(),
        )
        obj.__dict__.update(assigned.__dict__)
        messages.info(
            request,
            _(
                "Whoever has no second step yet gets an email with a link to set up a password"
                " and a second step. It works once, for two days."
            ),
        )

    def delete_model(self, request: HttpRequest, obj: StaffPost) -> None:
        remove_role(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[StaffPost]) -> None:
        try:
            for assignment in queryset.select_related("user"):
                remove_role(assignment, by=request.user)
        except LayarError as refusal:
            raise PermissionDenied from refusal

"""Posts in the managers' office: who works where, and as what."""

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


class PostForm(forms.ModelForm[StaffPost]):
    class Meta:
        model = StaffPost
        fields = ["user", "role", "cinema"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("role") == Role.CHAIN_ADMIN and given.get("cinema") is not None:
            self.add_error(
                "cinema", _("A chain administrator has no single cinema: leave it empty.")
            )
        return given


@admin.register(StaffPost)
class StaffPostAdmin(OfficeAdmin):
    """Given and taken, never changed. Nobody gives or takes their own."""

    view_permission = Permission.GIVE_POSTS
    add_permission = delete_permission = Permission.GIVE_POSTS
    form = PostForm
    list_display = ["user", "email", "role", "place", "given_by", "given_at"]
    list_display_links = ["user"]
    list_filter = ["role", "cinema"]
    list_select_related = ["user", "cinema", "given_by"]
    search_fields = ["user__email", "user__name"]
    autocomplete_fields = ["user"]

    @admin.display(description=_("email"), ordering="user__email")
    def email(self, post: StaffPost) -> str:
        return str(post.user.email)

    @admin.display(description=_("cinema"), ordering="cinema")
    def place(self, post: StaffPost) -> str:
        return str(post.cinema or _("Whole chain"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_for_chain(request, Permission.GIVE_POSTS)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_own = obj is not None and obj.user_id == request.user.pk
        return not is_own and super().has_delete_permission(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        giver: Any = request.user

        class GivenBy(form):  # type: ignore[valid-type, misc]
            def clean_user(self) -> Any:
                person = self.cleaned_data["user"]
                if person == giver:
                    raise forms.ValidationError(_("Nobody gives themselves a post."))
                return person

        return GivenBy

    def save_model(self, request: HttpRequest, obj: StaffPost, form: Any, change: bool) -> None:
        given = assign_role(
            user=obj.user,
            role=Role(obj.role),
            cinema=obj.cinema,
            by=request.user,
            at=timezone.now(),
        )
        obj.__dict__.update(given.__dict__)

    def delete_model(self, request: HttpRequest, obj: StaffPost) -> None:
        remove_role(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[StaffPost]) -> None:
        try:
            for post in queryset.select_related("user"):
                remove_role(post, by=request.user)
        except LayarError as refusal:
            raise PermissionDenied from refusal

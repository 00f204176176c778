"""Office page that publishes versions; earlier ones are kept and read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from accounts.models import PageKind, PageVersion
from accounts.policies.pages import current, publish

# Chain administrators, granted by ``movies.staff.backends``.
PERMISSION = "office.assign_roles"


@admin.register(PageVersion)
class PageVersionAdmin(ModelAdmin):
    needs_recent_sign_in = True
    list_display = ["kind", "version", "title_id", "published_by", "published_at"]
    list_filter = ["kind"]
    list_select_related = ["published_by"]
    fields = ["kind", "title_id", "text_id", "title_en", "text_en"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The current text, of the kind in ``?kind=``."""
        kind = request.GET.get("kind", PageKind.HELP)
        page = current(PageKind(kind) if kind in PageKind.values else PageKind.HELP)
        return {name: getattr(page, name) for name in self.fields}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PageVersion, form: Any, change: bool) -> None:
        user: Any = request.user
        publish(obj, by=user, at=timezone.now())

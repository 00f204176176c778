"""Admin of backup runs and restore drills, read-only."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from backups.models import BackupDrill, BackupRun

# Permission for the whole chain, granted by ``movies.staff.backends``.
WHOLE_CHAIN = "office.assign_roles"


class ReadOnlyAdmin(ModelAdmin):
    list_filter = ["status"]
    date_hierarchy = "started_at"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(WHOLE_CHAIN)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(WHOLE_CHAIN)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(BackupRun)
class BackupRunAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "status", "finished_at", "size_bytes", "file_name", "failure"]


@admin.register(BackupDrill)
class BackupDrillAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "status", "finished_at", "rows", "file_name", "problems"]

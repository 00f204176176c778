"""What was backed up, for those who must be able to sleep."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from backups.models import BackupRun


@admin.register(BackupRun)
class BackupRunAdmin(ModelAdmin):
    list_display = ["started_at", "status", "finished_at", "size_bytes", "file_name", "failure"]
    list_filter = ["status"]
    date_hierarchy = "started_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: BackupRun | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: BackupRun | None = None) -> bool:
        return False

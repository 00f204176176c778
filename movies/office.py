"""What every list in the managers' office has in common: a manager finds their own cinemas only.

``cinema_path`` is the way from a row to its cinema. Superusers are the chain's own administrators.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from movies.models import Cinema


def cinemas_of(user: Any) -> models.QuerySet[Cinema]:
    """The cinemas that this member of staff works for."""
    if user.is_superuser:
        return Cinema.objects.all()
    return Cinema.objects.filter(managers=user)


class CinemaOfficeAdmin(ModelAdmin):
    """Shows only rows of the reader's cinemas, in lists, in choices and by address."""

    cinema_path: ClassVar[str] = "cinema"
    # Rows without a cinema belong to the whole chain: everybody may read them.
    shows_chain_rows: ClassVar[bool] = False
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        own = models.Q(**{f"{self.cinema_path}__in": cinemas_of(request.user)})
        if self.shows_chain_rows:
            own |= models.Q(**{f"{self.cinema_path}__isnull": True})
        return rows.filter(own).distinct()


class ReadOnlyAdmin(ModelAdmin):
    """For rows that only the domain writes: they can be looked at, and nothing else."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

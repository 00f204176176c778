"""What every list in the managers' office has in common: a manager finds their own cinemas only.

``cinema_path`` is the way from a row to its cinema. Superusers are the chain's own administrators.
Who is given a cinema (``Cinema.managers``) is its manager and may what ``manager_rights`` says;
Django's permissions can give more, but never rows of another cinema.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from movies.models import Cinema, Studio


def cinemas_of(user: Any) -> models.QuerySet[Cinema]:
    """The cinemas that this member of staff works for."""
    if user.is_superuser:
        return Cinema.objects.all()
    return Cinema.objects.filter(managers=user)


def is_manager(request: HttpRequest) -> bool:
    """Whether the signed-in member of staff was given a cinema. Asked once per request."""
    known: bool | None = getattr(request, "_manages_a_cinema", None)
    if known is None:
        user: Any = request.user
        is_staff = user.is_active and user.is_staff
        known = bool(is_staff and Cinema.objects.filter(managers=user.pk).exists())
        request._manages_a_cinema = known  # type: ignore[attr-defined]
    return known


class ManagerRightsAdmin(ModelAdmin):
    """Lets managers do what ``manager_rights`` names, without a permission given to each."""

    manager_rights: ClassVar[frozenset[str]] = frozenset({"view"})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_module_permission(request)) or is_manager(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_view_permission(request, obj)) or self._may("view", request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_add_permission(request)) or self._may("add", request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_change_permission(request, obj)) or self._may("change", request)

    def _may(self, right: str, request: HttpRequest) -> bool:
        return right in self.manager_rights and is_manager(request)


class CinemaOfficeAdmin(ManagerRightsAdmin):
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

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Cinema:
            kwargs["queryset"] = cinemas_of(request.user)
        elif db_field.related_model is Studio:
            own = Studio.objects.filter(cinema__in=cinemas_of(request.user))
            kwargs["queryset"] = own.select_related("cinema")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyAdmin(ModelAdmin):
    """For rows that only the domain writes: they can be looked at, and nothing else."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

"""Base classes of the office's admin pages, with permissions per cinema.

``view_permission`` opens a list; ``add_permission``, ``change_permission`` and
``delete_permission`` allow the rest (None: nobody can do it in the office). ``cinema_path`` leads
from a row to its cinema; rows of cinemas where the user lacks the permission are excluded from
lists, choices and direct addresses. ``personal_fields`` are hidden without ``SEE_PEOPLE``.
Django's model permissions are not used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import RelatedFieldListFilter
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from core.forms.fields import RupiahField, WholeNumberField
from movies.models import Cinema, Studio
from movies.office.formatting import UNIT, ReadableMoney
from movies.staff.permissions import Permission, cinemas_with, has_permission, is_for_whole_chain


def cinema_ids_with(request: HttpRequest, permission: Permission) -> frozenset[int]:
    """Return the user's cinemas, cached on the request: the admin asks for them many times."""
    known: dict[Permission, frozenset[int]] = request.__dict__.setdefault("_cinema_ids_with", {})
    if permission not in known:
        known[permission] = frozenset(
            cinemas_with(request.user, permission).values_list("pk", flat=True)
        )
    return known[permission]


def is_for_chain(request: HttpRequest, permission: Permission) -> bool:
    known: dict[Permission, bool] = request.__dict__.setdefault("_is_for_chain", {})
    if permission not in known:
        known[permission] = is_for_whole_chain(request.user, permission)
    return known[permission]


def office_zone(request: HttpRequest) -> ZoneInfo:
    """Return the time zone of most of the user's cinemas, cached on the request.

    If their cinemas have several zones, ``request.office_clock`` names the chosen one for the page.
    """
    known: ZoneInfo | None = getattr(request, "office_zone", None)
    if known is None:
        seen = cinemas_with(request.user, Permission.SEE_SALES).values_list("time_zone", flat=True)
        counted = sorted(Counter(seen).items(), key=lambda one: (-one[1], one[0]))
        known = ZoneInfo(counted[0][0] if counted else settings.TIME_ZONE)
        request.office_zone = known  # type: ignore[attr-defined]
        if len(counted) > 1:
            request.office_clock = timezone.now().astimezone(known).tzname()  # type: ignore[attr-defined]
    return known


def require_permission(
    request: HttpRequest, permission: Permission, cinema: Cinema | int | None = None
) -> None:
    """Guard for views outside the admin classes. Raises PermissionDenied."""
    if not has_permission(request.user, permission, cinema):
        raise PermissionDenied


class OfficeAdmin(ModelAdmin):
    """Rows without a cinema: reading needs ``view_permission`` at any cinema, writing needs a
    chain-wide permission."""

    view_permission: ClassVar[Permission] = Permission.SEE_SALES
    add_permission: ClassVar[Permission | None] = None
    change_permission: ClassVar[Permission | None] = None
    delete_permission: ClassVar[Permission | None] = None
    personal_fields: ClassVar[frozenset[str]] = frozenset()
    # Prices, vouchers and roles: changes require recent authentication (checked by the site).
    needs_recent_sign_in: ClassVar[bool] = False
    # The only views that do, where others should not.
    recent_sign_in_views: ClassVar[frozenset[str]] = frozenset()
    # Shown by a list without rows and without filters.
    empty_text: ClassVar[Any] = ""
    show_full_result_count = False
    list_before_template: str | None = "admin/_clock.html"
    change_form_before_template: str | None = "admin/_clock.html"

    def requires_recent_sign_in(self, request: HttpRequest, view_name: str) -> bool:
        """Whether the site asks for recent authentication before this unsafe request."""
        return view_name in self.recent_sign_in_views

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Use text inputs for numbers, so that ``60.000`` is sixty thousand and never 60."""
        if isinstance(db_field, models.IntegerField) and not db_field.choices:
            is_rupiah = db_field.name.endswith(UNIT)
            kwargs["form_class"] = RupiahField if is_rupiah else WholeNumberField
            kwargs["widget"] = UnfoldAdminTextInputWidget
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        timezone.activate(office_zone(request))
        return super().changelist_view(request, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show and parse times in the zone of the user's cinemas."""
        timezone.activate(office_zone(request))
        return super().changeform_view(request, *args, **kwargs)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.view_permission, is_looking=True)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.view_permission, obj, is_looking=True)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.add_permission)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.change_permission, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.delete_permission, obj)

    def may(
        self,
        request: HttpRequest,
        permission: Permission | None,
        obj: Any = None,
        is_looking: bool = False,
    ) -> bool:
        if permission is None:
            return False
        if is_for_chain(request, permission):
            return True
        return is_looking and bool(cinema_ids_with(request, permission))

    def say_left_out(self, request: HttpRequest, selected: int, limit: int) -> None:
        """Report how many selected rows an action left out because of its ``limit``."""
        if selected > limit:
            text = ngettext(
                "%(count)d row was left out: select it again.",
                "%(count)d rows were left out: select them again.",
                selected - limit,
            )
            self.message_user(request, text % {"count": selected - limit}, messages.WARNING)

    def sees_people(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether personal fields may be shown; in a list, at every cinema whose rows it shows."""
        seen = cinema_ids_with(request, self.view_permission)
        return seen <= cinema_ids_with(request, Permission.SEE_PEOPLE)

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        return self._without_people(request, super().get_list_display(request))

    def get_search_fields(self, request: HttpRequest) -> Sequence[Any]:
        return self._without_people(request, super().get_search_fields(request))

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        return self._without_people(request, super().get_list_filter(request))

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Refuse lookups of hidden fields: filters would reveal them letter by letter."""
        if lookup.split("__")[0] in self.personal_fields and not self.sees_people(request):
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if not self.personal_fields or self.sees_people(request, obj):
            return fieldsets
        return [
            (name, options | {"fields": self._impersonal(options["fields"])})
            for name, options in fieldsets
        ]

    def _without_people(self, request: HttpRequest, names: Sequence[Any]) -> Sequence[Any]:
        if not self.personal_fields or self.sees_people(request):
            return names
        return self._impersonal(names)

    def _impersonal(self, names: Sequence[Any]) -> list[Any]:
        return [name for name in names if name not in self.personal_fields]


class OwnCinemasFilter(RelatedFieldListFilter):
    """Filter that offers only the user's cinemas."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        own = cinema_ids_with(request, model_admin.view_permission)
        choices: list[Any] = super().field_choices(field, request, model_admin)
        return [(pk, name) for pk, name in choices if pk in own]


class CinemaOfficeAdmin(OfficeAdmin):
    """Rows that belong to one cinema each; only those of the user's cinemas are accessible."""

    cinema_path: ClassVar[str] = "cinema"
    # Rows without a cinema belong to the whole chain; any role may read them.
    shows_chain_rows: ClassVar[bool] = False

    def may(
        self,
        request: HttpRequest,
        permission: Permission | None,
        obj: Any = None,
        is_looking: bool = False,
    ) -> bool:
        if permission is None:
            return False
        if is_for_chain(request, permission):
            return True
        if obj is None:
            return bool(cinema_ids_with(request, permission))
        cinema_id = self.cinema_id_of(obj)
        if cinema_id is None:
            return (
                is_looking and self.shows_chain_rows and bool(cinema_ids_with(request, permission))
            )
        return cinema_id in cinema_ids_with(request, permission)

    def cinema_id_of(self, obj: Any) -> int | None:
        *way, last = self.cinema_path.split("__")
        for step in way:
            obj = getattr(obj, step)
            if obj is None:
                return None
        found: int | None = obj.pk if last == "pk" else getattr(obj, f"{last}_id")
        return found

    def with_permission(
        self, request: HttpRequest, rows: models.QuerySet[Any], permission: Permission
    ) -> models.QuerySet[Any]:
        """Restrict visible rows to those with ``permission``."""
        if is_for_chain(request, permission):
            return rows
        return rows.filter(**{f"{self.cinema_path}__in": cinema_ids_with(request, permission)})

    def sees_people(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return super().sees_people(request)
        return self.may(request, Permission.SEE_PEOPLE, obj)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request)
        if is_for_chain(request, self.view_permission):
            return rows
        own = models.Q(
            **{f"{self.cinema_path}__in": cinema_ids_with(request, self.view_permission)}
        )
        if self.shows_chain_rows:
            own |= models.Q(**{f"{self.cinema_path}__isnull": True})
        return rows.filter(own)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Switch to the time zone of the row's own cinema."""
        found = super().get_object(request, object_id, from_field)
        if found is not None and (cinema_id := self.cinema_id_of(found)) is not None:
            zone = Cinema.objects.get(pk=cinema_id).zone
            timezone.activate(zone)
            if hasattr(request, "office_clock"):
                request.office_clock = timezone.now().astimezone(zone).tzname()
        return found

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        return [
            (name, OwnCinemasFilter) if str(name).endswith("cinema") else name
            for name in super().get_list_filter(request)
        ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        permission = self.add_permission or self.change_permission or self.view_permission
        if db_field.related_model is Cinema:
            kwargs["queryset"] = cinemas_with(request.user, permission)
        elif db_field.related_model is Studio:
            own = Studio.objects.filter(cinema__in=cinema_ids_with(request, permission))
            kwargs["queryset"] = own.select_related("cinema")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyAdmin(ReadableMoney, ModelAdmin):
    """Read-only pages for rows that only domain functions write."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

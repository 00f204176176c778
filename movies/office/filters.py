"""List filters with a useful default: what is open, or from today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from movies.models.business_day import business_date
from movies.office.admin import office_zone

EVERYTHING = "all"


class DefaultFilter(admin.SimpleListFilter):
    """A filter that applies ``default`` unless something is searched or filtered already.

    ``yields_to``: prefixes of parameters that choose rows by the same column.
    """

    default: ClassVar[str]
    options: ClassVar[tuple[tuple[str, Any], ...]]
    yields_to: ClassVar[tuple[str, ...]] = ()

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        others = request.GET.keys() - {self.parameter_name}
        is_chosen = "q" in others or any(name.startswith(self.yields_to) for name in others)
        self.value_without_choice = EVERYTHING if is_chosen else self.default
        self.request = request
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*self.options, (EVERYTHING, _("All"))]

    def value(self) -> str:
        asked = super().value()
        known = {value for value, _label in self.lookup_choices} | {EVERYTHING}
        return asked if asked in known else self.value_without_choice

    def choices(self, changelist: Any) -> Any:
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    @property
    def everything_query(self) -> str:
        """The query of all rows, if the default hides some."""
        return "" if self.value() == EVERYTHING else f"?{self.parameter_name}={EVERYTHING}"


class ShowtimeDayFilter(DefaultFilter):
    """Showtimes from today's business date in the zone of the user's cinemas."""

    title = _("day")
    parameter_name = "day"
    default = "upcoming"
    options = (
        ("upcoming", _("From today")),
        ("today", _("Today")),
        ("yesterday", _("Yesterday")),
        ("past", _("Before today")),
    )
    yields_to = ("business_date",)
    path: ClassVar[str] = "business_date"

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any]:
        today = business_date(timezone.now(), office_zone(request))
        lookups = {
            "upcoming": {f"{self.path}__gte": today},
            "today": {self.path: today},
            "yesterday": {self.path: today - timedelta(days=1)},
            "past": {f"{self.path}__lt": today},
        }
        return queryset.filter(**lookups.get(self.value(), {}))


class OpenFilter(DefaultFilter):
    """Rows whose ``closing_field`` is empty are open."""

    title = _("state")
    parameter_name = "state"
    default = "open"
    options = (("open", _("Open")), ("closed", _("Finished")))
    closing_field: ClassVar[str]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any]:
        if self.value() == EVERYTHING:
            return queryset
        is_open = self.value() == self.default
        return queryset.filter(**{f"{self.closing_field}__isnull": is_open})

"""Rupiah columns in the office's lists and read-only pages (``Rp45,000``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import lazy

from core.templatetags.money import rupiah

BASIS_POINTS_PER_PERCENT = 100
UNIT = "_rupiah"  # suffix of every money field's name
UNIT_NAMED = " (Rp)"  # suffix of its label in forms

Column = Callable[[models.Model], str]


def percent(basis_points: int) -> str:
    """``7.5 %`` in the reader's notation."""
    return f"{number_format(Decimal(basis_points) / BASIS_POINTS_PER_PERCENT)} %"


class ReadableMoney:
    """Mixin for read-only ModelAdmins and inlines that formats money fields."""

    model: Any

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._readable(super().get_list_display(request))  # type: ignore[misc]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self._readable(super().get_fields(request, obj))  # type: ignore[misc]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        own = (field for field in self.model._meta.fields if field.name.endswith(UNIT))
        return [*super().get_readonly_fields(request, obj), *map(_column, own)]  # type: ignore[misc]

    def _readable(self, names: Iterable[Any]) -> list[Any]:
        """Replace money fields by formatted columns and drop duplicates."""
        shown = [
            _column(self.model._meta.get_field(name))
            if isinstance(name, str) and name.endswith(UNIT)
            else name
            for name in names
        ]
        return list(dict.fromkeys(shown))


@cache
def _column(field: models.Field[Any, Any]) -> Column:
    def amount(row: models.Model) -> str:
        return rupiah(getattr(row, field.name))

    amount.__name__ = field.name
    label = lazy(lambda: str(field.verbose_name).removesuffix(UNIT_NAMED), str)()
    return admin.display(description=label, ordering=field.name)(amount)

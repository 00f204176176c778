"""Readable values of audit events: labels, names, amounts and local times instead of raw values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.templatetags.money import rupiah
from movies.models import Showtime, Studio

EMPTY = "–"
AMOUNT_ENDS = "_rupiah"
SHARE_ENDS = "_percent"
MINUTES_AN_HOUR = 60

Formatter = Callable[[Any], str]


@dataclass(frozen=True)
class RowLabel:
    """Label of a model's rows where ``str()`` is not enough, with the relations that it reads."""

    label: Callable[[Any, tzinfo], str]
    select_related_fields: tuple[str, ...] = ()


ROW_LABELS: dict[type[models.Model], RowLabel] = {
    Showtime: RowLabel(
        lambda row, zone: f"{row.movie} · {row.studio} · {format_time(row.starts_at, zone)}",
        ("movie", "studio__cinema"),
    ),
    Studio: RowLabel(lambda row, zone: str(row), ("cinema",)),
}


class RowNames:
    """Names of related rows: one query per model. A deleted row is shown by its id."""

    def __init__(self, wanted: Iterable[tuple[Any, Any]]) -> None:
        wanted_pks: dict[Any, set[Any]] = defaultdict(set)
        for model, pk in wanted:
            if pk is not None:
                wanted_pks[model].add(pk)
        self._rows = {model: _rows(model, pks) for model, pks in wanted_pks.items()}

    def of(self, model: Any, pk: Any, zone: tzinfo) -> str:
        row = self._rows.get(model, {}).get(pk)
        if row is None:
            return f"#{pk}"
        return ROW_LABELS[model].label(row, zone) if model in ROW_LABELS else str(row)


def _rows(model: Any, pks: set[Any]) -> dict[Any, Any]:
    rows = model._default_manager.all()
    if model in ROW_LABELS and ROW_LABELS[model].select_related_fields:
        rows = rows.select_related(*ROW_LABELS[model].select_related_fields)
    found: dict[Any, Any] = rows.in_bulk(pks)
    return found


def label_of(field: Any) -> str:
    """Field label without the unit, which is part of the formatted amount."""
    return str(capfirst(str(field.verbose_name).removesuffix(" (Rp)")))


def is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def format_value(field: Any, value: Any, zone: tzinfo, names: RowNames) -> str:
    if is_empty(value):
        return EMPTY
    if field.is_relation:
        return names.of(field.related_model, value, zone)
    if field.name.endswith(AMOUNT_ENDS):
        return rupiah(value)
    if field.name.endswith(SHARE_ENDS):
        return f"{value} %"
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _format_plain(value, zone)


def _format_plain(value: Any, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        return format_time(value, zone)
    if isinstance(value, date):
        return date_format(value, "j M Y")
    return str(value)


def format_time(at: datetime, zone: tzinfo) -> str:
    """Local date and time with the name of the zone: WIB, WITA, WIT."""
    local = at.astimezone(zone)
    return f"{date_format(local, 'j M Y, H:i')} {local.tzname()}"


def minute_of_day(minute: int) -> str:
    return f"{minute // MINUTES_AN_HOUR:02}:{minute % MINUTES_AN_HOUR:02}"

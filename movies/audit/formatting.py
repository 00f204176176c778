"""What a row of history says, in its reader's words.

Labels instead of codes, names instead of ids, amounts as on a price tag, hours as the cinema's
clock shows them. A row of which only its number is left is told by the number.
"""

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

NOTHING = "–"
AMOUNT_ENDS = "_rupiah"
SHARE_ENDS = "_percent"
MINUTES_AN_HOUR = 60

Words = Callable[[Any], str]


@dataclass(frozen=True)
class Named:
    """How rows of a model are named where their own name is not enough; read ``along_with``."""

    words: Callable[[Any, tzinfo], str]
    along_with: tuple[str, ...] = ()


NAMED: dict[type[models.Model], Named] = {
    Showtime: Named(
        lambda row, zone: f"{row.movie} · {row.studio} · {hour_of(row.starts_at, zone)}",
        ("movie", "studio__cinema"),
    ),
    Studio: Named(lambda row, zone: str(row), ("cinema",)),
}


class Names:
    """Of the rows that others point at: one query a model, however many rows there are."""

    def __init__(self, wanted: Iterable[tuple[Any, Any]]) -> None:
        asked: dict[Any, set[Any]] = defaultdict(set)
        for model, pk in wanted:
            if pk is not None:
                asked[model].add(pk)
        self._rows = {model: _rows(model, pks) for model, pks in asked.items()}

    def of(self, model: Any, pk: Any, zone: tzinfo) -> str:
        row = self._rows.get(model, {}).get(pk)
        if row is None:
            return f"#{pk}"
        return NAMED[model].words(row, zone) if model in NAMED else str(row)


def _rows(model: Any, pks: set[Any]) -> dict[Any, Any]:
    rows = model._default_manager.all()
    if model in NAMED and NAMED[model].along_with:
        rows = rows.select_related(*NAMED[model].along_with)
    found: dict[Any, Any] = rows.in_bulk(pks)
    return found


def label_of(field: Any) -> str:
    """Without the unit, which stands at the amount."""
    return str(capfirst(str(field.verbose_name).removesuffix(" (Rp)")))


def is_nothing(value: Any) -> bool:
    return value is None or value == "" or value == []


def word(field: Any, value: Any, zone: tzinfo, names: Names) -> str:
    if is_nothing(value):
        return NOTHING
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
    return _plain(value, zone)


def _plain(value: Any, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        return hour_of(value, zone)
    if isinstance(value, date):
        return date_format(value, "j M Y")
    return str(value)


def hour_of(at: datetime, zone: tzinfo) -> str:
    """With the clock's name: WIB, WITA, WIT."""
    local = at.astimezone(zone)
    return f"{date_format(local, 'j M Y, H:i')} {local.tzname()}"


def minute_of_day(minute: int) -> str:
    return f"{minute // MINUTES_AN_HOUR:02}:{minute % MINUTES_AN_HOUR:02}"

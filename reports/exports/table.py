"""A report's rows and totals, formatted for one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.templatetags.money import rupiah
from reports.figures.report import SHARE_WHOLE, Column, Kind, Report, Row
from reports.figures.scope import ReportScope

MINUTES_PER_HOUR = 60
TEXTS_CACHED_MAX = 8_192
NAMES_SHOWN_MAX = 6  # of cinemas; further ones are counted

Value = str | int | float | bool | date | None


@dataclass(frozen=True)
class ReportTable:
    report: Report
    scope: ReportScope
    rows: Sequence[Row]
    totals: Mapping[str, int | None]

    @classmethod
    def of(cls, report: Report, scope: ReportScope, rows: Sequence[Row]) -> ReportTable:
        return cls(report, scope, rows, report.totals(rows))

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.report.columns

    def values(self, row: Row) -> list[Value]:
        return [to_cell(column.kind, row[column.key]) for column in self.columns]

    def total_values(self) -> list[Value]:
        """The row of totals, labelled in its first cell."""
        values = [to_cell(one.kind, self.totals.get(one.key)) for one in self.columns]
        return [_("Total"), *values[1:]]

    def texts(self, row: Row) -> list[str]:
        return [format_value(column.kind, row[column.key]) for column in self.columns]

    def total_texts(self) -> list[str]:
        texts = [format_value(one.kind, self.totals.get(one.key)) for one in self.columns]
        return [_("Total"), *texts[1:]]

    def facts(self) -> Iterator[tuple[str, str]]:
        """Label and value pairs describing the scope."""
        scope = self.scope
        first, last = format_value(Kind.DATE, scope.first), format_value(Kind.DATE, scope.last)
        yield _("Days"), first if scope.first == scope.last else f"{first} – {last}"
        names = [cinema.name for cinema in scope.cinemas]
        shown = ", ".join(names[:NAMES_SHOWN_MAX])
        more = len(names) - NAMES_SHOWN_MAX
        yield (
            _("Cinemas"),
            shown
            if more <= 0
            else _("%(names)s and %(count)d more")
            % {
                "names": shown,
                "count": more,
            },
        )
        if scope.movie is not None:
            yield _("Film"), scope.movie.title
        yield _("Counted"), str(scope.basis.label)
        zone = scope.cinemas[0].zone if scope.cinemas else None
        yield _("As of"), format_datetime(scope.at, "d MMM y HH:mm zzz", zone, locale())


def to_cell(kind: Kind, value: Any) -> Value:
    """Convert to a spreadsheet value: hours and shares become fractions."""
    if value is None:
        return None
    if kind == Kind.MINUTES:
        return float(round(value / MINUTES_PER_HOUR, 2))
    if kind == Kind.SHARE:
        return float(value / SHARE_WHOLE)
    result: Value = value
    return result


def format_value(kind: Kind, value: Any) -> str:
    """Format for people, in the active language."""
    if value is None:
        return ""
    if kind == Kind.YES:
        return _("yes") if value else _("no")
    if kind == Kind.TEXT:
        return str(value)
    return _format_value(kind, value, locale())


@lru_cache(maxsize=TEXTS_CACHED_MAX)
def _format_value(kind: Kind, value: Any, language: str) -> str:
    """Cached, because a page formats the same few values thousands of times."""
    if kind == Kind.RUPIAH:
        return rupiah(value)  # uses the active language
    if kind == Kind.COUNT:
        return format_decimal(value, "#,##0", language)
    if kind == Kind.MINUTES:
        return format_decimal(value / MINUTES_PER_HOUR, "#,##0.0", language)
    if kind == Kind.SHARE:
        return format_percent(value / SHARE_WHOLE, "0.0%", language)
    return format_date(value, "d MMM y", language)


def locale() -> str:
    return "id" if (get_language() or "").startswith("id") else "en"

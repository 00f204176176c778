"""Report definitions: columns, query, chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from reports.figures.scope import Basis, ReportScope

Row = Mapping[str, Any]
SHARE_WHOLE = 10_000  # basis points


class Kind(StrEnum):
    """Value type, which determines formatting and spreadsheet type."""

    TEXT = "text"
    DATE = "date"
    COUNT = "count"
    RUPIAH = "rupiah"
    MINUTES = "minutes"  # shown as hours
    SHARE = "share"  # basis points, shown as a percentage
    YES = "yes"  # True, False or nothing


@dataclass(frozen=True)
class Column:
    """A column. Numbers have totals; the total of a share is total part / total whole."""

    key: str
    label: StrPromise
    meaning: StrPromise
    kind: Kind
    part: str = ""
    whole: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.COUNT, Kind.RUPIAH, Kind.MINUTES, Kind.SHARE)

    def total(self, sums: Mapping[str, int]) -> int | None:
        if self.kind == Kind.SHARE:
            return share(sums[self.part], sums[self.whole])
        return sums.get(self.key)


@dataclass(frozen=True)
class Chart:
    """``shape`` is a Chart.js type; ``series`` are column keys with the same unit.

    With ``by``, rows are grouped by that column and summed; shares cannot be summed.
    """

    shape: str
    series: tuple[str, ...]
    by: str = ""

    def points(self, rows: Sequence[Row]) -> Sequence[Row]:
        if not self.by:
            return rows
        summed: dict[Any, dict[str, Any]] = {}
        for row in rows:
            point = summed.setdefault(
                row[self.by], {self.by: row[self.by]} | dict.fromkeys(self.series, 0)
            )
            for key in self.series:
                point[key] += row[key] or 0
        return [summed[name] for name in sorted(summed)]


@dataclass(frozen=True)
class Report:
    slug: str
    title: StrPromise
    meaning: StrPromise
    columns: tuple[Column, ...]
    bases: tuple[Basis, ...]  # the first is the default
    query: Callable[[ReportScope], list[dict[str, Any]]]
    label: str  # the column that names a row
    chart: Chart | None = None
    # Column whose total must equal the ledger's sum, if any.
    ledger: str = ""
    # Sort rows by this column, descending; by default the query's order.
    ranked_by: str = ""

    def rows(self, scope: ReportScope) -> list[dict[str, Any]]:
        """All rows in the report's order, in a fixed number of queries."""
        rows = self.query(scope)
        if self.ranked_by:
            rows.sort(key=lambda row: (-row[self.ranked_by], str(row[self.label])))
        return rows

    def totals(self, rows: Sequence[Row]) -> dict[str, int | None]:
        """Column totals; shares are recomputed from their totals."""
        summed = [one.key for one in self.columns if one.is_number and one.kind != Kind.SHARE]
        sums = {key: sum(row[key] or 0 for row in rows) for key in summed}
        return {one.key: one.total(sums) for one in self.columns if one.is_number}

    def column(self, key: str) -> Column:
        return next(one for one in self.columns if one.key == key)


def share(part: int, whole: int) -> int | None:
    """Basis points, rounded half up; None if ``whole`` is zero."""
    return (part * SHARE_WHOLE * 2 + whole) // (2 * whole) if whole else None


NOT_NAMED = _("(not named)")

"""Report pages: overview, table with chart, and export."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.decorators import enforce
from core.ratelimit import RateLimit
from movies.models import Cinema
from movies.staff.permissions import Permission, cinemas_with, has_permission
from reports.exports import jobs
from reports.exports.dispatch import queue_on_commit
from reports.exports.table import ReportTable, format_value, to_cell
from reports.exports.writers.registry import CONTENT_TYPES, file_name, write
from reports.figures import REPORTS
from reports.figures.report import Kind, Report, Row
from reports.figures.scope import ReportScope
from reports.figures.snapshot import PAGE_SECONDS, ReportTimeout, read_snapshot
from reports.models import Format
from reports.views.forms import FiltersForm

# Reports aggregate whole months: limited per person and minute.
REPORTS_BY_PERSON = RateLimit("report_person", 60, 60)
FILES_BY_PERSON = RateLimit("report_file_person", 20, 60)
ROWS_SHOWN_MAX = 500
POINTS_DRAWN_MAX = 124
RANKED_POINTS_MAX = 15  # more bars of a ranking are unreadable


def readable_cinemas(request: HttpRequest) -> tuple[Cinema, ...]:
    """Raises PermissionDenied if the user may see no cinema's sales."""
    cinemas = tuple(cinemas_with(request.user, Permission.SEE_SALES))
    if not cinemas and not has_permission(request.user, Permission.SEE_SALES):
        raise PermissionDenied  # a new chain may have no cinema yet
    return cinemas


def limit_files(request: HttpRequest) -> None:
    """Count one file of a report, made now or by a worker. Raises TooManyRequests."""
    enforce(FILES_BY_PERSON, f"user:{request.user.pk}")


def report_or_404(slug: str) -> Report:
    try:
        return REPORTS[slug]
    except KeyError:
        raise Http404 from None


@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    readable_cinemas(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Reports"),
        "reports": REPORTS.values(),
    }
    return TemplateResponse(request, "reports/overview.html", context)


@require_safe
@never_cache
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """A report over the days, cinemas and film of the query string."""
    report = report_or_404(slug)
    form = _form(request, report)
    if not form.is_valid():
        return _page(request, report, form, {}, status=400)
    enforce(REPORTS_BY_PERSON, f"user:{request.user.pk}")
    scope = form.scope(request.user)
    try:
        rows, ledger_rupiah = read_snapshot(PAGE_SECONDS, partial(_read, report, scope))
    except ReportTimeout:
        return _page(
            request, report, form, {"is_too_slow": True}
        )  # the page offers a background export
    return _page(request, report, form, _shown(request, report, scope, rows, ledger_rupiah))


@require_POST
@never_cache
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """Export as a file: immediately, or as a background job if it is large."""
    report = report_or_404(slug)
    file_format = _format(request)
    form = _form(request, report)
    if not form.is_valid():
        return _page(request, report, form, {}, status=400)
    limit_files(request)
    scope = form.scope(request.user)
    rows = _rows_at_once(report, scope, file_format)
    if rows is not None:
        return _file(ReportTable.of(report, scope, rows), file_format)
    job = jobs.create(
        user=request.user,
        report=report,
        scope=scope,
        file_format=file_format,
        language=(get_language() or "")[:2],
        at=form.at,
    )
    queue_on_commit(job)
    return redirect("reports:export", job.pk)


def _read(report: Report, scope: ReportScope) -> tuple[list[dict[str, Any]], int | None]:
    return report.rows(scope), scope.ledger_rupiah() if report.ledger else None


def _rows_at_once(
    report: Report, scope: ReportScope, file_format: Format
) -> list[dict[str, Any]] | None:
    """None if the export should run in the background: many days, many rows, or slow."""
    if not jobs.is_immediate(scope, 0, file_format):
        return None
    try:
        rows = read_snapshot(PAGE_SECONDS, partial(report.rows, scope))
    except ReportTimeout:
        return None
    return rows if jobs.is_immediate(scope, len(rows), file_format) else None


def _format(request: HttpRequest) -> Format:
    try:
        return Format(request.POST.get("format", ""))
    except ValueError:
        raise Http404 from None


def _form(request: HttpRequest, report: Report) -> FiltersForm:
    cinemas = readable_cinemas(request)
    return FiltersForm(request.GET, report=report, cinemas=cinemas, at=timezone.now())


def _file(table: ReportTable, file_format: Format) -> HttpResponse:
    file = io.BytesIO()
    write(file_format, table, file)
    answer = HttpResponse(file.getvalue(), content_type=CONTENT_TYPES[file_format])
    name = file_name(table, file_format)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(
    request: HttpRequest,
    report: Report,
    form: FiltersForm,
    shown: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    query = request.GET.copy()
    query.pop("sort", None)
    context = {
        **admin.site.each_context(request),
        "title": report.title,
        "report": report,
        "reports": REPORTS.values(),
        "form": form,
        "formats": Format,
        "query": query.urlencode(),
        **shown,
    }
    return TemplateResponse(request, "reports/report.html", context, status=status)


def _shown(
    request: HttpRequest,
    report: Report,
    scope: ReportScope,
    rows: list[dict[str, Any]],
    ledger_rupiah: int | None,
) -> dict[str, Any]:
    table = ReportTable.of(report, scope, rows)
    drawn = _chart(table)
    sort = request.GET.get("sort", "")
    rows = _sorted(report, rows, sort)
    return {
        "facts": list(table.facts()),
        "heads": _heads(request, report, sort),
        "rows": [_cells(report, table.texts(row)) for row in rows[:ROWS_SHOWN_MAX]],
        "rows_count": len(rows),
        "rows_hidden": max(0, len(rows) - ROWS_SHOWN_MAX),
        "totals": _cells(report, table.total_texts()),
        "chart": drawn,
        "ledger": None if ledger_rupiah is None else format_value(Kind.RUPIAH, ledger_rupiah),
        "agrees": ledger_rupiah is None or table.totals[report.ledger] == ledger_rupiah,
        "is_export_queued": not jobs.is_immediate(scope, len(rows), Format.XLSX),
    }


def _cells(report: Report, texts: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"text": text, "is_number": column.is_number}
        for column, text in zip(report.columns, texts, strict=True)
    ]


def _sorted(report: Report, rows: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Sort by a column (descending with a leading ``-``); empty values last."""
    key = sort.removeprefix("-")
    if key not in {column.key for column in report.columns}:
        return rows
    known = [row for row in rows if row[key] is not None]
    known.sort(key=lambda row: row[key], reverse=sort.startswith("-"))
    return known + [row for row in rows if row[key] is None]


def _heads(request: HttpRequest, report: Report, sort: str) -> list[dict[str, Any]]:
    """Column heads with their sort links; numbers sort descending first."""
    heads = []
    for column in report.columns:
        up, down = column.key, f"-{column.key}"
        first, second = (down, up) if column.is_number else (up, down)
        query = request.GET.copy()
        query["sort"] = second if sort == first else first
        order = {up: "ascending", down: "descending"}.get(sort, "")
        heads.append({"column": column, "query": query.urlencode(), "order": order})
    return heads


def _chart(table: ReportTable) -> dict[str, Any] | None:
    """Chart.js data, or None if there is nothing to draw."""
    report, chart = table.report, table.report.chart
    points_max = RANKED_POINTS_MAX if report.ranked_by else POINTS_DRAWN_MAX
    points = chart.points(table.rows) if chart else []
    if chart is None or not points or len(points) > POINTS_DRAWN_MAX:
        return None
    rows = points[:points_max]
    label = report.column(chart.by or report.label)
    return {
        "shape": chart.shape,
        "unit": report.column(chart.series[0]).kind.value,
        "labels": [format_value(label.kind, row[label.key]) for row in rows],
        "series": [
            {"label": str(report.column(key).label), "values": _values(report, rows, key)}
            for key in chart.series
        ],
    }


def _values(report: Report, rows: Sequence[Row], key: str) -> list[Any]:
    return [to_cell(report.column(key).kind, row[key]) for row in rows]

"""Report definitions in docs/reports.md match the reports."""

from __future__ import annotations

from reports.exports import jobs
from reports.figures import REPORTS, docs
from reports.figures.report import Kind
from reports.schedules import delivery
from reports.schedules.email import ATTACHED_BYTES_MAX


def test_guide_contains_the_definitions() -> None:
    _head, _mark, actual = docs.FILE.read_text(encoding="utf-8").partition(docs.MARK)
    assert actual == docs.definitions()


def test_guide_names_the_actual_limits() -> None:
    head = docs.FILE.read_text(encoding="utf-8").partition(docs.MARK)[0]
    megabytes = ATTACHED_BYTES_MAX // 1024**2
    expected = [
        f"more than {jobs.ROWS_AT_ONCE_MAX:,} rows (as PDF: {jobs.PDF_ROWS_AT_ONCE_MAX})",
        f"or {jobs.DAYS_AT_ONCE_MAX} days",
        f"for\n  {jobs.KEEP_HOURS} hours",
        f"more than {megabytes} MB",
        f"{delivery.ATTEMPTS_MAX} times",
    ]
    assert [text for text in expected if text not in head] == []


def test_every_report_is_complete() -> None:
    for slug, report in REPORTS.items():
        keys = [column.key for column in report.columns]
        assert report.chart is not None  # every report is also drawn
        charted = list(report.chart.series)
        drawn_by = report.chart.by or report.label
        named = [report.label, drawn_by, *charted, *filter(None, [report.ledger, report.ranked_by])]
        parts = [
            key
            for column in report.columns
            if column.kind == Kind.SHARE
            for key in (column.part, column.whole)
        ]
        assert (report.slug, len(set(keys))) == (slug, len(keys))
        assert [key for key in [*named, *parts] if key not in keys] == []
        assert len({report.column(key).kind for key in charted}) <= 1
        assert [column.key for column in report.columns if not str(column.meaning).strip()] == []

"""Generates the definitions in docs/reports.md from the reports.

``manage.py shell -c "from reports.figures import docs; docs.write()"`` writes them; a
test compares.
"""

from __future__ import annotations

from pathlib import Path

from django.utils import translation

from reports.figures import REPORTS
from reports.figures.report import Report

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "reports.md"

MARK = "## What the figures mean\n"


def definitions() -> str:
    """Every report and column with its meaning, in English."""
    with translation.override("en"):
        return "\n".join(_section(report) for report in REPORTS.values())


def write() -> None:
    """Replace the part of docs/reports.md after MARK."""
    head, mark, _old = FILE.read_text(encoding="utf-8").partition(MARK)
    FILE.write_text(head + mark + definitions(), encoding="utf-8")


def _section(report: Report) -> str:
    bases = "; or ".join(str(basis.label) for basis in report.bases)
    lines = [f"### {report.title}", f"{report.meaning} Counted {bases}.", ""]
    lines += ["| Figure | What it is |", "|---|---|"]
    lines += [f"| {column.label} | {column.meaning} |" for column in report.columns]
    return "\n".join(lines) + "\n"

"""Chooses the writer and content type of each export format."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from reports.exports.table import ReportTable
from reports.exports.writers.csv import write_csv
from reports.models import Format

CONTENT_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
    Format.PDF: "application/pdf",
}

Writer = Callable[[ReportTable, BinaryIO, Callable[[int], None]], None]


def ignore_progress(_rows_done: int) -> None:
    """Progress callback of immediate exports."""


def write(
    file_format: Format,
    table: ReportTable,
    file: BinaryIO,
    progress: Callable[[int], None] = ignore_progress,
) -> None:
    _writer(file_format)(table, file, progress)


def _writer(file_format: Format) -> Writer:
    """Import the PDF and XLSX libraries on first use, because loading them is slow."""
    if file_format is Format.PDF:
        from reports.exports.writers.pdf import write_pdf

        return write_pdf
    if file_format is Format.XLSX:
        from reports.exports.writers.xlsx import write_xlsx

        return write_xlsx
    return write_csv


def file_name(table: ReportTable, file_format: Format) -> str:
    """Download file name."""
    scope = table.scope
    return f"{table.report.slug}-{scope.first:%Y%m%d}-{scope.last:%Y%m%d}.{file_format.value}"

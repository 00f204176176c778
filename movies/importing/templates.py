"""Template files for imports: a table with examples, in the formats that Excel reads."""

from __future__ import annotations

import csv
import io

from django.utils.translation import gettext as _

from movies.importing.plan import ImportKind

COLUMN_WIDTH = 18
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_template(kind: ImportKind) -> bytes:
    """Semicolons and a byte order mark, so that Indonesian Excel opens it in columns."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.name for column in kind.columns])
    writer.writerows(_examples(kind))
    return text.getvalue().encode("utf-8-sig")


def xlsx_template(kind: ImportKind) -> bytes:
    """The second sheet explains the columns; imports leave it out."""
    import openpyxl  # slow to load and rarely needed
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    table = book.active
    assert table is not None
    table.title = kind.name
    table.append([column.name for column in kind.columns])
    for row in _examples(kind):
        table.append(list(row))
    meanings = book.create_sheet(_("Columns"))
    for column in kind.columns:
        meanings.append([column.name, str(column.meaning)])
    for cell in table[1]:
        cell.font = Font(bold=True)
        table.column_dimensions[cell.column_letter].width = COLUMN_WIDTH
    meanings.column_dimensions["A"].width = COLUMN_WIDTH
    table.freeze_panes = "A2"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _examples(kind: ImportKind) -> list[tuple[str, ...]]:
    return list(zip(*(column.examples for column in kind.columns), strict=True))

"""Streaming reader of OpenDocument spreadsheets."""

from __future__ import annotations

import re
import zipfile

from movies.importing.reader.rows import (
    CELL_CHARACTERS_MAX,
    CELLS_MAX,
    COLUMNS_MAX,
    ROWS_MAX,
    TABLES_MAX,
    Tables,
    Unreadable,
    add_row,
)
from movies.importing.reader.xml_parts import Attributes, parse

DURATION = re.compile(r"PT(\d+)H(\d+)M([\d.]+)S")


class OdsTables:
    """Streaming parser of an OpenDocument spreadsheet."""

    def __init__(self) -> None:
        self.tables: Tables = []
        self._number = self._repeat = self._cells = 0
        self._values: list[str] = []
        self._spans: dict[int, tuple[str, int]] = {}  # column → value and rows left
        self._attributes: Attributes = {}
        self._text, self._is_text = "", False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "table":
            self.tables.append((attributes.get("name", ""), []))
            self._number, self._spans = 0, {}
        elif tag == "table-row":
            self._repeat = int(attributes.get("number-rows-repeated", "1"))
            self._values = []
        elif tag in ("table-cell", "covered-table-cell"):
            self._cells += 1
            if self._cells > CELLS_MAX:
                raise Unreadable("too_many_cells", CELLS_MAX)
            self._attributes, self._text = attributes, ""
        elif tag == "p":
            self._is_text = True

    def text(self, data: str) -> None:
        if self._is_text and len(self._text) < CELL_CHARACTERS_MAX:
            self._text += data

    def end(self, tag: str) -> None:
        if tag == "p":
            self._is_text = False
        elif tag in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif tag == "table-row" and self.tables:
            if len(self.tables) <= TABLES_MAX:
                # A row that is repeated beyond the limit is not read further.
                for number in range(min(self._repeat, ROWS_MAX) if any(self._values) else 0):
                    add_row(self.tables[-1][1], self._number + number + 1, self._values)
            self._number += self._repeat

    def _end_cell(self) -> None:
        attributes, column = self._attributes, len(self._values)
        value = self._cell_text()
        if not value and column in self._spans:
            value, left = self._spans.pop(column)
            if left > 1:
                self._spans[column] = (value, left - 1)
        elif (rows := int(attributes.get("number-rows-spanned", "1"))) > 1:
            self._spans[column] = (value, rows - 1)
        repeat = int(attributes.get("number-columns-repeated", "1"))
        room = COLUMNS_MAX - column
        self._values.extend([value] * max(0, min(repeat, room)))

    def _cell_text(self) -> str:
        attributes = self._attributes
        kind = attributes.get("value-type", "string")
        if kind == "date":
            return attributes["date-value"].replace("T", " ").removesuffix(" 00:00:00")
        if kind == "time" and (found := DURATION.fullmatch(attributes["time-value"])):
            minutes = int(found[1]) * 60 + int(found[2]) + round(float(found[3]) / 60)
            return f"{minutes // 60:02d}:{minutes % 60:02d}"
        if kind == "boolean":
            return "yes" if attributes["boolean-value"] == "true" else "no"
        if kind in ("float", "currency", "percentage"):
            number = float(attributes["value"])
            return str(int(number)) if number.is_integer() else repr(number)
        return self._text


def ods_tables(parts: zipfile.ZipFile) -> Tables:
    document = OdsTables()
    parse(parts, "content.xml", document.start, document.end, document.text)
    return document.tables

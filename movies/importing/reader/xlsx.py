"""Streaming reader of XLSX worksheets."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime, timedelta

from movies.importing.reader.rows import (
    CELL_CHARACTERS_MAX,
    CELLS_MAX,
    COLUMNS_MAX,
    ROWS_MAX,
    TABLES_MAX,
    Rows,
    Tables,
    Unreadable,
    add_row,
)
from movies.importing.reader.xml_parts import Attributes, parse

STRINGS_MAX = 200_000
MINUTES_PER_DAY = 24 * 60

# Built-in number formats of dates and times (ECMA-376, 18.8.30).
BUILT_IN_FORMATS = {
    **dict.fromkeys((14, 15, 16, 17), "d/m/y"),
    **dict.fromkeys((18, 19, 20, 21), "h:m"),
    22: "d/m/y h:m",
    45: "m:s",
    46: "[h]:m:s",
    47: "m:s",
}
LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
CELL_NAME = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def _position(name: str) -> tuple[int, int]:
    """Row and column, both from 1. Raises ValueError."""
    found = CELL_NAME.fullmatch(name)
    if found is None:
        raise ValueError(name)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


class Styles:
    """Which cell formats show dates, and which show times."""

    def __init__(self, parts: zipfile.ZipFile, names: set[str]) -> None:
        self.formats: list[str] = []
        self._codes: dict[int, str] = dict(BUILT_IN_FORMATS)
        self._is_in_cell_formats = False
        if "xl/styles.xml" in names:
            parse(parts, "xl/styles.xml", self._start, self._end)

    def _start(self, tag: str, attributes: Attributes) -> None:
        if tag == "numFmt":
            code = LITERALS.sub("", attributes["formatCode"]).lower().partition(";")[0]
            self._codes[int(attributes["numFmtId"])] = code
        elif tag == "cellXfs":
            self._is_in_cell_formats = True
        elif tag == "xf" and self._is_in_cell_formats:
            code = self._codes.get(int(attributes.get("numFmtId", "0")), "")
            self.formats.append("" if "general" in code else code)

    def _end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._is_in_cell_formats = False

    def to_text(self, value: str, style: int, epoch: datetime) -> str:
        number = float(value)
        code = self.formats[style] if 0 <= style < len(self.formats) else ""
        has_day, has_time = bool(set(code) & {"d", "y"}), bool(set(code) & {"h", "s"})
        if not has_day and not has_time and "mmm" not in code:
            return str(int(number)) if number.is_integer() else repr(number)
        minutes = round(number * MINUTES_PER_DAY)  # 09:59:59.995 is 10:00
        if (not has_day and "mmm" not in code) or number < 1:
            return f"{minutes // 60:02d}:{minutes % 60:02d}"
        at = epoch + timedelta(minutes=minutes)
        return f"{at:%Y-%m-%d}" if minutes % MINUTES_PER_DAY == 0 else f"{at:%Y-%m-%d %H:%M}"


class XlsxSheet:
    """Streaming parser of one worksheet part."""

    def __init__(self, strings: list[str], styles: Styles, epoch: datetime, cells: int) -> None:
        self.strings, self.styles, self.epoch = strings, styles, epoch
        self.cells = cells  # of the whole file so far
        self.rows: Rows = []
        self.merges: list[tuple[int, int, int, int]] = []
        self._row = self._column = 0
        self._values: dict[int, str] = {}
        self._type, self._style, self._text = "", 0, ""
        self._is_value = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column, self._values = 0, {}
        elif tag == "c":
            self.cells += 1
            if self.cells > CELLS_MAX:
                raise Unreadable("too_many_cells", CELLS_MAX)
            name = attributes.get("r")
            self._column = _position(name)[1] if name else self._column + 1
            self._type, self._style = attributes.get("t", "n"), int(attributes.get("s", "0"))
            self._text = ""
        elif tag in ("v", "t"):
            self._is_value = True
        elif tag == "mergeCell" and len(self.merges) < ROWS_MAX:
            first, _colon, last = attributes["ref"].partition(":")
            self.merges.append((*_position(first), *_position(last or first)))

    def text(self, data: str) -> None:
        if self._is_value and len(self._text) < CELL_CHARACTERS_MAX:
            self._text += data

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._is_value = False
        elif tag == "c" and self._text and self._column <= COLUMNS_MAX:
            self._values[self._column] = self._cell_text()
        elif tag == "row" and self._values:
            width = max(self._values)
            add_row(self.rows, self._row, [self._values.get(n, "") for n in range(1, width + 1)])

    def _cell_text(self) -> str:
        if self._type == "s":
            return self.strings[int(self._text)]
        if self._type == "b":
            return "yes" if self._text == "1" else "no"
        if self._type == "n":
            return self.styles.to_text(self._text, self._style, self.epoch)
        if self._type == "d":
            return self._text.replace("T", " ").removesuffix(" 00:00:00")
        return self._text

    def fill_merged(self) -> None:
        """Repeat the value of vertically merged cells in the rows below."""
        by_number = dict(self.rows)
        for top, left, bottom, right in self.merges:
            above = by_number.get(top, [])
            if left > len(above) or not above[left - 1] or right > COLUMNS_MAX:
                continue
            for number, cells in self.rows:
                if top < number <= bottom:
                    cells.extend([""] * (left - len(cells)))
                    cells[left - 1] = above[left - 1]


def xlsx_tables(parts: zipfile.ZipFile, names: set[str]) -> Tables:
    sheets, epoch = _xlsx_sheets(parts, names)
    strings = SharedStrings(parts).texts if "xl/sharedStrings.xml" in names else []
    styles = Styles(parts, names)
    tables, cells = [], 0
    for title, part in sheets[:TABLES_MAX]:
        sheet = XlsxSheet(strings, styles, epoch, cells)
        parse(parts, part, sheet.start, sheet.end, sheet.text)
        sheet.fill_merged()
        cells = sheet.cells
        tables.append((title, sheet.rows))
    return tables


def _xlsx_sheets(parts: zipfile.ZipFile, names: set[str]) -> tuple[list[tuple[str, str]], datetime]:
    """Title and part name of each worksheet, and the first day of the file's calendar."""
    found: list[tuple[str, str]] = []
    targets: dict[str, str] = {}
    epochs = [datetime(1899, 12, 30)]  # noqa: DTZ001 (spreadsheets know no zones)

    def sheet(tag: str, attributes: Attributes) -> None:
        if tag == "sheet":
            found.append((attributes["name"], attributes["id"]))
        elif tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            epochs.append(datetime(1904, 1, 1))  # noqa: DTZ001

    def relation(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes["Target"]
            targets[attributes["Id"]] = target[1:] if target.startswith("/") else f"xl/{target}"

    parse(parts, "xl/workbook.xml", sheet)
    parse(parts, "xl/_rels/workbook.xml.rels", relation)
    sheets = [(title, targets[key]) for title, key in found if targets.get(key) in names]
    return sheets, epochs[-1]


class SharedStrings:
    """Texts that cells refer to by number."""

    def __init__(self, parts: zipfile.ZipFile) -> None:
        self.texts: list[str] = []
        self._text, self._is_text, self._is_phonetic = "", False, False
        parse(parts, "xl/sharedStrings.xml", self._start, self._end, self._data)

    def _start(self, tag: str, _attributes: Attributes) -> None:
        if tag == "si":
            self._text = ""
        elif tag == "rPh":
            self._is_phonetic = True
        elif tag == "t":
            self._is_text = not self._is_phonetic

    def _end(self, tag: str) -> None:
        if tag == "si":
            if len(self.texts) == STRINGS_MAX:
                raise Unreadable("too_many_cells", STRINGS_MAX)
            self.texts.append(self._text)
        elif tag == "rPh":
            self._is_phonetic = False
        elif tag == "t":
            self._is_text = False

    def _data(self, data: str) -> None:
        if self._is_text and len(self._text) < CELL_CHARACTERS_MAX:
            self._text += data

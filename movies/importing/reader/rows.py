"""Rows of text cells, and the limits of what is read from a file."""

from __future__ import annotations

UNPACKED_BYTES_MAX = 40 * 1024 * 1024
PARTS_MAX = 300
TABLES_MAX = 20
ROWS_MAX = 1_100  # rows with content per table, more than an import accepts
COLUMNS_MAX = 41  # one more than an import accepts
CELLS_MAX = 200_000  # all cells of a file, empty ones with a style included
CELL_CHARACTERS_MAX = 5_001

Rows = list[tuple[int, list[str]]]
Tables = list[tuple[str, Rows]]


class Unreadable(Exception):
    """``code`` names the message that the office shows."""

    def __init__(self, code: str, limit: int = 0) -> None:
        super().__init__(code)
        self.code, self.limit = code, limit


def add_row(rows: Rows, number: int, cells: list[str]) -> None:
    """Add a row unless it is blank or beyond the limit."""
    texts = [cell.strip()[:CELL_CHARACTERS_MAX] for cell in cells[:COLUMNS_MAX]]
    if any(texts) and len(rows) < ROWS_MAX:
        rows.append((number, texts))

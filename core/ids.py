"""Parsing row ids from URLs and forms."""

from __future__ import annotations

ROW_ID_MAX = 2**63 - 1
DIGITS_MAX = len(str(ROW_ID_MAX))


def row_id(text: str) -> int | None:
    """The id, or None if no row can have it. Bounded: int() rejects very long digit strings."""
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX):
        return None
    number = int(text)
    return number if number <= ROW_ID_MAX else None

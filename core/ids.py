"""Parsing row ids from URLs and forms."""

from __future__ import annotations

from typing import Any, TypeGuard

ROW_ID_MAX = 2**63 - 1
DIGITS_MAX = len(str(ROW_ID_MAX))


def row_id(text: str) -> int | None:
    """The id, or None if no row can have it. Bounded: int() rejects very long digit strings."""
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX):
        return None
    number = int(text)
    return number if number <= ROW_ID_MAX else None


def is_row_id(value: Any) -> TypeGuard[int]:
    """Whether a parsed JSON value can be a row's id; ``true`` is not 1."""
    return type(value) is int and 1 <= value <= ROW_ID_MAX

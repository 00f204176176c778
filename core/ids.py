"""Ids of rows out of addresses and forms, where anything can stand."""

from __future__ import annotations

ROW_ID_MAX = 2**63 - 1
DIGITS_MAX = len(str(ROW_ID_MAX))


def row_id(text: str) -> int | None:
    """None for what no row can have. Python itself refuses to read a number of many digits."""
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX):
        return None
    number = int(text)
    return number if number <= ROW_ID_MAX else None

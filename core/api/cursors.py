"""Cursors of lists: where a page ended, as the sort key of its last entry.

A key names a place in the order, not an entry: a page after an entry that was deleted meanwhile
continues where that entry stood. Clients treat a cursor as opaque.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, date, datetime, timedelta

from core.ids import ROW_ID_MAX

CURSOR_LENGTH_MAX = 1_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Part = str | int | date | datetime
Key = tuple[Part, ...]
Kinds = tuple[type[Part], ...]


class NotACursor(ValueError):
    """The text is no cursor of this list."""


def encode(key: Key) -> str:
    text = json.dumps(key, separators=(",", ":"), default=_plain)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str, kinds: Kinds) -> Key:
    """The key of a list whose keys consist of ``kinds``. Raises NotACursor."""
    if len(text) > CURSOR_LENGTH_MAX or not text.isascii():
        raise NotACursor
    try:
        padded = text + "=" * (-len(text) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(parts, list):
            raise NotACursor
        return tuple(_part(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (binascii.Error, ValueError, OverflowError, RecursionError):
        raise NotACursor from None


def _part(value: object, kind: type[Part]) -> Part:
    """A part that the database can compare with. Raises NotACursor, ValueError, OverflowError."""
    if kind is str and isinstance(value, str) and b"\x00" not in value.encode():
        return value
    if kind is int and type(value) is int and abs(value) <= ROW_ID_MAX:
        return value
    if kind is datetime and type(value) is int:
        return EPOCH + timedelta(microseconds=value)
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    raise NotACursor


def _plain(part: date | datetime) -> int | str:
    """A date as text, an instant in microseconds."""
    if isinstance(part, datetime):
        return (part - EPOCH) // timedelta(microseconds=1)
    return part.isoformat()

"""Uploaded tables between preview and confirmation.

One table per user and kind is cached for half an hour; a newer upload replaces it. It is accessible
only to its user and by an unguessable name.
"""

from __future__ import annotations

import secrets
import zlib
from dataclasses import asdict

import orjson
from django.core.cache import cache

from movies.importing.spreadsheets import Sheet, SheetRow

KEPT_SECONDS = 30 * 60


def keep(kind: str, user_id: int, sheet: Sheet) -> str:
    """Store the sheet and return the name by which ``kept`` finds it."""
    name = secrets.token_urlsafe(16)
    content = zlib.compress(orjson.dumps({"name": name, "sheet": asdict(sheet)}))
    cache.set(_key(kind, user_id), content, KEPT_SECONDS)
    return name


def kept(kind: str, user_id: int, name: str) -> Sheet | None:
    content = cache.get(_key(kind, user_id))
    if content is None:
        return None
    document = orjson.loads(zlib.decompress(content))
    if not secrets.compare_digest(document["name"].encode(), name.encode()):
        return None
    sheet = document["sheet"]
    rows = tuple(SheetRow(**row) for row in sheet["rows"])
    return Sheet(tuple(sheet["columns"]), rows, tuple(sheet["notes"]))


def discard(kind: str, user_id: int) -> None:
    cache.delete(_key(kind, user_id))


def _key(kind: str, user_id: int) -> str:
    return f"import:{kind}:{user_id}"

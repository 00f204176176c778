"""Journal of erasures beside the backups: one small file per erasure, without personal data.

A backup made before an erasure still holds the person. After a restore everybody in the journal is
erased again before the copy is used.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.utils import timezone

from accounts.models import Erasure

logger = logging.getLogger(__name__)

FOLDER = "erasures"
FORMAT = 1
WRITE_BATCH = 100


def write_pending() -> int:
    """Write erasures that are not in the journal yet; returns how many are left.

    Called after each erasure and by beat, so that an outage of the store loses nothing.
    """
    for each in Erasure.objects.filter(written_at=None).order_by("at")[:WRITE_BATCH]:
        try:
            _write(each)
        except Exception:  # any error of the store: retried by beat
            logger.exception("erasure %s is not in the journal yet", each.pk)
            break
    return Erasure.objects.filter(written_at=None).count()


def entries() -> Iterator[dict[str, Any]]:
    """Every erasure in the journal, oldest day first. Raises if one cannot be read."""
    store = _store()
    try:
        names = [name for name in store.listdir(FOLDER)[1] if name.endswith(".json")]
    except FileNotFoundError:
        return
    for name in sorted(names):
        with store.open(f"{FOLDER}/{name}") as file:
            entry = json.loads(file.read())
        if entry["format"] != FORMAT:
            raise ValueError(f"{name} has format {entry['format']}, this program reads {FORMAT}")
        yield entry


def _write(erasure: Erasure) -> None:
    name = f"{FOLDER}/{erasure.at:%Y-%m-%d}-{erasure.pk}.json"
    entry = {
        "format": FORMAT,
        "id": str(erasure.pk),
        "at": erasure.at.isoformat(),
        "user_id": erasure.user_id,
        "user_mark": erasure.user_mark,
        "rows": erasure.rows,
    }
    store = _store()
    if not store.exists(name):
        store.save(name, ContentFile(json.dumps(entry).encode()))
    Erasure.objects.filter(pk=erasure.pk).update(written_at=timezone.now())


def _store() -> Storage:
    return storages["dbbackup"]

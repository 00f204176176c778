"""Which people were erased, kept where the backups are: one small file each, no personal data.

A backup that is older than an erasure still holds the person. After a restore the journal is read,
and whoever is in it is erased again before the copy is used.
"""

from __future__ import annotations

import json
import logging
import uuid
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.utils import timezone

from accounts.models import Erasure

logger = logging.getLogger(__name__)

FOLDER = "erasures"
FORMAT = 1
WRITE_BATCH = 100


def write_down() -> int:
    """Put what is not there yet into the journal; returns how many are left.

    Called after each erasure and by beat, so that a store that is away for a while loses nothing.
    """
    for each in Erasure.objects.filter(written_at=None).order_by("at")[:WRITE_BATCH]:
        try:
            _write(each)
        except Exception:  # whatever a store may raise: it is tried again
            logger.exception("erasure %s is not in the journal yet", each.pk)
            break
    return Erasure.objects.filter(written_at=None).count()


def erase_again_all(at: datetime) -> int:
    """In a restored copy: everybody in the journal; how many. Raises if it cannot be read."""
    from accounts.privacy.erasure import erase_again  # it writes this journal

    store = _store()
    try:
        names = [name for name in store.listdir(FOLDER)[1] if name.endswith(".json")]
    except FileNotFoundError:
        return 0
    for name in sorted(names):
        with store.open(f"{FOLDER}/{name}") as file:
            told = json.loads(file.read())
        if told["format"] != FORMAT:
            raise ValueError(f"{name} is of format {told['format']}, this program reads {FORMAT}")
        erase_again(
            erasure_id=uuid.UUID(told["id"]),
            user_id=told["user_id"],
            user_mark=told["user_mark"],
            rows=told["rows"],
            at=at,
        )
    return len(names)


def _write(erasure: Erasure) -> None:
    name = f"{FOLDER}/{erasure.at:%Y-%m-%d}-{erasure.pk}.json"
    told = {
        "format": FORMAT,
        "id": str(erasure.pk),
        "at": erasure.at.isoformat(),
        "user_id": erasure.user_id,
        "user_mark": erasure.user_mark,
        "rows": erasure.rows,
    }
    store = _store()
    if not store.exists(name):
        store.save(name, ContentFile(json.dumps(told).encode()))
    Erasure.objects.filter(pk=erasure.pk).update(written_at=timezone.now())


def _store() -> Storage:
    return storages["dbbackup"]

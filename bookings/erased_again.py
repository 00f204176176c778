"""Whoever was erased after a backup was made is erased again in the restored copy.

Here because accounts and backups know nothing of each other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.privacy import journal
from backups.signals import copy_restored


def connect() -> None:
    copy_restored.connect(_erase_again, dispatch_uid="bookings.erased_again")


def _erase_again(*, told: list[str], at: datetime, **_more: Any) -> None:
    if erased := journal.erase_again_all(at):
        told.append(f"{erased} erased customers are not in it any more")

"""A store and a folder of uploads of their own for every test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where backups are kept."""
    store = settings.STORAGES["dbbackup"]
    folder = tmp_path / "backups"
    folder.mkdir()
    settings.STORAGES = settings.STORAGES | {
        "dbbackup": store | {"OPTIONS": store["OPTIONS"] | {"location": str(folder)}}
    }
    return folder


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "poster.jpg").write_bytes(b"a picture")
    return tmp_path / "media"

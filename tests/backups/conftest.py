"""Fixtures: a backup store and an upload folder for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.s3 import ACCESS_KEY, REGION, SECRET_KEY, create_bucket, s3_server

BUCKET = "chain-backups"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Folder of the backups."""
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


@pytest.fixture
def endpoint() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(endpoint: str, settings: Any) -> Any:
    """An S3-compatible service for the backups of this test."""
    bucket = create_bucket(endpoint, BUCKET)
    settings.STORAGES = settings.STORAGES | {
        "dbbackup": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": BUCKET,
                "location": "jakarta",
                "endpoint_url": endpoint,
                "region_name": REGION,
                "access_key": ACCESS_KEY,
                "secret_key": SECRET_KEY,
                "default_acl": None,
                "file_overwrite": False,
            },
        }
    }
    return bucket

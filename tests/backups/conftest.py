"""A store and a folder of uploads of their own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

BUCKET = "chain-backups"


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


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    httpx.post(f"http://{host}:{port}/moto-api/reset")  # it remembers earlier buckets
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, settings: Any) -> Any:
    """A service of its own that speaks S3, where the backups of this test go."""
    client = boto3.resource(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    bucket = client.create_bucket(Bucket=BUCKET)
    settings.STORAGES = settings.STORAGES | {
        "dbbackup": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": BUCKET,
                "location": "jakarta",
                "endpoint_url": endpoint,
                "region_name": "us-east-1",
                "access_key": "key",
                "secret_key": "secret",
                "default_acl": None,
                "file_overwrite": False,
            },
        }
    }
    return bucket

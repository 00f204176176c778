"""Posters and report files in S3 buckets, so that servers share no disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from cinema_project.settings.s3 import S3Account, public_address
from movies.office.posters import ResizedPoster, save_resized_posters
from reports.exports import jobs
from reports.figures import REPORTS
from reports.figures.scope import Basis, ReportScope
from reports.models import Format
from tests.factories import make_cinema, make_manager, make_movie
from tests.s3 import ACCESS_KEY, REGION, SECRET_KEY, create_bucket, s3_server

ROOT = Path(__file__).resolve().parent.parent
AT = datetime(2026, 3, 9, 3, tzinfo=UTC)
SHOW = """
import json
from cinema_project import settings
options = [settings.STORAGES[name]["OPTIONS"] for name in ("default", "exports")]
print(json.dumps({
    "buckets": [each["bucket_name"] for each in options],
    "endpoints": [each["endpoint_url"] for each in options],
    "are_signed": [each.get("querystring_auth", True) for each in options],
    "images": settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"],
}))
"""
MEDIA = {
    "MEDIA_S3_BUCKET": "posters",
    "MEDIA_S3_PUBLIC_URL": "https://media.example/posters",
    "EXPORTS_S3_BUCKET": "reports",
    "FILES_S3_ENDPOINT_URL": "https://s3.example",
}


@pytest.fixture
def endpoint() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def buckets(endpoint: str, settings: Settings) -> Iterator[dict[str, Any]]:
    """Two buckets that hold this test's posters and report files."""
    account = S3Account(
        endpoint_url=endpoint, region=REGION, access_key=ACCESS_KEY, secret_key=SECRET_KEY
    )
    settings.STORAGES = settings.STORAGES | {
        "default": account.storage(
            setting="MEDIA_S3_BUCKET",
            bucket="posters",
            **public_address("MEDIA_S3_PUBLIC_URL", f"{endpoint}/posters/"),
        ),
        "exports": account.storage(setting="EXPORTS_S3_BUCKET", bucket="reports"),
    }
    yield {name: create_bucket(endpoint, name) for name in ("posters", "reports")}
    for name in ("default", "exports"):
        storages._storages.pop(name, None)  # type: ignore[attr-defined]


def shown(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        env=os.environ | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_variables_choose_buckets_and_allow_their_images() -> None:
    assert json.loads(shown(**MEDIA).stdout) == {
        "buckets": ["posters", "reports"],
        "endpoints": ["https://s3.example", "https://s3.example"],
        "are_signed": [False, True],
        "images": ["'self'", "data:", "https://media.example"],
    }


@pytest.mark.parametrize("address", ["", "media.example", "ftp://media.example", "https://"])
def test_bucket_of_media_needs_an_address_for_browsers(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="MEDIA_S3_PUBLIC_URL must be the address"):
        public_address("MEDIA_S3_PUBLIC_URL", address)


@pytest.mark.django_db
def test_poster_is_stored_in_the_bucket_and_linked_without_a_signature(
    buckets: dict[str, Any], endpoint: str
) -> None:
    movie = make_movie()

    movie.poster.save("poster.jpg", ContentFile(b"a picture"))
    save_resized_posters(movie, [ResizedPoster(160, b"a small one")])

    files = {each.key: each.get() for each in buckets["posters"].objects.all()}
    name = movie.poster.name
    assert {key: (file["ContentType"], file["Body"].read()) for key, file in files.items()} == {
        name: ("image/jpeg", b"a picture"),
        f"{name}-160.webp": ("image/webp", b"a small one"),
    }
    assert movie.poster_url == f"{endpoint}/posters/{name}"
    assert movie.posters == [{"url": f"{endpoint}/posters/{name}-160.webp", "width": 160}]


@pytest.mark.django_db
def test_report_written_by_a_worker_is_downloaded_from_the_bucket(
    buckets: dict[str, Any],
) -> None:
    cinema = make_cinema(name="Bintang")
    manager = make_manager(cinema)
    scope = ReportScope((cinema,), date(2026, 3, 2), date(2026, 3, 8), Basis.SALE, AT)
    job = jobs.create(
        user=manager,
        report=REPORTS["sales-by-day"],
        scope=scope,
        file_format=Format.CSV,
        language="en",
        at=AT,
    )
    client, stranger = Client(), Client()
    client.force_login(manager)
    stranger.force_login(make_manager(make_cinema()))

    jobs.run(job.pk, AT)

    [stored] = [each.get()["Body"].read() for each in buckets["reports"].objects.all()]
    address = reverse("reports:export_file", args=[job.pk])
    downloaded: Any = client.get(address)
    assert b"".join(downloaded.streaming_content) == stored
    assert stranger.get(address).status_code == 404

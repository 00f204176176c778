"""Unexpected and oversized files: refused before they are written to disk."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cinema_project.media import OFFICE_UPLOAD_BYTES_MAX, UPLOAD_BYTES_MAX
from tests.access.requests import caller
from tests.access.world import make_world

pytestmark = pytest.mark.django_db


def file_of(size_bytes: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("table.csv", b"x" * size_bytes, "text/csv")


@pytest.mark.parametrize("page", ["/en/accounts/login/", "/en/accounts/signup/", "/en/bookings/"])
def test_unexpected_upload_is_ignored(page: str) -> None:
    """With a CSRF cookie the body is read before the user is authenticated."""
    client = Client(enforce_csrf_checks=True)
    client.get("/en/accounts/login/")

    small = client.post(page, {"file": file_of(1_000)})
    large = client.post(page, {"file": file_of(UPLOAD_BYTES_MAX)})

    assert (small.status_code, large.status_code) == (403, 400)


def test_office_accepts_files_up_to_its_limit() -> None:
    manager = caller(make_world().people["owner"])
    page = reverse("admin:movies_movie_import_films")

    response = manager.post(page, {"file": file_of(3 * 1024 * 1024)})
    refused = manager.post(page, {"file": file_of(OFFICE_UPLOAD_BYTES_MAX)})

    assert (response.status_code, refused.status_code) == (200, 400)
    assert "A file has at most 2 MB." in response.content.decode()

"""Files that nobody asked for, and files too large: refused before they are written anywhere."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cinema_project.media import OFFICE_UPLOAD_BYTES_MAX, UPLOAD_BYTES_MAX
from tests.access.knocking import caller
from tests.access.world import make_world

pytestmark = pytest.mark.django_db


def file_of(size_bytes: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("table.csv", b"x" * size_bytes, "text/csv")


@pytest.mark.parametrize("page", ["/en/accounts/login/", "/en/accounts/signup/", "/en/bookings/"])
def test_file_that_nobody_asked_for_is_not_taken(page: str) -> None:
    """Whoever has the form's cookie has its body read, before anything is known of them."""
    client = Client(enforce_csrf_checks=True)
    client.get("/en/accounts/login/")

    small = client.post(page, {"file": file_of(1_000)})
    large = client.post(page, {"file": file_of(UPLOAD_BYTES_MAX)})

    assert (small.status_code, large.status_code) == (403, 400)


def test_office_takes_files_up_to_its_limit() -> None:
    manager = caller(make_world().people["owner"])
    page = reverse("admin:movies_movie_import_films")

    told = manager.post(page, {"file": file_of(3 * 1024 * 1024)})
    refused = manager.post(page, {"file": file_of(OFFICE_UPLOAD_BYTES_MAX)})

    assert (told.status_code, refused.status_code) == (200, 400)
    assert "A file has at most 2 MB." in told.content.decode()

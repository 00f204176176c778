"""Export jobs: access, leases, retries, limits and expiry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from movies.models import Cinema, Role
from reports.errors import ExportNotRetryable, TooManyExports
from reports.exports import jobs
from reports.figures import REPORTS
from reports.figures.scope import Basis, ReportScope
from reports.models import ExportJob, Format, JobState
from tests.clients import signed_in
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_staff,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 9, 3, tzinfo=UTC)
YEARS = {"first": "2025-01-01", "last": "2026-12-31"}


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    settings.STORAGES = settings.STORAGES | {
        "exports": settings.STORAGES["exports"]
        | {"OPTIONS": settings.STORAGES["exports"]["OPTIONS"] | {"location": str(tmp_path / "x")}}
    }
    yield tmp_path / "x"
    storages._storages.pop("exports", None)  # type: ignore[attr-defined]


@pytest.fixture
def cinema() -> Cinema:
    cinema = make_cinema(name="Bintang")
    at = datetime(2026, 3, 5, 12, tzinfo=UTC)
    show = make_showtime(make_studio(cinema), at=at, starts_at=at)
    make_confirmed_booking(show, 3, at=at)
    return cinema


@pytest.fixture
def manager(cinema: Cinema) -> User:
    return make_manager(cinema)


def make_job(user: User, *cinemas: Cinema, **other: Any) -> ExportJob:
    scope = ReportScope(cinemas, date(2026, 3, 2), date(2026, 3, 8), Basis.SALE, AT)
    wanted: dict[str, Any] = {"file_format": Format.CSV, "language": "en", "at": AT} | other
    return jobs.create(user=user, report=REPORTS["sales-by-day"], scope=scope, **wanted)


def run(job: ExportJob, at: datetime = AT) -> ExportJob:
    jobs.run(job.pk, at)
    job.refresh_from_db()
    return job


def page(name: str, job: ExportJob) -> str:
    return reverse(f"reports:export{name}", args=[job.pk])


def test_job_writes_a_private_file_and_its_size(
    cinema: Cinema, manager: User, folder: Path
) -> None:
    job = run(make_job(manager, cinema))

    assert (job.state, job.rows_done, job.rows_total, job.attempts) == ("done", 7, 7, 1)
    file = folder / job.file_name
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert file.stat().st_size == job.size_bytes
    assert "2026-03-05,3,0,150000" in file.read_text("utf-8-sig")
    assert job.expires_at is not None
    assert (
        timedelta(0)
        <= job.expires_at - AT - timedelta(hours=jobs.KEEP_HOURS)
        < timedelta(minutes=1)
    )


def test_only_its_owner_finds_a_job_and_its_file(cinema: Cinema, manager: User) -> None:
    job = run(make_job(manager, cinema))
    addresses = [page(name, job) for name in ("", "_state", "_file")]
    owner, colleague = signed_in(manager), signed_in(make_manager(cinema))
    chain = signed_in(make_user(is_staff=True, is_superuser=True))
    usher = signed_in(make_staff(Role.USHER, cinema))

    def answers(client: Client) -> list[int]:
        codes = [client.get(address).status_code for address in addresses]
        return [*codes, client.post(page("_retry", job)).status_code]

    assert answers(owner) == [200, 200, 200, 409]
    assert answers(colleague) == answers(chain) == [404, 404, 404, 404]
    assert answers(usher) == [403, 403, 403, 403]
    assert answers(Client()) == [302, 302, 302, 302]
    shown = colleague.get(reverse("reports:exports")).content.decode()
    assert str(job.pk) not in shown


def test_download_needs_current_permission(cinema: Cinema, manager: User) -> None:
    other = make_cinema()
    both = make_manager(cinema, other)
    job = run(make_job(both, cinema, other))
    client = signed_in(both)
    assert client.get(page("_file", job)).status_code == 200

    both.posts.filter(cinema=other).delete()
    assert client.get(page("_file", job)).status_code == 404


def test_job_fails_if_permission_was_lost(cinema: Cinema) -> None:
    other = make_cinema()
    both = make_manager(cinema, other)
    job = make_job(both, cinema, other)
    both.posts.filter(cinema=other).delete()

    assert (run(job).state, job.failure_code, job.file_name) == ("failed", "right_lost", "")
    answer = signed_in(both).post(page("_retry", job))
    assert answer.status_code == 409


def test_auditor_reads_and_exports(cinema: Cinema) -> None:
    client = signed_in(make_staff(Role.AUDITOR, cinema))
    address = reverse("reports:report_file", args=["sales-by-day"], query=YEARS)
    answer = client.post(address, {"format": "xlsx"})

    job = ExportJob.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page("", job))
    assert client.get(page("", job)).status_code == 200


def test_long_report_becomes_a_job_of_visible_cinemas(cinema: Cinema, manager: User) -> None:
    make_cinema()
    address = reverse("reports:report_file", args=["sales-by-day"], query=YEARS)
    signed_in(manager).post(address, {"format": "pdf"})

    job = ExportJob.objects.get()
    assert (job.user, job.report, job.file_format, job.language, job.order) == (
        manager,
        "sales-by-day",
        "pdf",
        "en",
        YEARS | {"basis": "sale", "cinemas": [cinema.pk], "movie": None},
    )


def test_file_with_many_rows_becomes_a_job(
    cinema: Cinema, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PDF_ROWS_AT_ONCE_MAX", 6)
    days = {"first": "2026-03-02", "last": "2026-03-08"}
    address = reverse("reports:report_file", args=["sales-by-day"], query=days)
    client = signed_in(manager)
    codes = {
        file_format.value: client.post(address, {"format": file_format.value}).status_code
        for file_format in Format
    }
    assert codes == {"xlsx": 200, "csv": 200, "pdf": 302}


def test_job_of_a_killed_worker_is_retried(cinema: Cinema, manager: User) -> None:
    job = make_job(manager, cinema)
    dead = jobs._claim(job.pk, AT)
    assert dead is not None
    within = AT + timedelta(seconds=jobs.LEASE.seconds - 1)
    assert jobs.sweep(within) == 0

    assert jobs.sweep(AT + timedelta(seconds=jobs.LEASE.seconds)) == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    with pytest.raises(jobs._Superseded):
        jobs._make(dead, AT)
    job.refresh_from_db()
    assert (job.state, job.attempts, storages["exports"].exists(job.file_name)) == ("done", 2, True)


def test_job_that_kills_every_worker_is_given_up(cinema: Cinema, manager: User) -> None:
    job = make_job(manager, cinema)
    at = AT
    for _attempt in range(jobs.ATTEMPTS_MAX):
        assert jobs._claim(job.pk, at) is not None
        at += timedelta(seconds=jobs.LEASE.seconds)
    jobs.sweep(at)
    job.refresh_from_db()
    assert (job.state, job.failure_code) == ("failed", "gave_up")
    page_of_it = signed_in(manager).get(page("", job)).content.decode()
    assert "Something went wrong" in page_of_it


def test_owner_retries_a_failed_job(cinema: Cinema, manager: User) -> None:
    job = make_job(manager, cinema)
    jobs._fail(job, "error", AT)
    assert signed_in(manager).post(page("_retry", job)).status_code == 302
    job.refresh_from_db()
    assert (job.state, job.attempts, job.failure_code) == ("queued", 0, "")
    assert run(job, timezone.now()).state == "done"
    with pytest.raises(ExportNotRetryable):
        jobs.retry(job_id=job.pk, user=manager, at=AT)


def test_failing_job_is_retried_and_then_reported(
    cinema: Cinema, manager: User, settings: Settings
) -> None:
    settings.STORAGES = settings.STORAGES | {
        "exports": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": "/dev/null/nowhere"},
        }
    }
    storages._storages.pop("exports", None)  # type: ignore[attr-defined]
    job, at = make_job(manager, cinema), AT
    states = []
    for _attempt in range(jobs.ATTEMPTS_MAX):
        jobs.sweep(at)
        job.refresh_from_db()
        states.append((job.state, job.failure_code))
        at += timedelta(seconds=jobs.RETRY_SECONDS + jobs.LEASE.seconds)
    assert states == [("running", ""), ("running", ""), ("failed", "error")]


def test_expired_file_is_deleted(cinema: Cinema, manager: User, folder: Path) -> None:
    job = run(make_job(manager, cinema))
    assert job.expires_at is not None
    assert jobs.delete_expired(job.expires_at - timedelta(seconds=1)) == 0
    assert jobs.delete_expired(job.expires_at) == 1
    job.refresh_from_db()
    assert (job.state, job.file_name, list(folder.iterdir())) == ("expired", "", [])
    assert signed_in(manager).get(page("_file", job)).status_code == 404


def test_open_jobs_per_person_are_limited(cinema: Cinema, manager: User) -> None:
    for _number in range(jobs.OPEN_JOBS_MAX):
        make_job(manager, cinema)
    with pytest.raises(TooManyExports):
        make_job(manager, cinema)
    assert make_job(make_manager(cinema), cinema).state == JobState.QUEUED


def test_too_many_rows_fail_with_their_code(
    cinema: Cinema, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PDF_ROWS_MAX", 3)
    job = run(make_job(manager, cinema, file_format=Format.PDF))
    assert (job.state, job.failure_code) == ("failed", "too_many_rows")
    assert run(make_job(manager, cinema)).state == "done"


def test_progress_is_served(cinema: Cinema, manager: User) -> None:
    job = make_job(manager, cinema)
    claimed = jobs._claim(job.pk, AT)
    assert claimed is not None
    progress = jobs._Progress(claimed, AT, 0.0)
    progress.keep(rows_total=200)
    progress.keep(rows_done=50)
    assert signed_in(manager).get(page("_state", job)).json() == {
        "state": "running",
        "words": "Being made",
        "rows_done": 50,
        "rows_total": 200,
        "percent": 25,
    }


def test_unknown_job_is_not_found(manager: User) -> None:
    address = reverse("reports:export", args=[uuid4()])
    assert signed_in(manager).get(address).status_code == 404

"""Hand-made requests for reports, exports and schedules of a cinema where the user has no role."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reports.models import ExportJob
from tests.access.other_cinema import everything, manager_elsewhere, own_cinema
from tests.access.requests import caller
from tests.access.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("days", [7, 365])  # a file at once, or a job
def test_report_of_another_cinema_is_no_file_and_no_job(
    two_cinemas: World, outsider: Client, days: int
) -> None:
    ours, own = two_cinemas.cinema.pk, own_cinema(two_cinemas).pk
    answers: list[int] = []
    today = two_cinemas.showtime.business_date
    for ids in ([ours], [ours, own], ["x"]):
        asked = {"first": today - timedelta(days=days - 1), "last": today, "cinemas": ids}
        path = reverse("reports:report_file", args=["sales-by-day"], query=asked)
        # The cinema can be named in the body or in the query string.
        answers.append(outsider.post(path, {"format": "csv", "cinemas": [ours]}).status_code)

    assert answers == [400] * 3
    assert list(ExportJob.objects.values_list("pk", flat=True)) == [two_cinemas.job.pk]


@pytest.mark.parametrize("days", [7, 365])
def test_report_of_all_cinemas_covers_the_users_own_cinemas(
    two_cinemas: World, outsider: Client, days: int
) -> None:
    today = two_cinemas.showtime.business_date
    asked = {"first": today - timedelta(days=days - 1), "last": today}
    path = reverse("reports:report_file", args=["sales-by-cinema"], query=asked)

    answer = outsider.post(path, {"format": "csv", "cinemas": [two_cinemas.cinema.pk]})

    if days == 7:
        assert (answer.status_code, b"Ours" in answer.content) == (200, False)
    else:
        job = ExportJob.objects.get(user=manager_elsewhere(two_cinemas))
        assert job.order["cinemas"] == [own_cinema(two_cinemas).pk]


def test_job_that_names_another_cinema_is_never_made(two_cinemas: World, outsider: Client) -> None:
    """A stored job of a role that its owner has lost since."""
    order = {
        "first": "2026-01-01",
        "last": "2026-01-02",
        "basis": "sale",
        "cinemas": [own_cinema(two_cinemas).pk, two_cinemas.cinema.pk],
        "movie": None,
    }
    ExportJob.objects.filter(pk=two_cinemas.job.pk).update(
        user=manager_elsewhere(two_cinemas),
        order=order,
        state="failed",
        lease_until=None,
        finished_at=timezone.now(),
        failure_code="gave_up",
    )

    answers = [
        outsider.post(reverse("reports:export_retry", args=[two_cinemas.job.pk])),
        outsider.get(reverse("reports:export_file", args=[two_cinemas.job.pk])),
    ]

    two_cinemas.job.refresh_from_db()
    assert [answer.status_code for answer in answers] == [409, 404]
    assert (two_cinemas.job.state, two_cinemas.job.file_name) == ("failed", "")


def test_schedule_and_job_are_their_owners_alone(two_cinemas: World) -> None:
    """Chain administrators have no access either: reports would be sent in another user's name."""
    before = everything()
    posts = [
        ("reports:schedule_stop", two_cinemas.schedule.pk),
        ("reports:schedule_resume", two_cinemas.schedule.pk),
        ("reports:schedule_delete", two_cinemas.schedule.pk),
        ("reports:export_retry", two_cinemas.job.pk),
    ]

    answers = {}
    for who in ("elsewhere", "chain_admin", "owner"):
        client = caller(two_cinemas.people[who])
        answers[who] = [client.post(reverse(name, args=[pk])).status_code for name, pk in posts]

    assert answers == dict.fromkeys(answers, [404] * 4)
    assert everything() == before


def test_schedule_of_another_cinema_is_refused(two_cinemas: World, outsider: Client) -> None:
    before, ours, own = everything(), two_cinemas.cinema.pk, own_cinema(two_cinemas).pk
    form = {
        "report": "sales-by-day",
        "file_format": "csv",
        "period": "daily",
        "hour": "7",
        "language": "en",
        # Not a field of the form.
        "user": two_cinemas.schedule.user_id,
        "id": two_cinemas.schedule.pk,
        "schedule_id": two_cinemas.schedule.pk,
    }

    answers = [
        outsider.post(reverse("reports:schedules"), form | {"cinemas": ids}).status_code
        for ids in ([ours], [own, ours])
    ]

    assert answers == [400] * 2
    assert everything() == before

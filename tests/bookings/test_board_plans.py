"""Copying and bulk scheduling on the schedule board: a preview that names conflicts, then all or
nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.auth.session import AT_KEY, RECENT
from accounts.models import User
from movies.models import Cinema, Role, Showtime
from tests.bookings.schedule_boards import Schedule, address, refusal, text
from tests.factories.places import make_staff
from tests.movies.plans import live_showtimes, make_scheduled, open_cinema

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_noon")]


def copied(target: Cinema, **fields: Any) -> dict[str, Any]:
    return {
        "what": "day",
        "target": target.pk,
        "first_day": "2026-11-27",
        "last_day": "2026-11-28",
        "weekdays": ["0", "1", "2", "3", "4", "5", "6"],
    } | fields


def filled(schedule: Schedule, **fields: Any) -> dict[str, Any]:
    return {
        "movie": schedule.film.pk,
        "studios": [schedule.one.pk, schedule.two.pk],
        "hours": "10.00, 19:00",
        "first_day": "2026-11-24",
        "last_day": "2026-11-27",
        "weekdays": ["1", "4"],
        "screen_format": "2D",
        "audio_language": "Indonesia",
    } | fields


def cells(response: Any, table: str) -> list[list[str]]:
    found = re.search(rf"<table data-{table}>(.*?)</table>", text(response), re.DOTALL)
    rows = re.findall(r"<tr[^>]*>\s*(<td>.*?)</tr>", found.group(1), re.DOTALL) if found else []
    return [re.findall(r"<td>(.*?)</td>", row) for row in rows]


def apply_plan(client: Client, url: str, asked: dict[str, Any], **answers: str) -> Any:
    """Confirms the preview that ``asked`` gives."""
    preview = client.get(url, asked)
    digest = re.search(r'name="digest" value="(\w+)"', text(preview))
    assert digest is not None
    return client.post(
        url,
        {"digest": digest.group(1)} | answers,
        query_params=asked,
    )


def test_copy_previews_and_then_adds(client: Client, manager: User, schedule: Schedule) -> None:
    url, asked = address("copy", schedule.cinema), copied(schedule.cinema)

    preview = client.get(url, asked)
    before = Showtime.objects.count()
    done = apply_plan(client, url, asked)

    assert cells(preview, "possible") == [
        ["19:00", "Studio 1", "Rain", "2D", "Rp45,000"],
        ["00:30", "Studio 2", "Rain", "2D", "Rp45,000"],
        ["19:00", "Studio 1", "Rain", "2D", "Rp60,000"],
        ["00:30", "Studio 2", "Rain", "2D", "Rp60,000"],
    ]
    assert (before, Showtime.objects.count()) == (2, 6)
    assert done["Location"] == address("day", schedule.cinema, "2026-11-27")


@pytest.mark.parametrize("how", ["copy", "fill"])
def test_bulk_scheduling_requires_recent_authentication(
    client: Client, manager: User, schedule: Schedule, how: str
) -> None:
    asked = copied(schedule.cinema) if how == "copy" else filled(schedule)
    manager.set_password("a password of this test")
    manager.save()
    client.force_login(manager)
    session = client.session
    session[AT_KEY] = (timezone.now() - RECENT).timestamp()
    session.save()
    url, before = address(how, schedule.cinema), Showtime.objects.count()

    refused = apply_plan(client, url, asked, obstructed="skip")
    added_unconfirmed = Showtime.objects.count() - before
    kept = dict(
        re.findall(r'type="hidden" name="(digest|obstructed)" value="(\w+)"', text(refused))
    )
    done = client.post(
        url, kept | {"confirm_password": "a password of this test"}, query_params=asked
    )

    assert (refused.status_code, added_unconfirmed) == (403, 0)
    assert (done.status_code, Showtime.objects.count() > before) == (302, True)


def test_copy_of_a_week_to_another_cinema(client: Client, schedule: Schedule) -> None:
    east, _studios = open_cinema("Layar Jayapura", "Studio 1", time_zone="Asia/Jayapura")
    client.force_login(make_staff(Role.MANAGER, schedule.cinema, east))
    asked = copied(east, what="week", first_day="2026-12-03")

    done = apply_plan(client, address("copy", schedule.cinema), asked, obstructed="skip")

    assert done["Location"] == address("day", east, "2026-12-01")
    assert live_showtimes(east) == [("Studio 1", "12-01 19:00", "12-01", 40_000)]


def test_copy_to_a_cinema_of_others_is_no_choice(
    client: Client, manager: User, schedule: Schedule
) -> None:
    others, _studios = open_cinema("Layar Lain")

    response = client.get(address("copy", schedule.cinema), copied(others))

    assert list(response.context["form"].errors) == ["target"]
    assert response.context["plan"] is None


def test_copy_is_not_offered_to_a_read_only_cinema(client: Client, schedule: Schedule) -> None:
    other, _studios = open_cinema("Layar Lain")
    person = make_staff(Role.MANAGER, other)
    person.posts.create(role=Role.AUDITOR, cinema=schedule.cinema)
    client.force_login(person)

    page = client.get(address("copy", schedule.cinema), copied(schedule.cinema))

    assert list(page.context["form"].errors) == ["target"]
    assert client.get(address("copy", schedule.cinema), copied(other)).context["plan"] is not None


def test_filling_previews_conflicts_and_adds_nothing_unless_they_are_skipped(
    client: Client, manager: User, schedule: Schedule
) -> None:
    url, asked = address("fill", schedule.cinema), filled(schedule)

    preview = client.get(url, asked)
    refused = apply_plan(client, url, asked, obstructed="refuse")

    assert cells(preview, "obstructed") == [
        [
            "Tue, 24 Nov, 19:00",
            "Studio 1",
            "Rain",
            "Studio 1 is taken by “Rain” from 24 Nov 2026, 19:00 to 21:00, cleaning included.",
        ]
    ]
    assert len(cells(preview, "possible")) == 7
    assert (refused.status_code, Showtime.objects.count()) == (409, 2)
    assert refusal(refused).startswith("Nothing was added")

    done = apply_plan(client, url, asked, obstructed="skip")

    assert (done.status_code, Showtime.objects.count()) == (302, 9)


def test_preview_that_is_no_longer_true_is_shown_again(
    client: Client, manager: User, schedule: Schedule
) -> None:
    url, asked = address("fill", schedule.cinema), filled(schedule)
    digest = re.search(r'name="digest" value="(\w+)"', text(client.get(url, asked)))
    assert digest is not None
    make_scheduled(schedule.two, "2026-11-24 19:00", schedule.film)

    response = client.post(
        url,
        {"digest": digest.group(1), "obstructed": "skip"},
        query_params=asked,
    )

    assert response.status_code == 409
    assert refusal(response) == (
        "The programme has changed since you looked. Nothing was added; look again."
    )
    assert len(cells(response, "obstructed")) == 2
    assert Showtime.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"hours": "7pm"}, ["hours"]),
        ({"hours": ","}, ["hours"]),
        ({"weekdays": ["9"]}, ["weekdays"]),
        ({"weekdays": []}, ["weekdays"]),
        ({"first_day": "9999-12-31"}, ["first_day"]),
        ({"studios": []}, ["studios"]),
        ({"studios": ["{elsewhere}"]}, ["studios"]),
    ],
)
def test_invalid_bulk_entries_are_reported_at_their_field(
    client: Client, manager: User, schedule: Schedule, fields: dict[str, Any], wrong: list[str]
) -> None:
    _other, (elsewhere,) = open_cinema("Layar Lain")
    if fields.get("studios"):
        fields = {"studios": [elsewhere.pk]}

    response = client.get(address("fill", schedule.cinema), filled(schedule, **fields))

    assert (list(response.context["form"].errors), response.context["plan"]) == (wrong, None)


def test_range_ending_before_its_start_is_refused(
    client: Client, manager: User, schedule: Schedule
) -> None:
    early = {"last_day": "2026-11-20"}
    answers = [
        client.get(address("fill", schedule.cinema), filled(schedule, **early)),
        client.get(address("copy", schedule.cinema), copied(schedule.cinema, **early)),
    ]
    assert [list(response.context["form"].errors) for response in answers] == [["last_day"]] * 2


def test_too_long_range_is_refused(client: Client, manager: User, schedule: Schedule) -> None:
    late = {"last_day": "2027-12-31"}
    answers = [
        client.get(address("fill", schedule.cinema), filled(schedule, **late)),
        client.get(address("copy", schedule.cinema), copied(schedule.cinema, **late)),
    ]
    assert [refusal(response) for response in answers] == ["Too many days at once."] * 2

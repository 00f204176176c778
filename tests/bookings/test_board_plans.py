"""Copying and adding in bulk at the board: a preview that names conflicts, then all or nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from movies.models import Cinema, Role, Showtime
from tests.bookings.boards import Programme, address, refusal, text
from tests.factories.places import make_staff
from tests.movies.plans import house, shown
from tests.movies.plans import programme as whole_programme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_noon")]


def copied(target: Cinema, **fields: Any) -> dict[str, Any]:
    return {
        "what": "day",
        "target": target.pk,
        "first_day": "2026-11-27",
        "last_day": "2026-11-28",
        "weekdays": ["0", "1", "2", "3", "4", "5", "6"],
    } | fields


def filled(programme: Programme, **fields: Any) -> dict[str, Any]:
    return {
        "movie": programme.film.pk,
        "studios": [programme.one.pk, programme.two.pk],
        "hours": "10.00, 19:00",
        "first_day": "2026-11-24",
        "last_day": "2026-11-27",
        "weekdays": ["1", "4"],
        "screen_format": "2D",
        "audio_language": "Indonesia",
    } | fields


def cells(response: Any, table: str) -> list[list[str]]:
    found = re.search(rf"<table data-{table}>(.*?)</table>", text(response), re.DOTALL)
    rows = re.findall(r"<tr[^>]*>(<td>.*?)</tr>", found.group(1)) if found else []
    return [re.findall(r"<td>(.*?)</td>", row) for row in rows]


def carry_out(client: Client, url: str, asked: dict[str, Any], **answers: str) -> Any:
    """Confirms the preview that ``asked`` gives."""
    preview = client.get(url, asked)
    digest = re.search(r'name="digest" value="(\w+)"', text(preview))
    assert digest is not None
    return client.post(
        url,
        {"digest": digest.group(1)} | answers,
        query_params=asked,
    )


def test_copy_previews_and_then_adds(client: Client, manager: User, programme: Programme) -> None:
    url, asked = address("copy", programme.cinema), copied(programme.cinema)

    preview = client.get(url, asked)
    before = Showtime.objects.count()
    done = carry_out(client, url, asked)

    assert cells(preview, "possible") == [
        ["19:00", "Studio 1", "Rain", "2D", "Rp45,000"],
        ["00:30", "Studio 2", "Rain", "2D", "Rp45,000"],
        ["19:00", "Studio 1", "Rain", "2D", "Rp60,000"],
        ["00:30", "Studio 2", "Rain", "2D", "Rp60,000"],
    ]
    assert (before, Showtime.objects.count()) == (2, 6)
    assert done["Location"] == address("day", programme.cinema, "2026-11-27")


def test_copy_of_a_week_to_another_cinema(client: Client, programme: Programme) -> None:
    east, _studios = house("Layar Jayapura", "Studio 1", time_zone="Asia/Jayapura")
    client.force_login(make_staff(Role.MANAGER, programme.cinema, east))
    asked = copied(east, what="week", first_day="2026-12-03")

    done = carry_out(client, address("copy", programme.cinema), asked, obstructed="skip")

    assert done["Location"] == address("day", east, "2026-12-01")
    assert whole_programme(east) == [("Studio 1", "12-01 19:00", "12-01", 40_000)]


def test_copy_to_a_cinema_of_others_is_no_choice(
    client: Client, manager: User, programme: Programme
) -> None:
    others, _studios = house("Layar Lain")

    response = client.get(address("copy", programme.cinema), copied(others))

    assert list(response.context["form"].errors) == ["target"]
    assert response.context["plan"] is None


def test_copy_is_not_offered_to_a_cinema_where_the_reader_only_looks(
    client: Client, programme: Programme
) -> None:
    other, _studios = house("Layar Lain")
    person = make_staff(Role.MANAGER, other)
    person.posts.create(role=Role.AUDITOR, cinema=programme.cinema)
    client.force_login(person)

    page = client.get(address("copy", programme.cinema), copied(programme.cinema))

    assert list(page.context["form"].errors) == ["target"]
    assert client.get(address("copy", programme.cinema), copied(other)).context["plan"] is not None


def test_filling_previews_conflicts_and_adds_nothing_unless_they_are_skipped(
    client: Client, manager: User, programme: Programme
) -> None:
    url, asked = address("fill", programme.cinema), filled(programme)

    preview = client.get(url, asked)
    refused = carry_out(client, url, asked, obstructed="refuse")

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

    done = carry_out(client, url, asked, obstructed="skip")

    assert (done.status_code, Showtime.objects.count()) == (302, 9)


def test_preview_that_is_no_longer_true_is_shown_again(
    client: Client, manager: User, programme: Programme
) -> None:
    url, asked = address("fill", programme.cinema), filled(programme)
    digest = re.search(r'name="digest" value="(\w+)"', text(client.get(url, asked)))
    assert digest is not None
    shown(programme.two, "2026-11-24 19:00", programme.film)

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
def test_impossible_fillings_are_told_at_their_field(
    client: Client, manager: User, programme: Programme, fields: dict[str, Any], wrong: list[str]
) -> None:
    _other, (elsewhere,) = house("Layar Lain")
    if fields.get("studios"):
        fields = {"studios": [elsewhere.pk]}

    response = client.get(address("fill", programme.cinema), filled(programme, **fields))

    assert (list(response.context["form"].errors), response.context["plan"]) == (wrong, None)


def test_range_that_ends_before_it_begins_is_told(
    client: Client, manager: User, programme: Programme
) -> None:
    early = {"last_day": "2026-11-20"}
    answers = [
        client.get(address("fill", programme.cinema), filled(programme, **early)),
        client.get(address("copy", programme.cinema), copied(programme.cinema, **early)),
    ]
    assert [list(response.context["form"].errors) for response in answers] == [["last_day"]] * 2


def test_range_that_is_too_long_is_told(
    client: Client, manager: User, programme: Programme
) -> None:
    late = {"last_day": "2027-12-31"}
    answers = [
        client.get(address("fill", programme.cinema), filled(programme, **late)),
        client.get(address("copy", programme.cinema), copied(programme.cinema, **late)),
    ]
    assert [refusal(response) for response in answers] == ["Too many days at once."] * 2

"""Adding showtimes on the schedule board: scheduled at once, or refused naming the conflict."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from movies.models import Showtime
from seating.models import ShowtimeSeat
from tests.bookings.schedule_boards import (
    AT,
    PART,
    Schedule,
    address,
    block_summaries,
    local,
    notice,
    refusal,
    text,
)
from tests.factories import make_cinema, make_studio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_noon")]


def entered(schedule: Schedule, **fields: Any) -> dict[str, Any]:
    return {
        "movie": schedule.film.pk,
        "studio": schedule.one.pk,
        "hour": "10:05",
        "screen_format": "2D",
        "audio_language": "Indonesia",
        "subtitle_language": "",
        "price_rupiah": "",
        "sale_opens_at": "",
        "sale_closes_at": "",
    } | fields


def names_of_errors(response: Any) -> list[str]:
    return list(response.context["form"].errors)


# ---------------------------------------------------------------- adding


def test_added_showtime_is_on_the_board_with_its_seats_and_the_cards_price(
    client: Client, manager: User, schedule: Schedule
) -> None:
    response = client.post(address("add", schedule.cinema), entered(schedule), headers=PART)

    made = Showtime.objects.latest("pk")
    assert (response.status_code, response.headers["X-Board-Part"]) == (200, "board")
    assert block_summaries(text(response))[0] == (made.pk, 305, 120)
    assert notice(response) == "Added: Rain · Studio 1 · 24 Nov 2026, 10:05."
    assert (local(made), made.base_price_rupiah) == (("Studio 1", "11-24 10:05"), 40_000)
    assert ShowtimeSeat.objects.filter(showtime=made).count() == 2


def test_form_without_script_leads_back_to_the_board(
    client: Client, manager: User, schedule: Schedule
) -> None:
    form = client.get(address("add", schedule.cinema), {"studio": schedule.two.pk})
    fields = entered(schedule, studio=schedule.two.pk, hour="02:45", price_rupiah="35000")
    response = client.post(address("add", schedule.cinema), fields)

    made = Showtime.objects.latest("pk")
    assert re.search(rf'value="{schedule.two.pk}" selected', text(form))
    assert response["Location"] == address("day", schedule.cinema)
    assert (local(made), made.base_price_rupiah) == (("Studio 2", "11-25 02:45"), 35_000)


def test_sale_window_is_shown_in_the_cinemas_time_zone(
    client: Client, manager: User, schedule: Schedule
) -> None:
    window = {"sale_opens_at": "2026-11-24T08:00", "sale_closes_at": "2026-11-24T10:20"}
    client.post(address("add", schedule.cinema), entered(schedule, **window))

    made = Showtime.objects.latest("pk")
    assert [made.sale_opens_at.isoformat(), made.sale_closes_at.isoformat()] == [
        "2026-11-24T01:00:00+00:00",
        "2026-11-24T03:20:00+00:00",
    ]


def test_overlap_is_refused_with_what_is_in_the_way(
    client: Client, manager: User, schedule: Schedule
) -> None:
    response = client.post(
        address("add", schedule.cinema), entered(schedule, hour="17:05"), headers=PART
    )

    assert (response.status_code, response.headers["X-Board-Part"]) == (409, "panel")
    assert refusal(response) == (
        "Studio 1 is taken by “Rain” from 24 Nov 2026, 19:00 to 21:00, cleaning included."
    )
    assert f'href="{reverse("board:showtime", args=[schedule.evening.pk])}"' in text(response)
    assert Showtime.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"hour": "25:00"}, ["hour"]),
        ({"movie": "999999"}, ["movie"]),
        ({"screen_format": "9D"}, ["screen_format"]),
        ({"price_rupiah": "0"}, ["price_rupiah"]),
        ({"audio_language": ""}, ["audio_language"]),
        ({"sale_opens_at": "0001-01-01T00:00"}, ["sale_opens_at"]),
        ({"studio": "{elsewhere}"}, ["studio"]),
    ],
)
def test_invalid_entries_are_reported_at_their_field(
    client: Client, manager: User, schedule: Schedule, fields: dict[str, str], wrong: list[str]
) -> None:
    elsewhere = make_studio(make_cinema()).pk
    summary = {name: value.format(elsewhere=elsewhere) for name, value in fields.items()}

    response = client.post(address("add", schedule.cinema), entered(schedule, **summary))

    assert (response.status_code, names_of_errors(response)) == (422, wrong)
    assert Showtime.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"sale_closes_at": "2026-11-22T10:00"}, 422),
        ({"screen_format": "3D"}, 422),  # no price card
    ],
)
def test_domain_errors_are_shown_in_the_form(
    client: Client, manager: User, schedule: Schedule, fields: dict[str, str], status: int
) -> None:
    response = client.post(address("add", schedule.cinema), entered(schedule, **fields))

    assert (response.status_code, refusal(response) != "") == (status, True)
    assert Showtime.objects.count() == 2


def test_showtime_in_the_past_is_refused(client: Client, manager: User, schedule: Schedule) -> None:
    response = client.post(address("add", schedule.cinema, AT.date()), entered(schedule))

    assert refusal(response) == "A showtime has to be in the future."


# ---------------------------------------------------------------- suggesting


def test_suggestion_names_the_price_or_what_is_in_the_way(
    client: Client, manager: User, schedule: Schedule
) -> None:
    def suggested(**fields: Any) -> Any:
        asked: dict[str, Any] = {
            "movie": schedule.film.pk,
            "studio": schedule.one.pk,
            "screen_format": "2D",
        }
        return client.get(address("suggestion", schedule.cinema), asked | fields).json()

    assert suggested(hour="10:05") == {
        "price_rupiah": 40_000,
        "audio_language": "Indonesia",
        "words": "Rp40,000 by the price cards. The studio is free again at 12:05.",
        "is_possible": True,
    }
    assert suggested(hour="18:00") == {
        "price_rupiah": None,
        "audio_language": "Indonesia",
        "words": "Studio 1 is taken by “Rain” from 24 Nov 2026, 19:00 to 21:00, cleaning included.",
        "is_possible": False,
    }
    assert suggested(hour="") == {}

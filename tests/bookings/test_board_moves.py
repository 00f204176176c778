"""Moving showtimes on the schedule board: at once, refused naming the conflict, or after a preview
with a note."""

from __future__ import annotations

import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.auth.session import RECENT
from accounts.models import User
from bookings.models import ShowtimeMove
from movies.models import Showtime
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
from tests.factories import (
    PASSWORD,
    make_cinema,
    make_confirmed_booking,
    make_layout,
    make_studio,
)
from tests.movies.plans import make_scheduled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_noon")]


def moved_to(schedule: Schedule, hour: str, **fields: Any) -> dict[str, Any]:
    return {"studio": schedule.one.pk, "day": "2026-11-24", "hour": hour} | fields


def move_url(showtime: Showtime) -> str:
    return reverse("board:move", args=[showtime.pk])


def test_unsold_showtime_moves_at_once(client: Client, manager: User, schedule: Schedule) -> None:
    fields = moved_to(schedule, "14:35", studio=schedule.two.pk)

    response = client.post(move_url(schedule.evening), fields, headers=PART)

    assert (response.status_code, response.headers["X-Board-Part"]) == (200, "board")
    assert notice(response) == "Moved: Rain is now in Studio 2 at 24 Nov 2026, 14:35."
    assert local(schedule.evening) == ("Studio 2", "11-24 14:35")


def test_move_without_script_leads_to_the_day_it_moved_to(
    client: Client, manager: User, schedule: Schedule
) -> None:
    fields = moved_to(schedule, "01:00", day="2026-11-27")

    response = client.post(move_url(schedule.evening), fields)

    assert response["Location"] == address("day", schedule.cinema, "2026-11-27")
    assert local(schedule.evening) == ("Studio 1", "11-28 01:00")


def test_move_preview_names_the_price_cards_new_price(
    client: Client, manager: User, schedule: Schedule
) -> None:
    fields = moved_to(schedule, "19:00", day="2026-11-28")

    response = client.post(move_url(schedule.evening), fields, headers=PART)

    assert notice(response) == (
        "Moved: Rain is now in Studio 1 at 28 Nov 2026, 19:00."
        " Its price stayed; the price cards name another for this time."
    )
    assert block_summaries(text(response)) == [(schedule.late.pk, 1170, 120)]  # the displayed day


def test_move_onto_another_showtime_is_refused_with_its_name(
    client: Client, manager: User, schedule: Schedule
) -> None:
    make_scheduled(schedule.one, "2026-11-24 14:00", schedule.film)

    response = client.post(move_url(schedule.evening), moved_to(schedule, "15:55"), headers=PART)

    assert (response.status_code, response.headers["X-Board-Part"]) == (409, "panel")
    assert refusal(response) == (
        "Studio 1 is taken by “Rain” from 24 Nov 2026, 14:00 to 16:00, cleaning included."
    )
    assert local(schedule.evening) == ("Studio 1", "11-24 19:00")


def test_move_to_another_cinema_or_into_the_past_is_refused(
    client: Client, manager: User, schedule: Schedule
) -> None:
    elsewhere = make_studio(make_cinema()).pk

    answers = [
        client.post(move_url(schedule.evening), fields).status_code
        for fields in (
            moved_to(schedule, "14:00", studio=elsewhere),
            moved_to(schedule, "10:00", day="2026-11-23"),
            moved_to(schedule, "14:00", day="9999-12-31"),
            moved_to(schedule, "x"),
            {},
        )
    ]

    assert answers == [422] * 5
    assert local(schedule.evening) == ("Studio 1", "11-24 19:00")


def test_sold_showtime_moves_after_its_numbers_and_a_note(
    client: Client, manager: User, schedule: Schedule
) -> None:
    make_confirmed_booking(schedule.evening, 2, at=AT)
    fields = moved_to(schedule, "20:00", studio=schedule.two.pk)

    asked = client.post(move_url(schedule.evening), fields, headers=PART)
    unsaid = client.post(move_url(schedule.evening), fields | {"is_confirmed": "1"})

    numbers = re.findall(r"<dd data-(\w+)>(\d+)", text(asked))
    assert numbers == [
        ("tickets", "2"),
        ("orders", "1"),
        ("waiting", "0"),
        ("held", "0"),
        ("changes", "0"),
    ]
    assert (asked.status_code, asked.headers["X-Board-Part"]) == (200, "panel")
    assert unsaid.status_code == 422
    assert local(schedule.evening) == ("Studio 1", "11-24 19:00")

    confirmed = fields | {"is_confirmed": "1", "note": "Projector"}
    done = client.post(move_url(schedule.evening), confirmed)

    assert done["Location"] == address("day", schedule.cinema)
    assert local(schedule.evening) == ("Studio 2", "11-24 20:00")
    move = ShowtimeMove.objects.get()
    assert (move.note, move.moved_by) == ("Projector", manager)


def test_sold_showtime_moves_only_by_who_signed_in_a_moment_ago(
    client: Client, manager: User, schedule: Schedule
) -> None:
    make_confirmed_booking(schedule.evening, 2, at=AT)
    fields = moved_to(schedule, "20:00")
    confirmed = fields | {"is_confirmed": "1", "note": "Projector"}
    with time_machine.travel(AT + RECENT, tick=False):
        asked = client.post(move_url(schedule.evening), fields, headers=PART)
        proof = client.post(move_url(schedule.evening), confirmed)

        # Reauthentication has a page of its own, so the form is submitted without the script.
        assert "data-board-form" not in text(asked)
        assert (proof.status_code, "data-confirm-identity" in text(proof)) == (403, True)
        assert local(schedule.evening) == ("Studio 1", "11-24 19:00")

        client.post(move_url(schedule.evening), confirmed | {"confirm_password": PASSWORD})
    assert local(schedule.evening) == ("Studio 1", "11-24 20:00")


def test_seats_that_would_be_stranded_are_named_and_nothing_moves(
    client: Client, manager: User, schedule: Schedule
) -> None:
    make_confirmed_booking(schedule.evening, 2, at=AT)
    make_layout(schedule.two, rows="A", seats_per_row=1)
    fields = moved_to(schedule, "20:00", studio=schedule.two.pk, is_confirmed="1", note="x")

    response = client.post(move_url(schedule.evening), fields, headers=PART)

    summary = re.search(r"data-stranded>(.*?)</p>", text(response))
    assert summary is not None
    assert summary.group(1) == (
        "Studio 2 has no seat for: A2. Choose another studio, or cancel those bookings first."
    )
    assert 'name="note"' not in text(response)
    assert local(schedule.evening) == ("Studio 1", "11-24 19:00")


def test_showtime_that_began_is_not_moved(
    client: Client, manager: User, schedule: Schedule
) -> None:
    began = make_scheduled(schedule.one, "2026-11-23 11:00", schedule.film)

    response = client.post(move_url(began), moved_to(schedule, "10:00"))

    assert response.status_code == 409
    assert local(began) == ("Studio 1", "11-23 11:00")

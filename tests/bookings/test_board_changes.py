"""Adding at the board and moving there: at once, refused with what is in the way, or confirmed."""

from __future__ import annotations

import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.authentications import RECENT
from accounts.models import User
from bookings.models import ShowtimeMove
from movies.models import Showtime
from seating.models import ShowtimeSeat
from tests.bookings.boards import (
    AT,
    PART,
    Programme,
    address,
    local,
    notice,
    refusal,
    text,
    told_blocks,
)
from tests.factories import PASSWORD, make_cinema, make_confirmed_booking, make_layout, make_studio
from tests.movies.plans import shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_noon")]


def entered(programme: Programme, **fields: Any) -> dict[str, Any]:
    return {
        "movie": programme.film.pk,
        "studio": programme.one.pk,
        "hour": "10:05",
        "screen_format": "2D",
        "audio_language": "Indonesia",
        "subtitle_language": "",
        "price_rupiah": "",
        "sale_opens_at": "",
        "sale_closes_at": "",
    } | fields


def moved_to(programme: Programme, hour: str, **fields: Any) -> dict[str, Any]:
    return {"studio": programme.one.pk, "day": "2026-11-24", "hour": hour} | fields


def move_url(showtime: Showtime) -> str:
    return reverse("board:move", args=[showtime.pk])


def names_of_errors(response: Any) -> list[str]:
    return list(response.context["form"].errors)


# ---------------------------------------------------------------- adding


def test_added_showtime_is_on_the_board_with_its_seats_and_the_cards_price(
    client: Client, manager: User, programme: Programme
) -> None:
    response = client.post(address("add", programme.cinema), entered(programme), headers=PART)

    made = Showtime.objects.latest("pk")
    assert (response.status_code, response.headers["X-Board-Part"]) == (200, "board")
    assert told_blocks(text(response))[0] == (made.pk, 305, 120)
    assert notice(response) == "Added: Rain · Studio 1 · 24.11.2026 10:05."
    assert (local(made), made.base_price_rupiah) == (("Studio 1", "11-24 10:05"), 40_000)
    assert ShowtimeSeat.objects.filter(showtime=made).count() == 2


def test_form_without_script_leads_back_to_the_board(
    client: Client, manager: User, programme: Programme
) -> None:
    form = client.get(address("add", programme.cinema), {"studio": programme.two.pk})
    fields = entered(programme, studio=programme.two.pk, hour="02:45", price_rupiah="35000")
    response = client.post(address("add", programme.cinema), fields)

    made = Showtime.objects.latest("pk")
    assert re.search(rf'value="{programme.two.pk}" selected', text(form))
    assert response["Location"] == address("day", programme.cinema)
    assert (local(made), made.base_price_rupiah) == (("Studio 2", "11-25 02:45"), 35_000)


def test_sale_window_is_told_on_the_cinemas_clock(
    client: Client, manager: User, programme: Programme
) -> None:
    window = {"sale_opens_at": "2026-11-24T08:00", "sale_closes_at": "2026-11-24T10:20"}
    client.post(address("add", programme.cinema), entered(programme, **window))

    made = Showtime.objects.latest("pk")
    assert [made.sale_opens_at.isoformat(), made.sale_closes_at.isoformat()] == [
        "2026-11-24T01:00:00+00:00",
        "2026-11-24T03:20:00+00:00",
    ]


def test_overlap_is_refused_with_what_is_in_the_way(
    client: Client, manager: User, programme: Programme
) -> None:
    response = client.post(
        address("add", programme.cinema), entered(programme, hour="17:05"), headers=PART
    )

    assert (response.status_code, response.headers["X-Board-Part"]) == (409, "panel")
    assert refusal(response) == (
        "Studio 1 is taken by “Rain” from 24.11.2026 19:00 to 21:00, cleaning included."
    )
    assert f'href="{reverse("board:showtime", args=[programme.evening.pk])}"' in text(response)
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
def test_impossible_entries_are_told_at_their_field(
    client: Client, manager: User, programme: Programme, fields: dict[str, str], wrong: list[str]
) -> None:
    elsewhere = make_studio(make_cinema()).pk
    told = {name: value.format(elsewhere=elsewhere) for name, value in fields.items()}

    response = client.post(address("add", programme.cinema), entered(programme, **told))

    assert (response.status_code, names_of_errors(response)) == (422, wrong)
    assert Showtime.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"sale_closes_at": "2026-11-22T10:00"}, 422),
        ({"screen_format": "3D"}, 422),  # no price card
    ],
)
def test_what_the_domain_refuses_is_told_in_the_form(
    client: Client, manager: User, programme: Programme, fields: dict[str, str], status: int
) -> None:
    response = client.post(address("add", programme.cinema), entered(programme, **fields))

    assert (response.status_code, refusal(response) != "") == (status, True)
    assert Showtime.objects.count() == 2


def test_showtime_in_the_past_is_refused(
    client: Client, manager: User, programme: Programme
) -> None:
    response = client.post(address("add", programme.cinema, AT.date()), entered(programme))

    assert refusal(response) == "A showtime has to be in the future."


# ---------------------------------------------------------------- suggesting


def test_suggestion_names_the_price_or_what_is_in_the_way(
    client: Client, manager: User, programme: Programme
) -> None:
    def suggested(**fields: Any) -> Any:
        asked: dict[str, Any] = {
            "movie": programme.film.pk,
            "studio": programme.one.pk,
            "screen_format": "2D",
        }
        return client.get(address("suggestion", programme.cinema), asked | fields).json()

    assert suggested(hour="10:05") == {
        "price_rupiah": 40_000,
        "audio_language": "Indonesia",
        "words": "Rp40,000 by the price cards. The studio is free again at 12:05.",
        "is_possible": True,
    }
    assert suggested(hour="18:00") == {
        "price_rupiah": None,
        "audio_language": "Indonesia",
        "words": "Studio 1 is taken by “Rain” from 24.11.2026 19:00 to 21:00, cleaning included.",
        "is_possible": False,
    }
    assert suggested(hour="") == {}


# ---------------------------------------------------------------- moving


def test_unsold_showtime_moves_at_once(client: Client, manager: User, programme: Programme) -> None:
    fields = moved_to(programme, "14:35", studio=programme.two.pk)

    response = client.post(move_url(programme.evening), fields, headers=PART)

    assert (response.status_code, response.headers["X-Board-Part"]) == (200, "board")
    assert notice(response) == "Moved: Rain is now in Studio 2 at 24.11.2026 14:35."
    assert local(programme.evening) == ("Studio 2", "11-24 14:35")


def test_move_without_script_leads_to_the_day_it_moved_to(
    client: Client, manager: User, programme: Programme
) -> None:
    fields = moved_to(programme, "01:00", day="2026-11-27")

    response = client.post(move_url(programme.evening), fields)

    assert response["Location"] == address("day", programme.cinema, "2026-11-27")
    assert local(programme.evening) == ("Studio 1", "11-28 01:00")


def test_move_tells_that_the_cards_name_another_price(
    client: Client, manager: User, programme: Programme
) -> None:
    fields = moved_to(programme, "19:00", day="2026-11-28")

    response = client.post(move_url(programme.evening), fields, headers=PART)

    assert notice(response) == (
        "Moved: Rain is now in Studio 1 at 28.11.2026 19:00."
        " Its price stayed; the price cards name another for this time."
    )
    assert told_blocks(text(response)) == [(programme.late.pk, 1170, 120)]  # the day looked at


def test_move_onto_another_showtime_is_refused_with_its_name(
    client: Client, manager: User, programme: Programme
) -> None:
    shown(programme.one, "2026-11-24 14:00", programme.film)

    response = client.post(move_url(programme.evening), moved_to(programme, "15:55"), headers=PART)

    assert (response.status_code, response.headers["X-Board-Part"]) == (409, "panel")
    assert refusal(response) == (
        "Studio 1 is taken by “Rain” from 24.11.2026 14:00 to 16:00, cleaning included."
    )
    assert local(programme.evening) == ("Studio 1", "11-24 19:00")


def test_move_to_another_cinema_or_into_the_past_is_refused(
    client: Client, manager: User, programme: Programme
) -> None:
    elsewhere = make_studio(make_cinema()).pk

    answers = [
        client.post(move_url(programme.evening), fields).status_code
        for fields in (
            moved_to(programme, "14:00", studio=elsewhere),
            moved_to(programme, "10:00", day="2026-11-23"),
            moved_to(programme, "14:00", day="9999-12-31"),
            moved_to(programme, "x"),
            {},
        )
    ]

    assert answers == [422] * 5
    assert local(programme.evening) == ("Studio 1", "11-24 19:00")


def test_sold_showtime_moves_after_its_numbers_and_a_note(
    client: Client, manager: User, programme: Programme
) -> None:
    make_confirmed_booking(programme.evening, 2, at=AT)
    fields = moved_to(programme, "20:00", studio=programme.two.pk)

    asked = client.post(move_url(programme.evening), fields, headers=PART)
    unsaid = client.post(move_url(programme.evening), fields | {"is_confirmed": "1"})

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
    assert local(programme.evening) == ("Studio 1", "11-24 19:00")

    confirmed = fields | {"is_confirmed": "1", "note": "Projector"}
    done = client.post(move_url(programme.evening), confirmed)

    assert done["Location"] == address("day", programme.cinema)
    assert local(programme.evening) == ("Studio 2", "11-24 20:00")
    move = ShowtimeMove.objects.get()
    assert (move.note, move.moved_by) == ("Projector", manager)


def test_sold_showtime_moves_only_by_who_signed_in_a_moment_ago(
    client: Client, manager: User, programme: Programme
) -> None:
    make_confirmed_booking(programme.evening, 2, at=AT)
    fields = moved_to(programme, "20:00")
    confirmed = fields | {"is_confirmed": "1", "note": "Projector"}
    with time_machine.travel(AT + RECENT, tick=False):
        asked = client.post(move_url(programme.evening), fields, headers=PART)
        proof = client.post(move_url(programme.evening), confirmed)

        # The proof is given on a page of its own, so the form goes there without the script.
        assert "data-board-form" not in text(asked)
        assert (proof.status_code, "data-confirm-identity" in text(proof)) == (403, True)
        assert local(programme.evening) == ("Studio 1", "11-24 19:00")

        client.post(move_url(programme.evening), confirmed | {"confirm_password": PASSWORD})
    assert local(programme.evening) == ("Studio 1", "11-24 20:00")


def test_seats_that_would_be_stranded_are_named_and_nothing_moves(
    client: Client, manager: User, programme: Programme
) -> None:
    make_confirmed_booking(programme.evening, 2, at=AT)
    make_layout(programme.two, rows="A", seats_per_row=1)
    fields = moved_to(programme, "20:00", studio=programme.two.pk, is_confirmed="1", note="x")

    response = client.post(move_url(programme.evening), fields, headers=PART)

    told = re.search(r"data-stranded>(.*?)</p>", text(response))
    assert told is not None
    assert told.group(1) == (
        "Studio 2 has no seat for: A2. Choose another studio, or cancel those orders first."
    )
    assert 'name="note"' not in text(response)
    assert local(programme.evening) == ("Studio 1", "11-24 19:00")


def test_showtime_that_began_is_not_moved(
    client: Client, manager: User, programme: Programme
) -> None:
    began = shown(programme.one, "2026-11-23 11:00", programme.film)

    response = client.post(move_url(began), moved_to(programme, "10:00"))

    assert response.status_code == 409
    assert local(began) == ("Studio 1", "11-23 11:00")

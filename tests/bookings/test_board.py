"""The board that is looked at: what stands where, who sees it, what it costs the database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from bookings.schedule_board.board import Board, read_board
from movies.models import Role
from tests.bookings.boards import (
    AT,
    PART,
    TUESDAY,
    Programme,
    address,
    text,
    told_blocks,
)
from tests.factories import make_cinema, make_confirmed_booking, make_manager, make_user
from tests.factories.places import make_staff
from tests.movies.plans import house, rain, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_noon")]

QUERIES_OF_A_BOARD = 4


def lanes(board: Board) -> dict[str, list[tuple[int, int, int, int, int, int]]]:
    return {
        lane.studio.name: [
            (
                block.from_minute,
                block.trailers_minutes,
                block.film_minutes,
                block.cleaning_minutes,
                block.sold,
                block.capacity,
            )
            for block in lane.blocks
        ]
        for lane in board.lanes
    }


def test_board_tells_places_parts_and_sales(programme: Programme) -> None:
    make_confirmed_booking(programme.evening, 1, at=AT)
    shown(programme.one, "2026-11-24 10:00", programme.film, cancelled_at=AT)

    board = read_board(programme.cinema, TUESDAY, at=AT)

    assert lanes(board) == {
        "Studio 1": [(14 * 60, 10, 95, 15, 1, 2)],
        "Studio 2": [(19 * 60 + 30, 10, 95, 15, 0, 2)],
    }
    assert (board.minutes, board.cancelled, board.showtimes) == (1440, 1, 2)
    assert (board.is_now, board.is_past) == (False, False)


def test_parts_add_up_after_the_studio_changed(programme: Programme) -> None:
    programme.one.trailers_minutes = 200
    programme.one.save()

    assert lanes(read_board(programme.cinema, TUESDAY, at=AT))["Studio 1"] == [
        (14 * 60, 25, 95, 0, 0, 2)
    ]


@pytest.mark.parametrize(
    ("local_day", "minutes", "hours"),
    [
        (date(2026, 3, 28), 1380, ["05:00", "01:00", "03:00", "04:00"]),  # 2:00 is not there
        (date(2026, 10, 24), 1500, ["05:00", "01:00", "02:00", "02:00"]),  # twice
    ],
)
def test_day_on_which_the_clocks_change_is_as_long_as_it_is(
    local_day: date, minutes: int, hours: list[str]
) -> None:
    cinema, _studios = house("Layar Berlin", time_zone="Europe/Berlin")

    board = read_board(cinema, local_day, at=AT)

    clocks = [f"{clock:%H:%M}" for _minute, clock in board.hours]
    assert (board.minutes, [clocks[0], *clocks[20:23]]) == (minutes, hours)


def test_now_line_stands_at_the_minute_of_the_business_day(programme: Programme) -> None:
    today = AT.date()

    boards = [
        read_board(programme.cinema, today + timedelta(days=days), at=AT) for days in (-1, 0, 1)
    ]

    assert [board.now_minute for board in boards] == [31 * 60, 7 * 60, -17 * 60]
    assert [(board.is_now, board.is_past) for board in boards] == [
        (False, True),
        (True, False),
        (False, False),
    ]


def test_board_asks_as_often_for_many_as_for_few(programme: Programme) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            read_board(programme.cinema, TUESDAY, at=AT)
        return len(asked)

    few = queries()
    for hour in range(6, 17, 2):
        shown(programme.one, f"2026-11-24 {hour:02}:00", rain(60))
        shown(programme.two, f"2026-11-24 {hour:02}:00", rain(60))

    assert (few, queries()) == (QUERIES_OF_A_BOARD, QUERIES_OF_A_BOARD)


def test_page_asks_as_often_for_many_as_for_few(
    client: Client, manager: User, programme: Programme
) -> None:
    page = address("day", programme.cinema)
    client.get(page)  # what is asked once per process

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page, headers=PART).status_code == 200
        return len(asked)

    few = queries()
    for hour in range(6, 17, 2):
        shown(programme.one, f"2026-11-24 {hour:02}:00", rain(60))

    assert queries() == few
    assert few <= QUERIES_OF_A_BOARD + 6  # session, person, rights


def test_page_and_part_show_the_same_blocks(
    client: Client, manager: User, programme: Programme
) -> None:
    blocks = [(programme.evening.pk, 840, 120), (programme.late.pk, 1170, 120)]

    page = client.get(address("day", programme.cinema))
    part = client.get(address("day", programme.cinema), headers=PART)

    assert (told_blocks(text(page)), told_blocks(text(part))) == (blocks, blocks)
    assert part.headers["X-Board-Part"] == "board"
    assert "<html" in text(page)
    assert "<html" not in text(part)


def test_cinema_without_studios_has_an_empty_board(client: Client) -> None:
    cinema = make_cinema()
    client.force_login(make_manager(cinema))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"

    page = text(client.get(address("day", cinema)))

    assert "This cinema has no studios yet." in page


def test_index_leads_to_today_or_to_what_was_chosen(
    client: Client, manager: User, programme: Programme
) -> None:
    index = reverse("board:index")
    chosen = {"cinema": str(programme.cinema.pk), "day": "2026-11-24"}

    assert [
        client.get(index)["Location"],
        client.get(index, chosen)["Location"],
    ] == [address("day", programme.cinema, "2026-11-23"), address("day", programme.cinema)]


@pytest.mark.parametrize("day", ["x", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-24T10"])
def test_day_that_is_none_is_not_found(
    client: Client, manager: User, programme: Programme, day: str
) -> None:
    for name in ("day", "add", "copy", "fill", "suggestion"):
        assert client.get(address(name, programme.cinema, day)).status_code == 404
    assert client.get(reverse("board:index"), {"day": day}).status_code == 404


def test_showtime_panel_has_its_facts_and_its_form(
    client: Client, manager: User, programme: Programme
) -> None:
    panel = reverse("board:showtime", args=[programme.evening.pk])

    page, part = client.get(panel), client.get(panel, headers=PART)

    assert part.headers["X-Board-Part"] == "panel"
    for shown_ in (text(page), text(part)):
        assert "Tuesday, 24 November 2026, 19:00" in shown_
        assert 'value="19:00"' in shown_
        assert "sold 0 · held 0 · of 2" in shown_
        way = reverse("admin:bookings_showtimecancellation_add")
        assert f'href="{way}?showtime={programme.evening.pk}"' in shown_


def paths(programme: Programme) -> list[tuple[str, str]]:
    showtime = programme.evening.pk
    return [
        ("get", address("day", programme.cinema)),
        ("get", reverse("board:showtime", args=[showtime])),
        ("get", address("suggestion", programme.cinema)),
        ("get", address("add", programme.cinema)),
        ("post", address("add", programme.cinema)),
        ("get", address("copy", programme.cinema)),
        ("post", address("copy", programme.cinema)),
        ("get", address("fill", programme.cinema)),
        ("post", address("fill", programme.cinema)),
        ("post", reverse("board:move", args=[showtime])),
    ]


def answers(client: Client, programme: Programme) -> list[int]:
    return [getattr(client, method)(path).status_code for method, path in paths(programme)]


def test_board_is_not_there_for_managers_of_another_cinema(
    client: Client, programme: Programme
) -> None:
    client.force_login(make_manager(make_cinema()))

    assert answers(client, programme) == [404] * 10
    chosen = client.get(reverse("board:index"), {"cinema": programme.cinema.pk})
    assert chosen.status_code == 404


def test_board_is_not_there_for_ushers(client: Client, programme: Programme) -> None:
    client.force_login(make_staff(Role.USHER, programme.cinema))

    assert answers(client, programme) == [404] * 10
    assert client.get(reverse("board:index")).status_code == 403


def test_auditor_looks_and_changes_nothing(client: Client, programme: Programme) -> None:
    client.force_login(make_staff(Role.AUDITOR, programme.cinema))

    assert answers(client, programme) == [200, 200, 200, *[403] * 7]
    page = text(client.get(address("day", programme.cinema)))
    panel = text(client.get(reverse("board:showtime", args=[programme.evening.pk])))
    assert "data-move-url" not in page
    assert "data-add-url" not in page
    assert "data-board-form" not in panel
    assert "showtimecancellation/add" not in panel


@pytest.mark.parametrize("person", ["anonymous", "customer"])
def test_strangers_are_sent_to_the_sign_in(
    client: Client, programme: Programme, person: str
) -> None:
    if person == "customer":
        client.force_login(make_user())

    assert answers(client, programme) == [302] * 10
    assert client.get(address("day", programme.cinema))["Location"].startswith("/admin/login/")

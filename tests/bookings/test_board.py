"""Read-only schedule board: contents, access and query counts."""

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
from tests.bookings.schedule_boards import (
    AT,
    PART,
    TUESDAY,
    Schedule,
    address,
    block_summaries,
    text,
)
from tests.factories import make_cinema, make_confirmed_booking, make_manager, make_user
from tests.factories.places import make_staff
from tests.movies.plans import make_scheduled, open_cinema, rain

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


def test_board_shows_studios_phases_and_sales(schedule: Schedule) -> None:
    make_confirmed_booking(schedule.evening, 1, at=AT)
    make_scheduled(schedule.one, "2026-11-24 10:00", schedule.film, cancelled_at=AT)

    board = read_board(schedule.cinema, TUESDAY, at=AT)

    assert lanes(board) == {
        "Studio 1": [(14 * 60, 10, 95, 15, 1, 2)],
        "Studio 2": [(19 * 60 + 30, 10, 95, 15, 0, 2)],
    }
    assert (board.minutes, board.cancelled, board.showtimes) == (1440, 1, 2)
    assert (board.is_now, board.is_past) == (False, False)


def test_parts_add_up_after_the_studio_changed(schedule: Schedule) -> None:
    schedule.one.trailers_minutes = 200
    schedule.one.save()

    assert lanes(read_board(schedule.cinema, TUESDAY, at=AT))["Studio 1"] == [
        (14 * 60, 25, 95, 0, 0, 2)
    ]


@pytest.mark.parametrize(
    ("local_day", "minutes", "hours"),
    [
        (date(2026, 3, 28), 1380, ["05:00", "01:00", "03:00", "04:00"]),  # 2:00 does not exist
        (date(2026, 10, 24), 1500, ["05:00", "01:00", "02:00", "02:00"]),  # twice
    ],
)
def test_day_on_which_the_clocks_change_is_as_long_as_it_is(
    local_day: date, minutes: int, hours: list[str]
) -> None:
    cinema, _studios = open_cinema("Layar Berlin", time_zone="Europe/Berlin")

    board = read_board(cinema, local_day, at=AT)

    clocks = [f"{clock:%H:%M}" for _minute, clock in board.hours]
    assert (board.minutes, [clocks[0], *clocks[20:23]]) == (minutes, hours)


def test_now_line_is_at_the_minute_of_the_business_day(schedule: Schedule) -> None:
    today = AT.date()

    boards = [
        read_board(schedule.cinema, today + timedelta(days=days), at=AT) for days in (-1, 0, 1)
    ]

    assert [board.now_minute for board in boards] == [31 * 60, 7 * 60, -17 * 60]
    assert [(board.is_now, board.is_past) for board in boards] == [
        (False, True),
        (True, False),
        (False, False),
    ]


def test_board_query_count_does_not_depend_on_the_number(schedule: Schedule) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            read_board(schedule.cinema, TUESDAY, at=AT)
        return len(asked)

    few = queries()
    for hour in range(6, 17, 2):
        make_scheduled(schedule.one, f"2026-11-24 {hour:02}:00", rain(60))
        make_scheduled(schedule.two, f"2026-11-24 {hour:02}:00", rain(60))

    assert (few, queries()) == (QUERIES_OF_A_BOARD, QUERIES_OF_A_BOARD)


def test_page_query_count_does_not_depend_on_the_number(
    client: Client, manager: User, schedule: Schedule
) -> None:
    page = address("day", schedule.cinema)
    client.get(page)  # queries that run once per process

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page, headers=PART).status_code == 200
        return len(asked)

    few = queries()
    for hour in range(6, 17, 2):
        make_scheduled(schedule.one, f"2026-11-24 {hour:02}:00", rain(60))

    assert queries() == few
    assert few <= QUERIES_OF_A_BOARD + 6  # session, user, permissions


def test_page_and_part_show_the_same_blocks(
    client: Client, manager: User, schedule: Schedule
) -> None:
    blocks = [(schedule.evening.pk, 840, 120), (schedule.late.pk, 1170, 120)]

    page = client.get(address("day", schedule.cinema))
    part = client.get(address("day", schedule.cinema), headers=PART)

    assert (block_summaries(text(page)), block_summaries(text(part))) == (blocks, blocks)
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
    client: Client, manager: User, schedule: Schedule
) -> None:
    index = reverse("board:index")
    chosen = {"cinema": str(schedule.cinema.pk), "day": "2026-11-24"}

    assert [
        client.get(index)["Location"],
        client.get(index, chosen)["Location"],
    ] == [address("day", schedule.cinema, "2026-11-23"), address("day", schedule.cinema)]


@pytest.mark.parametrize("day", ["x", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-24T10"])
def test_day_that_is_none_is_not_found(
    client: Client, manager: User, schedule: Schedule, day: str
) -> None:
    for name in ("day", "add", "copy", "fill", "suggestion"):
        assert client.get(address(name, schedule.cinema, day)).status_code == 404
    assert client.get(reverse("board:index"), {"day": day}).status_code == 404


def test_showtime_panel_has_its_facts_and_its_form(
    client: Client, manager: User, schedule: Schedule
) -> None:
    panel = reverse("board:showtime", args=[schedule.evening.pk])

    page, part = client.get(panel), client.get(panel, headers=PART)

    assert part.headers["X-Board-Part"] == "panel"
    for shown_ in (text(page), text(part)):
        assert "Tuesday, 24 November 2026, 19:00" in shown_
        assert 'value="19:00"' in shown_
        assert "sold 0 · held 0 · of 2" in shown_
        way = reverse("admin:bookings_showtimecancellation_add")
        assert f'href="{way}?showtime={schedule.evening.pk}"' in shown_


def paths(schedule: Schedule) -> list[tuple[str, str]]:
    showtime = schedule.evening.pk
    return [
        ("get", address("day", schedule.cinema)),
        ("get", reverse("board:showtime", args=[showtime])),
        ("get", address("suggestion", schedule.cinema)),
        ("get", address("add", schedule.cinema)),
        ("post", address("add", schedule.cinema)),
        ("get", address("copy", schedule.cinema)),
        ("post", address("copy", schedule.cinema)),
        ("get", address("fill", schedule.cinema)),
        ("post", address("fill", schedule.cinema)),
        ("post", reverse("board:move", args=[showtime])),
    ]


def answers(client: Client, schedule: Schedule) -> list[int]:
    return [getattr(client, method)(path).status_code for method, path in paths(schedule)]


def test_board_is_not_there_for_managers_of_another_cinema(
    client: Client, schedule: Schedule
) -> None:
    client.force_login(make_manager(make_cinema()))

    assert answers(client, schedule) == [404] * 10
    chosen = client.get(reverse("board:index"), {"cinema": schedule.cinema.pk})
    assert chosen.status_code == 404


def test_board_is_not_there_for_ushers(client: Client, schedule: Schedule) -> None:
    client.force_login(make_staff(Role.USHER, schedule.cinema))

    assert answers(client, schedule) == [404] * 10
    assert client.get(reverse("board:index")).status_code == 403


def test_auditor_sees_the_board_read_only(client: Client, schedule: Schedule) -> None:
    client.force_login(make_staff(Role.AUDITOR, schedule.cinema))

    assert answers(client, schedule) == [200, 200, 200, *[403] * 7]
    page = text(client.get(address("day", schedule.cinema)))
    panel = text(client.get(reverse("board:showtime", args=[schedule.evening.pk])))
    assert "data-move-url" not in page
    assert "data-add-url" not in page
    assert "data-board-form" not in panel
    assert "showtimecancellation/add" not in panel


@pytest.mark.parametrize("person", ["anonymous", "customer"])
def test_strangers_are_sent_to_the_sign_in(client: Client, schedule: Schedule, person: str) -> None:
    if person == "customer":
        client.force_login(make_user())

    assert answers(client, schedule) == [302] * 10
    assert client.get(address("day", schedule.cinema))["Location"].startswith("/admin/login/")

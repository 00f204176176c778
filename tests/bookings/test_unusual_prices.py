"""Prices far from the usual one are saved only when the manager confirms them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from movies.importing.showtimes import SHOWTIMES
from movies.importing.spreadsheets import read_sheet
from movies.models import PriceCard, Showtime
from movies.office.price_confirmation import CONFIRMED
from movies.scheduling.usual_prices import is_unusual
from tests.bookings.schedule_boards import AT, Schedule, address, text
from tests.movies.tables import csv_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_noon", "manager")]

DOUBT = "Rp60 is far from the usual Rp40,000."
SHOWTIME = {"screen_format": "2D", "audio_language": "Indonesia", "subtitle_language": ""}

Save = Callable[[Client, Schedule, dict[str, Any]], Any]


def add_in_the_office(client: Client, schedule: Schedule, fields: dict[str, Any]) -> Any:
    place = {"studio": schedule.one.pk, "movie": schedule.film.pk}
    asked = SHOWTIME | place | {"day": "2026-11-26", "hour": "10:00"}
    return client.post(reverse("admin:movies_showtime_add"), asked | fields)


def add_at_the_board(client: Client, schedule: Schedule, fields: dict[str, Any]) -> Any:
    place = {"studio": schedule.one.pk, "movie": schedule.film.pk, "hour": "10:05"}
    return client.post(address("add", schedule.cinema), SHOWTIME | place | fields)


def reprice(client: Client, schedule: Schedule, fields: dict[str, Any]) -> Any:
    way = reverse("admin:movies_showtime_change", args=[schedule.evening.pk])
    price = {"base_price_rupiah": fields["price_rupiah"]}
    return client.post(way, fields | price)


def change_card(client: Client, schedule: Schedule, fields: dict[str, Any]) -> Any:
    kind = {"studio_class": "regular", "screen_format": "2D", "day_kind": "weekday"}
    usual = {"price_rupiah": 40_000}
    card, _ = PriceCard.objects.get_or_create(cinema=schedule.cinema, **kind, defaults=usual)
    way = reverse("admin:movies_pricecard_change", args=[card.pk])
    return client.post(way, kind | {"cinema": schedule.cinema.pk, "from_minute": "00:00"} | fields)


def add_card(client: Client, schedule: Schedule, fields: dict[str, Any]) -> Any:
    PriceCard.objects.exclude(day_kind="weekday").delete()
    kind = {"studio_class": "regular", "screen_format": "2D", "day_kind": "friday"}
    asked = kind | {"cinema": schedule.cinema.pk, "from_minute": "00:00"}
    return client.post(reverse("admin:movies_pricecard_add"), asked | fields)


def prices() -> list[int]:
    cards = PriceCard.objects.values_list("price_rupiah", flat=True)
    return [*cards, *Showtime.objects.values_list("base_price_rupiah", flat=True)]


@pytest.mark.parametrize(
    "save", [add_in_the_office, add_at_the_board, reprice, change_card, add_card]
)
def test_unusual_price_is_saved_once_it_is_confirmed(
    client: Client, schedule: Schedule, save: Save
) -> None:
    doubted = save(client, schedule, {"price_rupiah": "60"})
    other = save(client, schedule, {"price_rupiah": "70", CONFIRMED: "60"})
    before = prices()
    confirmed = save(client, schedule, {"price_rupiah": "60", CONFIRMED: "60"})

    page = text(doubted)
    assert f"{DOUBT} Correct it, or confirm that it is right." in page
    assert 'type="checkbox" name="confirmed_price" value="60"' in page
    assert 'name="confirmed_price" value="70"' in text(other)
    assert (60 in before, 70 in before) == (False, False)
    assert (confirmed.status_code, prices().count(60)) == (302, 1)


def test_usual_price_needs_no_confirmation(client: Client, schedule: Schedule) -> None:
    answer = add_in_the_office(client, schedule, {"price_rupiah": "60.000"})

    assert (answer.status_code, prices().count(60_000)) == (302, 2)  # and the card of weekends


def test_price_in_bulk_is_confirmed_before_the_preview(client: Client, schedule: Schedule) -> None:
    asked: dict[str, Any] = SHOWTIME | {
        "movie": schedule.film.pk,
        "studios": [schedule.one.pk],
        "hours": "10:00",
        "first_day": "2026-11-26",
        "weekdays": ["3"],
        "price_rupiah": "60",
    }
    way = address("fill", schedule.cinema)
    doubted, confirmed = client.get(way, asked), client.get(way, asked | {CONFIRMED: "60"})

    assert (
        "Rp60 is far from the usual Rp45,000." in text(doubted),
        "data-plan" in text(doubted),
    ) == (
        True,
        False,
    )
    assert "data-plan" in text(confirmed)


def test_preview_of_an_import_names_unusual_prices(manager: User, schedule: Schedule) -> None:
    columns = ["cinema", "studio", "film", "date", "time", "price"]
    line = [schedule.cinema.name, "Studio 1", "Hujan"]
    rows = [[*line, "26/11/2026", "10:00", "600000"], [*line, "24/11/2026", "19:00", "90000"]]
    sheet = read_sheet(csv_bytes([columns, *rows], ";"))

    with translation.override("en"):
        plan = SHOWTIMES.plan(sheet, manager, AT)

    assert [row.notes for row in plan.rows] == [
        ("Rp600,000 is far from the usual Rp40,000.",),
        ("Rp90,000 is far from the usual Rp40,000.",),
    ]


@pytest.mark.parametrize(
    ("price_rupiah", "expected"),
    [(19_999, True), (20_000, False), (80_000, False), (80_001, True)],
)
def test_prices_from_half_to_double_are_usual(price_rupiah: int, expected: bool) -> None:
    assert is_unusual(price_rupiah, 40_000) is expected

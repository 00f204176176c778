"""A local time that clocks skip is refused at every entry point: Berlin, 28 March 2027, 02:30."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from movies.importing.showtimes import SHOWTIMES
from movies.models import Showtime, Studio
from movies.scheduling.bulk import BulkSchedule, requests_for_bulk
from movies.scheduling.copying import day_to_days, requests_for_copies
from movies.scheduling.plans import plan_showtimes
from tests.factories import make_user
from tests.movies.plans import make_scheduled, open_cinema, prices, rain
from tests.movies.tables import csv_bytes

pytestmark = pytest.mark.django_db
AT = datetime(2027, 3, 20, 12, tzinfo=UTC)
MESSAGE = "The clocks go forward then: there is no such hour on that day."


@pytest.fixture
def owner(client: Client) -> Client:
    with time_machine.travel(AT, tick=False):  # a staff session lasts one working day
        client.force_login(make_user(is_staff=True, is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def studio() -> Studio:
    prices()
    _cinema, (studio,) = open_cinema("Layar Berlin", time_zone="Europe/Berlin")
    return studio


@time_machine.travel(AT, tick=False)
def test_skipped_time_is_refused_everywhere(owner: Client, studio: Studio) -> None:
    film, cinema = rain(), studio.cinema
    showtime = make_scheduled(studio, "2027-03-27 02:30", film)  # business day 26 March
    before = Showtime.objects.count()
    fields = {
        "studio": studio.pk,
        "movie": film.pk,
        "screen_format": "2D",
        "audio_language": "Indonesia",
        "price_rupiah": "50000",
    }

    office = owner.post(
        "/admin/movies/showtime/add/", fields | {"day": "2027-03-28", "hour": "02:30"}
    )
    board = owner.post(
        reverse("board:add", args=[cinema.pk, "2027-03-27"]), fields | {"hour": "02:30"}
    )
    move = owner.post(
        reverse("board:move", args=[showtime.pk]),
        {"studio": studio.pk, "day": "2027-03-27", "hour": "02:30"},
    )
    preview = owner.get(
        reverse("admin:bookings_price_preview"),
        {"studio": f"{studio.pk}", "screen_format": "2D", "day": "2027-03-28", "hour": "02:30"},
    )
    with translation.override("en"):
        assert office.context["adminform"].errors == {"hour": [MESSAGE]}
        assert board.context["form"].errors == {"hour": [MESSAGE]}
        assert move.context["form"].errors == {"hour": [MESSAGE]}
        assert preview.context["form"].errors == {"hour": [MESSAGE]}
        table = [
            ["cinema", "studio", "film", "date", "time"],
            [cinema.name, studio.name, film.slug, "2027-03-28", "02:30"],
        ]
        planned = SHOWTIMES.plan(
            SHOWTIMES.read(csv_bytes(table)), make_user(is_staff=True, is_superuser=True), AT
        )
        assert [fault.message for row in planned.bad for fault in row.faults] == [MESSAGE]
        copies = requests_for_copies(
            source=cinema, target=cinema, days=day_to_days(date(2027, 3, 26), [date(2027, 3, 27)])
        )
        bulk = requests_for_bulk(
            BulkSchedule(
                movie=film,
                studios=(studio,),
                hours=(time(2, 30),),
                first_day=date(2027, 3, 27),
                last_day=date(2027, 3, 27),
                weekdays=frozenset(range(7)),
                screen_format="2D",
                audio_language="Indonesia",
            )
        )
        rows = [*plan_showtimes(copies, at=AT).rows, *plan_showtimes(bulk, at=AT).rows]
        assert [row.explanation for row in rows] == [MESSAGE] * 2
    assert Showtime.objects.count() == before

"""Consequences of a changed film length, changed studio rules and a studio's other cinema."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.forms.models import model_to_dict
from django.test import Client

from bookings.models import Booking
from bookings.models.booking import full_refund_terms
from bookings.tickets.documents import calendar_ics
from movies.importing.films import FILMS
from movies.importing.plan import Verdict
from movies.models import Movie, Showtime, Studio
from movies.scheduling.ends import EndsOverlap, StudioHasShowtimes, save_with_ends
from movies.scheduling.showtimes import ShowtimeDraft, schedule_showtimes
from notifications.email import build_email
from notifications.models import Message
from notifications.sms.texts import sms_text
from reports.monitoring.invariants import check_invariants
from tests.factories import make_confirmed_booking, make_layout, make_showtime, make_studio
from tests.movies.chain import NOON, TODAY, Chain
from tests.movies.tables import csv_bytes

MENTENG_END = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)  # 100 minutes of film, 25 around it


def form_data(row: Movie | Studio, **changes: Any) -> dict[str, Any]:
    data = {
        name: getattr(value, "pk", value)
        for name, value in model_to_dict(row).items()
        if value is not None and name != "poster"
    }
    if isinstance(row, Movie):
        data["genres"] = [genre.pk for genre in row.genres.all()]
    return data | changes


def post(client: Client, row: Movie | Studio, **changes: Any) -> Any:
    return client.post(
        f"/admin/movies/{row._meta.model_name}/{row.pk}/change/", form_data(row, **changes)
    )


def errors(response: Any) -> dict[str, list[str]]:
    if response.status_code == 302:
        return {}
    return {name: list(found) for name, found in response.context["adminform"].errors.items()}


def ends(*showtimes: Showtime) -> list[timedelta]:
    for showtime in showtimes:
        showtime.refresh_from_db()
    return [showtime.ends_at - showtime.starts_at for showtime in showtimes]


def test_length_moves_the_ends_of_future_showtimes(head_office: Client, chain: Chain) -> None:
    begun = make_showtime(
        chain.west, at=NOON, movie=chain.rain, starts_at=NOON - timedelta(hours=1), rows=""
    )
    before = ends(begun)

    answer = post(head_office, chain.rain, duration_minutes=110)

    assert errors(answer) == {}
    assert ends(chain.tonight, chain.tomorrow) == [timedelta(minutes=135)] * 2
    assert ends(begun) == before
    assert "The ends of 2 future showtimes were moved." in [
        str(message) for message in get_messages(answer.wsgi_request)
    ]
    assert post(head_office, chain.rain, duration_minutes=90).status_code == 302
    assert ends(chain.tonight) == [timedelta(minutes=115)]


def test_length_that_makes_showtimes_overlap_is_refused_with_their_names(
    head_office: Client, chain: Chain
) -> None:
    before = ends(chain.tonight, chain.tomorrow)

    answer = post(head_office, chain.rain, duration_minutes=320)

    assert errors(answer) == {
        "duration_minutes": [
            "Layar Menteng · Studio 1, 23 Nov 2026, 19:00: would occupy the studio until 00:45,"
            " but “Lantern” begins at 00:30."
        ]
    }
    assert ends(chain.tonight, chain.tomorrow) == before
    chain.rain.refresh_from_db()
    assert chain.rain.duration_minutes == 100


def test_cleaning_time_moves_ends_or_names_conflicts(head_office: Client, chain: Chain) -> None:
    make_showtime(
        chain.west, at=NOON, movie=chain.lantern, starts_at=MENTENG_END, rows="",
        business_date=TODAY,
    )  # fmt: skip

    refused = post(head_office, chain.west, cleaning_minutes=20)
    assert errors(refused) == {
        "cleaning_minutes": [
            "Layar Menteng · Studio 1, 23 Nov 2026, 19:00: would occupy the studio until 21:10,"
            " but “Lantern” begins at 21:05."
        ]
    }
    assert errors(post(head_office, chain.west, cleaning_minutes=10)) == {}
    assert ends(chain.tonight, chain.late) == [timedelta(minutes=120)] * 2


def test_studio_with_showtimes_stays_in_its_cinema(head_office: Client, chain: Chain) -> None:
    answer = post(head_office, chain.west, cinema=chain.jayapura.pk, name="Studio 9")

    assert errors(answer) == {
        "cinema": [
            "This studio has showtimes and cannot move to another cinema. Add a new one there."
        ]
    }
    empty = make_studio(chain.menteng, name="Studio 3")
    assert errors(post(head_office, empty, cinema=chain.jayapura.pk)) == {}
    empty.refresh_from_db()
    assert empty.cinema == chain.jayapura


@pytest.fixture
def booking(chain: Chain) -> Booking:
    make_layout(chain.west, rows="A", seats_per_row=4)
    [showtime] = schedule_showtimes(
        [
            ShowtimeDraft(
                studio=chain.west,
                movie=chain.harbour,
                starts_at=datetime(2026, 11, 25, 12, tzinfo=UTC),
                audio_language="Indonesia",
                base_price_rupiah=50_000,
            )
        ],
        at=NOON,
    )
    return make_confirmed_booking(showtime, 2, at=NOON, language="en")


def test_longer_film_notifies_buyers(head_office: Client, chain: Chain, booking: Booking) -> None:
    genres = [genre.pk for genre in chain.rain.genres.all()]
    changes = {"duration_minutes": 130, "genres": genres, "director": "Siti"}
    assert errors(post(head_office, chain.harbour, **changes)) == {}

    booking.refresh_from_db()
    assert booking.cancellation_terms == full_refund_terms()
    email, sms = Message.objects.filter(kind="showtime_changed").order_by("channel")
    body = " ".join(str(build_email(email).body).split())
    assert "Before: Wednesday, 25 November 2026, 19:00–20:50 WIB, Studio 1" in body
    assert "When: Wednesday, 25 November 2026, 19:00–21:20 WIB" in body
    assert "19:00-20:50 -> 19:00-21:20" in sms_text(sms)
    assert b"T212000" in calendar_ics(booking)
    assert [v for v in check_invariants() if v.invariant.name == "showtime_too_short"] == []


def test_longer_cleaning_notifies_no_buyer(
    head_office: Client, chain: Chain, booking: Booking
) -> None:
    assert errors(post(head_office, chain.west, cleaning_minutes=25)) == {}

    assert ends(booking.showtime) == [timedelta(minutes=135)]
    assert not Message.objects.filter(kind="showtime_changed").exists()


def test_imported_length_is_planned_with_its_conflicts(chain: Chain) -> None:
    def plan(minutes: int) -> Any:
        table: list[list[Any]] = [["slug", "duration_minutes"], ["hujan", minutes]]
        return FILMS.plan(FILMS.read(csv_bytes(table)), None, NOON)

    (bad,) = plan(320).rows
    (good,) = plan(110).rows
    FILMS.apply([good], NOON)

    assert (bad.verdict, [fault.column for fault in bad.faults]) == (
        Verdict.BAD,
        ["duration_minutes"],
    )
    assert (good.verdict, len(good.notes)) == (Verdict.CHANGE, 1)
    assert ends(chain.tonight, chain.tomorrow) == [timedelta(minutes=135)] * 2


def test_conflict_that_appeared_after_the_preview_changes_nothing(chain: Chain) -> None:
    chain.rain.duration_minutes = 320
    before = ends(chain.tonight)

    with pytest.raises(EndsOverlap) as refused:
        save_with_ends(chain.rain, fields=["duration_minutes"], at=NOON)

    assert refused.value.facts == {"conflicts": 1}
    assert ends(chain.tonight) == before
    assert Movie.objects.get(pk=chain.rain.pk).duration_minutes == 100


def test_showtime_scheduled_after_the_preview_keeps_its_studio_in_its_cinema(chain: Chain) -> None:
    studio, here = chain.tonight.studio, chain.tonight.studio.cinema
    studio.cinema = chain.jayapura

    with pytest.raises(StudioHasShowtimes):
        save_with_ends(studio, fields=["cinema"], at=NOON)

    assert Studio.objects.get(pk=studio.pk).cinema == here

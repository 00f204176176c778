"""Adding and repricing showtimes in the managers' office."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.auth.session import AT_KEY
from movies.models import PriceCard, Showtime
from seating.models import ShowtimeSeat
from tests.factories import make_layout
from tests.movies.chain import Chain

OFFICE = "/admin/movies"


def errors(response: Any) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["adminform"].errors.items()}


def new_showtime(chain: Chain, **fields: Any) -> dict[str, Any]:
    return {
        "studio": chain.west.pk,
        "movie": chain.rain.pk,
        "day": "2026-11-25",
        "hour": "19:00",
        "screen_format": "2D",
        "audio_language": "Indonesian",
        "subtitle_language": "",
        "price_rupiah": "55000",
    } | fields


def test_showtime_added_in_admin_has_seats_and_local_time(office: Client, chain: Chain) -> None:
    make_layout(chain.west, rows="ABC", seats_per_row=4)

    response = office.post(f"{OFFICE}/showtime/add/", new_showtime(chain))

    assert response.status_code == 302
    showtime = Showtime.objects.get(business_date="2026-11-25")
    assert showtime.starts_at.isoformat() == "2026-11-25T12:00:00+00:00"
    assert (showtime.base_price_rupiah, showtime.studio) == (55_000, chain.west)
    assert ShowtimeSeat.objects.filter(showtime=showtime).count() == 12


def test_new_showtime_without_price_has_the_price_cards_price(office: Client, chain: Chain) -> None:
    make_layout(chain.west)
    PriceCard.objects.create(
        studio_class="regular", screen_format="2D", day_kind="weekday", price_rupiah=42_000
    )
    office.post(f"{OFFICE}/showtime/add/", new_showtime(chain, price_rupiah=""))

    assert Showtime.objects.get(business_date="2026-11-25").base_price_rupiah == 42_000


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"day": "2026-11-23", "hour": "19:30"}, "__all__"),  # taken
        ({"day": "2026-11-22"}, "__all__"),  # over
        ({"price_rupiah": ""}, "__all__"),  # no card
        ({"price_rupiah": "0"}, "price_rupiah"),
        ({"price_rupiah": "-5"}, "price_rupiah"),
        ({"day": "30 Feb"}, "day"),
        ({"hour": "25:00"}, "hour"),
        ({"screen_format": "9D"}, "screen_format"),
        ({"movie": "999999"}, "movie"),
        ({"studio": "x"}, "studio"),
        ({"studio": "{east}"}, "studio"),  # of another cinema
    ],
)
def test_impossible_showtime_is_refused_in_the_form(
    office: Client, chain: Chain, fields: dict[str, str], where: str
) -> None:
    make_layout(chain.west)
    fields = {name: value.format(east=chain.east.pk) for name, value in fields.items()}

    response = office.post(f"{OFFICE}/showtime/add/", new_showtime(chain, **fields))

    assert response.status_code == 200
    assert list(errors(response)) == [where]
    assert Showtime.objects.count() == 4


def test_overlap_names_the_conflicting_film(office: Client, chain: Chain) -> None:
    make_layout(chain.west)
    response = office.post(
        f"{OFFICE}/showtime/add/", new_showtime(chain, day="2026-11-23", hour="19:30")
    )
    assert errors(response)["__all__"] == [
        "Studio 1 is taken by “Rain” from 23 Nov 2026, 19:00 to 21:05, cleaning included."
    ]


def test_price_of_a_showtime_changes_and_nothing_else(office: Client, chain: Chain) -> None:
    before = Showtime.objects.values().get(pk=chain.tonight.pk)
    office.post(
        f"{OFFICE}/showtime/{chain.tonight.pk}/change/",
        {
            "base_price_rupiah": "61000",
            "cancelled_at_0": "2026-01-01",
            "cancelled_at": "2026-01-01",
            "studio": chain.east.pk,
            "starts_at": "2030-01-01",
        },
    )
    after = Showtime.objects.values().get(pk=chain.tonight.pk)

    updated_at = after["updated_at"]
    assert after == before | {"base_price_rupiah": 61_000, "updated_at": updated_at}
    assert updated_at > before["updated_at"]


def test_price_of_a_showtime_that_began_stays(
    office: Client, chain: Chain, noon: time_machine.Traveller
) -> None:
    noon.move_to(chain.tonight.starts_at)
    session = office.session
    session[AT_KEY] = timezone.now().timestamp()  # signed in again
    session.save()
    response = office.post(
        f"{OFFICE}/showtime/{chain.tonight.pk}/change/", {"base_price_rupiah": "1"}
    )
    assert errors(response)["__all__"] == ["Tickets for this showtime are not on sale any more."]
    assert Showtime.objects.get(pk=chain.tonight.pk).base_price_rupiah == 50_000


def test_showtime_is_never_deleted(head_office: Client, chain: Chain) -> None:
    response = head_office.post(f"{OFFICE}/showtime/{chain.tonight.pk}/delete/", {"post": "yes"})
    assert response.status_code == 403
